"""The block arguments of a loop that is being visited, which may yet turn out to be no arguments.

A `Scalar` or `Tensor` holds one in place of an SSA value. `value`, what it stands for, changes twice: a `scf.while` has
two blocks, so it is the argument of the first and then of the second; and when the loop is settled and nothing was
written, the argument is erased and `value` becomes that from outside. The object itself never changes, so values that
were made of it stay right, and it can be told from others by identity.
"""

from __future__ import annotations

from dsl.frontend.values.value import Argument


class Carried(Argument):
    """A loop's argument: in `scf.while` one in each block, `value` being that of the block being visited."""

    __slots__ = ("after", "before")

    def __init__(self, before, after):
        super().__init__(before)
        self.before, self.after = before, after


class Later(Argument):
    """A value from outside that becomes an operation only if someone asks for it."""

    __slots__ = ("builder", "leaf")

    def __init__(self, builder, leaf):
        self.builder, self.leaf = builder, leaf

    @property
    def value(self):
        return self.builder.ssa(self.leaf)
