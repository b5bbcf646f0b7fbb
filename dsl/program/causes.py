"""Why a program is compiled: said by DSL_LOG_COMPILES, and warned of where the same cause comes again and again.

A program remembers the arguments that it has code for, as text by the path of each part: "p.x[0]" to "float". What a
new call differs in from the most similar of them is the cause of its compilation. Causes that can go on without end are
counted (a length, an object that is part of the code, a value read from around the program); types cannot.
"""

from __future__ import annotations

import collections
import reprlib
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from dsl.calling import guards
from dsl.calling.tracebacks import is_of_user
from dsl.calling.trees import LEAF, LIST, STATIC, STRUCT, TUPLE, Tree, describe
from dsl.passes.ir.diagnostics import RecompilationWarning
from dsl.passes.ir.limits import COMPARED_CAUSES, NAMED_CAUSES, REPEATED_CAUSE

FIRST, AHEAD = "first call", "compiled ahead of time"
_HELP = {
    "shape": "each shape is compiled on its own: pad arrays to few lengths, and pass how many items count",
    "length": "each length of a list is compiled on its own: pass an array of few lengths, and how many items count",
    "object": "what is no number and no array is part of the code: make functions and objects once, outside of the "
              "loop, and pass numbers as arguments of their own",
    "size": "the size of an array depends on it, and each size is compiled on its own: make the array as large as it "
            "may become, and use a part of it",
    "around": "what a kernel reads from around it is part of its code: pass it as an argument",
}  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """One difference: `kind` is a key of the help for it, empty for what cannot go on without end, `what` it concerns
    and `text` the sentence for the log."""

    kind: str
    what: str
    text: str


class History:
    """The compilations of one program. Used under the program's lock."""

    def __init__(self):
        self._known: collections.deque[dict[str, _Part]] = collections.deque(maxlen=COMPARED_CAUSES)
        self._counts: collections.Counter[tuple[str, str]] = collections.Counter()
        self._changed: Cause | None = None
        self._last: list[Cause] = []
        self._warned = False

    def new_arguments(self, shapes: dict[str, Tree]) -> str:
        """Why code is made for arguments that there is none for, in words."""
        parts = {path: part for name, tree in shapes.items() for path, part in _parts(tree, name)}
        changed, self._changed = self._changed, None
        if changed is not None:
            causes = [changed]
        elif self._known:
            causes = min((_differences(parts, known) for known in reversed(self._known)), key=len)
        else:
            causes = [Cause("", "", FIRST)]
        self._known.append(parts)
        return self._count(causes or [Cause("", "", "code for these arguments was not made, or not kept")])

    def new_size(self, named: dict[str, int]) -> str:
        """Why code is made for other values of the arguments that decide the sizes of arrays."""
        return self._count([Cause("size", name, f"{name} is {value}, which sizes an array")
                            for name, value in named.items()])  # fmt: skip

    def invalidated(self, found: list[tuple[Any, str, Any]], check: Callable[[], bool]) -> None:
        """All code goes, because one of these values that it was made with is another one now, as the check says."""
        what, text = guards.what_changed(found, check) or ("something around it", "something around it changed")
        self._changed = Cause("around", what, text)
        self._known.clear()

    def _count(self, causes: list[Cause]) -> str:
        self._last = causes
        self._counts.update((cause.kind, cause.what) for cause in causes if cause.kind)
        shown = [cause.text for cause in causes[:NAMED_CAUSES]]
        more = len(causes) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")

    def warn(self, name: str) -> None:
        """Warn once, with what to do, where one cause has come too often."""
        for cause in self._last:
            if self._warned or self._counts[cause.kind, cause.what] < REPEATED_CAUSE:
                continue
            self._warned = True
            text = (f"{name} was compiled again {REPEATED_CAUSE} times because of {cause.what}, which differs from "
                    f"call to call; this time {cause.text}\nhelp: {_HELP[cause.kind]}")  # fmt: skip
            warnings.warn(text, RecompilationWarning, stacklevel=_users_level())


def _users_level() -> int:
    """The number of frames from the caller of this function to the user's own, as `warnings` counts them."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and not is_of_user(frame):
        level, frame = level + 1, frame.f_back
    return level


class _Part(NamedTuple):
    """Of an argument: what it is, that with what of it may vary without end, and which object, where two look alike."""

    kind: str
    text: str
    identity: int = 0


def _parts(tree: Tree, path: str) -> Iterator[tuple[str, _Part]]:
    """Every part of an argument, by its path."""
    if tree.kind == LEAF:
        kind = f"an array of {tree.data.dtype!r}" if tree.data.shape is not None else ""
        yield path, _Part(kind, describe(tree.data))
    elif tree.kind == STATIC:
        name = getattr(tree.data, "__qualname__", None)
        yield path, _Part("an object", name or reprlib.repr(tree.data), id(tree.data) if name else 0)
    else:
        kind = f"a {tree.data.__name__ if tree.kind == STRUCT else tree.kind}"
        yield path, _Part(kind, f"{kind} of {len(tree.children)}" if tree.kind in (TUPLE, LIST) else kind)
    for name, child in zip(tree.names, tree.children):
        yield from _parts(child, f"{path}.{name}" if tree.kind == STRUCT else f"{path}[{name!r}]")


def _differences(new: dict[str, _Part], old: dict[str, _Part]) -> list[Cause]:
    found = []
    for path, part in new.items():
        before = old.get(path, _Part("", "not there"))
        if part == before or (path not in old and "[" in path):
            continue  # of a list that became longer the length is told, not each item
        was = before.text if before.text != part.text else "another one of that name"
        endless = _endless(part.kind) if part.kind == before.kind else ""
        found.append(Cause(endless, _concerned(part.kind, path), f"{path} is {part.text}, was {was}"))
    return found


def _endless(kind: str) -> str:
    """What may differ without end between two parts of one kind."""
    return {"": "", "an object": "object"}.get(kind, "shape" if kind.startswith("an array") else "length")


def _concerned(kind: str, path: str) -> str:
    return f"the {_endless(kind)} of {path}" if _endless(kind) in ("shape", "length") else f"the argument {path}"
