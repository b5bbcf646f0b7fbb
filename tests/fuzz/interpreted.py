"""An engine without IREE: every program the public interface makes is run by the IR interpreter of the tests.

It finds errors of the front end and of differentiation a hundred times faster than compiling would.
"""

import builtins
import functools
from contextlib import contextmanager
from dataclasses import replace

from tests.fuzz.engines import Engine, kernels


class Interpreted:
    """Stands for an executable."""

    def __init__(self, lowered):
        from tests.support.interpret import translate

        self.function = translate(lowered.module)[lowered.entry]

    def direct(self, single=False):
        """A faster way to call scalar programs: here none."""
        return (lambda leaves: self(leaves)[0]) if single else self

    def __call__(self, leaves):
        from tests.support.interpret import run_with_room

        run = run_with_room(self.function, leaves)
        if run.output:
            print(run.output, end="")
        if run.failure is not None:
            name, message, place = run.failure
            error = getattr(builtins, name, RuntimeError)(message)
            error.add_note(str(place))
            raise error
        return run.results


@contextmanager
def interpreting():
    """Inside, programs that are called are interpreted."""
    from dsl.program import compilation, program

    before = program.Program._compile

    def compiled(self, args, kwargs, why):
        lowered = compilation.finished(self, args, kwargs)
        return program.Compiled(lowered.interface(self.__name__), Interpreted(lowered))

    program.Program._compile = compiled
    try:
        yield
    finally:
        program.Program._compile = before


def inside(make):
    """The engine's function, with what it makes run under the interpreter."""

    @functools.wraps(make)
    def prepare(program):
        run = make(program)

        def call(*args):
            with interpreting():
                return run(*args)

        return call

    return prepare


def interpreted() -> Engine:
    engine = kernels("cpu", 53)
    made = {name: inside(getattr(engine, name)) for name in ("primal", "gradient", "jvp", "hvp", "hvp_reverse")}
    return replace(engine, name="interpret", **made)
