"""The MLIR context that lowerings share: making one takes most of the time of lowering a small kernel.

Each thread has its own, for a context without MLIR's threads may be used from one thread at a time; those threads are
turned off because a forked process would have none of them and wait for them. Sound to share: what a context keeps is
uniqued and never changes (types, attributes, locations), so one module cannot see another. It is never freed either,
so that a context is left to its modules after so many lowerings and the next one begins another.
"""

import threading

from iree.compiler import ir

from .limits import CONTEXT_LOWERINGS

_of_thread = threading.local()


def shared() -> ir.Context:
    """This thread's context, for one more lowering."""
    context, left = getattr(_of_thread, "context", None), getattr(_of_thread, "left", 0)
    if context is None or left == 0:
        context, left = new(), CONTEXT_LOWERINGS
        _of_thread.context = context
    _of_thread.left = left - 1
    return context


def new() -> ir.Context:
    """A context for modules of the language's IR."""
    context = ir.Context()
    context.allow_unregistered_dialects = True
    context.enable_multithreading(False)
    return context
