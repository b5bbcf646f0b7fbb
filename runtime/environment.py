"""The environment variables that steer this project, and how their values are read. Nothing else reads the environment.

docs/environment.md says what each of them does.
"""

from __future__ import annotations

import os
import re

from dsl.passes.ir.diagnostics import Error

NAMES = frozenset({
    "DSL_CACHE", "DSL_CACHE_DIR", "DSL_CACHE_SIZE", "DSL_DEBUG_NANS", "DSL_DISABLE_JIT", "DSL_DUMP_IR_TO",
    "DSL_LOG_COMPILES", "DSL_TARGET", "DSL_VERIFY",
})  # fmt: skip
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_OFF, _ON = ("", "0", "no", "false", "off"), ("1", "yes", "true", "on")


def text(name: str) -> str:
    """The value of a variable, empty where it is not set."""
    assert name in NAMES, name
    return os.environ.get(name, "").strip()


def flag(name: str, default: bool = False) -> bool:
    """Whether a variable says yes; `default` where it is not set. Set to nothing it says no."""
    assert name in NAMES, name
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word not in _OFF + _ON:
        raise Error(f"{name} is {value!r}; it is one of {', '.join(_ON)} or of {', '.join(_OFF[1:])}")
    return word in _ON


def size(name: str, default: int) -> int:
    """The number of bytes that a variable names, such as `512 MiB`; `default` where it is not set or empty."""
    value = text(name)
    if not value:
        return default
    found = bytes_of(value)
    if found is None:
        raise Error(f"{name} is {value!r}; it is a number and one of {', '.join(UNITS)}")
    return found


def bytes_of(text: str) -> int | None:
    """How many bytes a number with a unit is; None for other text."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    return int(float(match[1]) * UNITS[match[2]]) if match and match[2] in UNITS else None
