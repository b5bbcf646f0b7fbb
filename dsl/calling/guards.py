"""What a program reads from around it: globals, closure variables, attributes of modules and objects.

They are constants of the compiled code, so a change of one must be noticed: `unchanged` makes the check that a call
does first. Functions, numbers and strings are compared by identity, what can change inside by its contents.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable
from typing import Any

import numpy as np


class Guards:
    """Every value read, with how to read it again."""

    def __init__(self):
        self.found: dict[tuple, tuple[Any, str, Any]] = {}

    def note(self, holder: Any, name: str, value: Any) -> None:
        """`holder` is a dict of globals, a closure cell or an object with an attribute of that name."""
        if not isinstance(value, types.ModuleType | types.BuiltinFunctionType | np.ufunc):
            self.found.setdefault((id(holder), name), (holder, name, value))


_CHANGING = (list, dict, set, np.ndarray)


def unchanged(found: list[tuple[Any, str, Any]]) -> Callable[[], bool] | None:
    """A function that says whether all values are what they were; None where nothing was read."""
    namespace: dict[str, Any] = {"same": _same, "missing": object()}
    checks = []
    for k, (holder, name, value) in enumerate(found):
        namespace[f"h{k}"], namespace[f"v{k}"] = holder, value
        if isinstance(holder, dict):
            again = f"h{k}.get({name!r}, missing)"
        elif isinstance(holder, types.CellType):
            again = f"h{k}.cell_contents"
        else:
            again = f"getattr(h{k}, {name!r}, missing)"
        if _can_change(value):
            namespace[f"v{k}"] = copy.deepcopy(value)
            checks.append(f"same({again}, v{k})")
        else:
            checks.append(f"({again} is v{k} or same({again}, v{k}))")
    if not checks:
        return None
    exec(f"def check(): return {' and '.join(checks)}", namespace)
    return namespace["check"]


def _can_change(value: Any) -> bool:
    return isinstance(value, _CHANGING) or (hasattr(value, "__dataclass_fields__") and not isinstance(value, type))


def _same(now: Any, before: Any) -> bool:
    if type(now) is not type(before):
        return False
    if isinstance(now, np.ndarray):
        return now.dtype == before.dtype and now.shape == before.shape and now.tobytes() == before.tobytes()
    if isinstance(now, types.FunctionType):
        return now is before
    try:
        # 0.0 and -0.0 are equal, and compile to different constants
        return bool(now == before) and repr(now) == repr(before)
    except Exception:
        return now is before
