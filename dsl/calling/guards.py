"""What a program reads from around it: globals, closure variables, attributes of modules and objects.

They are constants of the compiled code, so a change of one must be noticed: `unchanged` makes the check that a call
does first. What can change inside is compared by value with what it held, everything else by identity first. Two values
are the same where the compiler cannot tell them apart: of one type, floats of the same bits (0.0 is not -0.0, a NaN is
itself), arrays of one dtype, shape and contents. An object that is neither data nor a dataclass is itself only: its
attributes that were read have been noted on their own.
"""

from __future__ import annotations

import collections
import dataclasses
import marshal
import reprlib
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from dsl.passes.ir.limits import MOST_NESTED_VALUE

from . import reads

Check = Callable[[Any], bool]

_CONTAINERS = (list, tuple, dict)  # not sets, of which equal ones may be written in different orders
_ATOMS = (type(None), bool, int, float, complex, str, type(Ellipsis))
_MISSING = object()
_NATIVE = (types.BuiltinFunctionType, np.ufunc)


class Guards:
    """Every value read, with how to read it again."""

    def __init__(self):
        self.found: dict[tuple, tuple[Any, str, Any]] = {}

    def note(self, holder: Any, name: str, value: Any) -> None:
        """`holder` is a dict of globals, a closure cell or an object with an attribute of that name."""
        reads.note(reads.way_to_read(holder), holder, name, value)
        if isinstance(value, types.ModuleType):
            return
        if isinstance(value, _NATIVE) and isinstance(holder, types.ModuleType):
            return  # math.sin stays what it is; a name of the user's may come to mean another function
        self.found.setdefault((id(holder), name), (holder, name, value))


def unchanged(found: list[tuple[Any, str, Any]]) -> Callable[[], bool] | None:
    """A function that says whether all values are what they are now; None where nothing was read."""
    namespace: dict[str, Any] = {"missing": _MISSING}
    checks = []
    for k, (holder, name, value) in enumerate(found):
        namespace[f"h{k}"], namespace[f"v{k}"], namespace[f"same{k}"] = holder, value, sameness(value)
        if isinstance(holder, dict):
            again = f"h{k}.get({name!r}, missing)"
        elif isinstance(holder, types.CellType):
            again = f"h{k}.cell_contents"
        else:
            again = f"getattr(h{k}, {name!r}, missing)"
        # what cannot change inside is most often the same object
        known = "" if _can_change(value) else f"(now{k} := {again}) is v{k} or "
        checks.append(f"({known}same{k}({f'now{k}' if known else again}))")
    if not checks:
        return None
    # a variable of a closure may have been deleted
    body = f"try: return {' and '.join(checks)}\n    except ValueError: return False"
    exec(f"def check():\n    {body}", namespace)
    return namespace["check"]


def changing(found: list[tuple[Any, str, Any]]) -> str:
    """Which of the values is not the same when it is read twice in a row, in words; "" where each is."""
    for holder, name, _ in found:
        if (check := unchanged([(holder, name, _read(holder, name))])) and not check():
            return _in_words(holder, name)
    return ""


def what_changed(found: list[tuple[Any, str, Any]], check: Callable[[], bool]) -> tuple[str, str] | None:
    """Which of the values is no more what it was when `unchanged` made the check of them: in words, and the sentence
    that says so. None where each is."""
    for k, (holder, name, before) in enumerate(found):
        now = _read(holder, name)
        if not check.__globals__[f"same{k}"](now):
            what, old = _in_words(holder, name), "" if now is before else f", was {reprlib.repr(before)}"
            return what, f"{what} is {reprlib.repr(now)} now{old}"
    return None


def _in_words(holder: Any, name: str) -> str:
    if isinstance(holder, dict):
        return f"the global {name}"
    if isinstance(holder, types.CellType):
        return f"the variable {name} of the function around it"
    return f"the attribute {name} of {type(holder).__name__}"


