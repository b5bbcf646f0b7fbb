"""Exceptions that steer the lowering itself; none of them reaches a user."""


class Refused(Exception):
    """What is being lowered is not in the language. Whoever knows the syntax node adds the place."""

    def __init__(self, message: str, help: str = ""):
        super().__init__(message)
        self.message, self.help = message, help


class Dead(Exception):
    """Control cannot get past this point: everything after it on this path is skipped."""


class Revisit(Exception):
    """A loop has to be visited once more: a literal before it stands for a NumPy number in it (`changes`), a name means
    another mutable object in each iteration (`modes`), or it was taken to and does not (`denied`), or the loop makes a
    list longer or shorter, whose length is known only at run time then (`growth`)."""

    def __init__(self, loop, changes: dict, modes: dict | None = None, denied: set | None = None,
                 growth: dict | None = None):
        super().__init__()
        self.loop, self.changes, self.modes, self.denied = loop, changes, modes or {}, denied or set()
        self.growth = growth or {}


class Specialize(Exception):
    """The function has to be visited again with the values of these arguments (numbers of leaves) as constants."""

    def __init__(self, leaves: set):
        super().__init__()
        self.leaves = leaves


class DeepRecursion(Exception):
    """A recursive call makes no progress that is known at compile time; or, with no target, calls that are inlined lead
    so deep that a generator in them is refused."""

    def __init__(self, target=None):
        super().__init__()
        self.target = target


class KeepInPool(Exception):
    """The function has to be visited again with lists in a pool that was asked for (pooled.py)."""


class LengthChanged(Refused):
    """A loop makes a list longer or shorter that it goes over: refused, unless the loop can heed its length."""

    def __init__(self):
        super().__init__("what a loop goes over changes its length", "go over a copy: list(xs)")
