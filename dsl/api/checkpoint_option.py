"""The option `checkpoint` of a kernel: nothing, lengths of segments, or a memory budget."""

from __future__ import annotations

from collections.abc import Sequence

from dsl.runtime.environment import UNITS, bytes_of


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
    found = bytes_of(text)
    if found is None:
        raise ValueError(f"checkpoint={text!r}: a memory budget is a number and one of {', '.join(UNITS)}")
    return found
