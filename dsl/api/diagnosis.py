"""Where a derivative goes wrong: the line whose custom rule does not fit its function, or where a kink lies.

A rule is to blame if the derivative is right once that rule is left out, so that its function is differentiated as it
stands. Else the program is run a little to both sides: the first comparison or rounding that comes out differently is
a point where no derivative exists.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

from dsl.calling import trees
from dsl.passes.autodiff import user_rules
from dsl.passes.instrument import branch_trace
from dsl.passes.ir import edit
from dsl.passes.ir.locations import frames
from dsl.program.program import Program

from .transforms import Derived


class WithoutRule(Derived):
    """The program with one of its custom rules left out."""

    def __init__(self, base: Program, number: int):
        super().__init__(base)
        self.number = number

    def _lower(self, args, kwargs, run):
        return run.request("leave-out-rule", self.base.lower(args, kwargs, run), number=self.number)


class Watched(Derived):
    """The program, silent but for its decisions."""

    def _lower(self, args, kwargs, run):
        silent = run.request("silence", self.base.lower(args, kwargs, run))
        return run.request("branch-trace", silent)


def line_of(program: Program, args: tuple, ahead: tuple, behind: tuple, is_right: Callable[[Program], bool]) -> str:
    """What is to blame, as text to append to a report; empty where nothing was found.

    program: what was differentiated, at `args`; is_right: whether its derivative is right, of a variant of it;
    ahead, behind: its arguments a step to both sides.
    """
    root = program
    while isinstance(root, Derived):
        root = root.base
    if program is root:
        for number, place in enumerate(_rules(root, args)):
            if is_right(WithoutRule(root, number)):
                return f"; it is right without the rule used at {place}"
        place = _kink(root, args, ahead, behind)
        if place:
            return f"; the decision at {place} comes out differently a step away, so there is a kink or a jump"
    return ""


def _body(lowered):
    return edit.entry_block(edit.function(lowered.module, lowered.entry))


def _rules(root: Program, args: tuple) -> list[str]:
    lowered = root.lower(args, {})
    return [_place(op) for op in user_rules.ruled(_body(lowered))]


def _kink(root: Program, args: tuple, ahead: tuple, behind: tuple) -> str:
    watched = Watched(root)
    for one, other in zip(_heard(watched, ahead), _heard(watched, behind), strict=False):
        if one != other:
            lowered = root.lower(args, {})
            number = min(int(one.split()[0]), int(other.split()[0]))
            return _place(branch_trace.deciding(_body(lowered))[number])
    return ""


def _heard(watched: Program, args: tuple) -> list[str]:
    with contextlib.redirect_stdout(io.StringIO()) as heard:
        watched(*trees.deep_copied(args))
    return heard.getvalue().splitlines()


def _place(op) -> str:
    found = frames(op.location)
    return f"{found[0][0]}:{found[0][1]}" if found else "an unknown place"
