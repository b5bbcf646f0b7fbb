"""The option `checkpoint` of a kernel: nothing, lengths of segments, or a memory budget."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 10**3, "MB": 10**6, "GB": 10**9}


def parsed(option: int | Sequence[int] | str | None) -> list[int] | int | None:
    """Segment lengths as a list, a budget as a number of bytes, None for storing everything.

    Raises ValueError for anything else than None, a positive int, a decreasing sequence of them, or text like "64 MiB".
    """
    if option is None:
        return None
    if isinstance(option, str):
        return _bytes(option)
    lengths = [option] if isinstance(option, int) else list(option)
    if not lengths or any(not isinstance(n, int) or n < 1 for n in lengths) or lengths != sorted(lengths, reverse=True):
        raise ValueError(f"checkpoint={option!r}: segments are positive numbers of iterations, the longest first")
    return lengths


def _bytes(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"checkpoint={text!r}: a memory budget is a number and one of {', '.join(_UNITS)}")
    return int(float(match[1]) * _UNITS[match[2]])
