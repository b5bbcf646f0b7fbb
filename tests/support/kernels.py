"""Compile IR text, run it, and compare with what the interpreter makes of the same text."""

import contextlib
import copy
import io

import numpy as np
from iree.compiler import ir

from dsl import runtime
from dsl.passes.pipeline import Driver
from tests.support.interpret import execute


@contextlib.contextmanager
def parsed(text: str):
    """The module of some IR text, its context entered."""
    with ir.Context() as context, ir.Location.unknown():
        context.allow_unregistered_dialects = True
        context.enable_multithreading(False)
        yield ir.Module.parse(text)


def build(text: str, target="cpu", entry="f"):
    """The executable of IR text."""
    with parsed(text) as module:
        return runtime.load(runtime.compile(module, entry, target))


def stages(text: str, target="cpu", entry="f") -> dict:
    """Stage name -> text, up to the kernel."""
    found = {}
    with parsed(text) as module:
        run = Driver(lambda stage, text: found.update({stage: text()}), verify=True)
        runtime.lower(module, entry, runtime.resolve(target), run)
    return found


def run(executable, *args):
    """(results, printed text, exception or None)."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            results, error = executable(list(args)), None
        except Exception as e:
            results, error = None, e
    return results, output.getvalue(), error


def agrees(text: str, *args, executable=None, entry="f", rtol=0.0):
    """Assert that the kernel does what the interpreter does: results, prints, failure. Returns the results."""
    executable = executable or build(text, entry=entry)
    results, output, error = run(executable, *copy.deepcopy(args))  # which it may change
    with parsed(text) as module:
        expected = execute(module, entry, *args)
    assert output == expected.output
    if expected.failure is not None:
        name, message, _ = expected.failure
        assert (type(error).__name__, str(error)) == (name, message)
        return None
    assert error is None, error
    for got, want in zip(results, expected.results, strict=True):
        np.testing.assert_allclose(got, want, rtol=rtol, atol=0, strict=isinstance(want, np.ndarray))
    return results