def _read(holder: Any, name: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(name, _MISSING)
    return _content(holder) if isinstance(holder, types.CellType) else getattr(holder, name, _MISSING)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


def _can_change(value: Any, above: tuple[int, ...] = ()) -> bool:
    if isinstance(value, tuple | frozenset):
        return id(value) in above or any(_can_change(item, (*above, id(value))) for item in value)
    return isinstance(value, list | dict | set | np.ndarray) or _is_dataclass(value)


def _is_dataclass(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def sameness(value: Any, above: tuple[int, ...] = ()) -> Check:
    """A function that says whether what it is given is the same as `value` is now."""
    kind = type(value)
    if id(value) in above:
        return lambda now: now is value
    if kind is list and all(type(x) is float and x == x and not x.is_integer() for x in value):
        return _same_floats(value)
    if _is_plain_data(value):
        # exact types and bits, two levels of C; version 2 writes no references, which depend on who else holds an item
        before = marshal.dumps(value, 2)
        return lambda now: type(now) is kind and _dumped(now) == before
    above = (*above, id(value))
    if isinstance(value, np.ndarray):
        return _same_array(value)
    if isinstance(value, dict):
        return _same_dict(value, above)
    if isinstance(value, set | frozenset):
        members = collections.Counter(map(_member, value))
        return lambda now: type(now) is kind and collections.Counter(map(_member, now)) == members
    if isinstance(value, list | tuple):
        checks = [sameness(item, above) for item in value]
        return lambda now: type(now) is kind and len(now) == len(checks) and _hold(checks, now)
    if _is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        checks = [sameness(getattr(value, name, _MISSING), above) for name in names]
        return lambda now: type(now) is kind and _hold(checks, [getattr(now, name, _MISSING) for name in names])
    return _same_object(value)


def _hold(checks: Iterable[Check], values: Iterable) -> bool:
    return all(check(value) for check, value in zip(checks, values))


def _is_plain_data(value: Any, depth: int = 0) -> bool:
    """Whether `marshal` writes all of it exactly: numbers and text of Python's own types and containers of them."""
    kind = type(value)
    if kind in _ATOMS:
        return True
    if kind not in _CONTAINERS or depth > MOST_NESTED_VALUE:
        return False
    parts = (*value.keys(), *value.values()) if kind is dict else value
    return all(_is_plain_data(part, depth + 1) for part in parts)


def _member(value: Any) -> tuple:
    """A member of a set: equal ones may be of different types, or zeros of different signs."""
    return type(value), repr(value), None if value != value else value


def _same_floats(value: list) -> Check:
    """For a list of floats, none of which is a zero or equals an integer or a boolean: the quickest comparison in C
    finds every change but that of a float for a NumPy number of the same value, which shows in the type of the sum. (A
    Fraction of the same value passes; kernels do not take one.)"""
    before = list(value)

    def same(now):
        try:
            return type(now) is list and now == before and type(sum(now)) in (float, int)
        except ValueError:  # an item is an array now
            return False

    return same


def _dumped(value: Any) -> bytes:
    try:
        return marshal.dumps(value, 2)
    except ValueError:  # it holds something else now
        return b""


def _same_array(array: np.ndarray) -> Check:
    kind, dtype, shape, before = type(array), array.dtype, array.shape, array.tobytes()
    return lambda now: (
        type(now) is kind and now.dtype == dtype and now.shape == shape and now.tobytes() == before
    )


def _same_dict(value: dict, above: tuple[int, ...]) -> Check:
    kind, keys = type(value), sameness(tuple(value), above)
    checks = [sameness(item, above) for item in value.values()]
    return lambda now: type(now) is kind and keys(tuple(now)) and _hold(checks, now.values())


def _same_object(value: Any) -> Check:
    if isinstance(value, np.generic):
        bits = value.tobytes()
        return lambda now: type(now) is type(value) and now.tobytes() == bits
    if isinstance(value, types.MethodType):
        function, owner = value.__func__, value.__self__
        return lambda now: type(now) is types.MethodType and now.__func__ is function and now.__self__ is owner
    if isinstance(value, types.FunctionType | type):
        return lambda now: now is value
    return lambda now: now is value or _equal(now, value)


def _equal(now: Any, before: Any) -> bool:
    """Values that are made anew when they are read (a Fraction, a range) and say that they are equal."""
    try:
        return type(now) is type(before) and bool(now == before) and repr(now) == repr(before)
    except Exception:
        return False
