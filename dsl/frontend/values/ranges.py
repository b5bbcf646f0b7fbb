"""What is known of the range of an int, from the ranges it was computed from. Ends are included."""

from __future__ import annotations

LARGEST = 2**62


def of_binary(symbol: str, x: tuple | None, y: tuple | None) -> tuple | None:
    """The range of `x symbol y`; None where nothing is known, or where it might wrap."""
    if symbol in ("%", "//") and y is not None and y[0] > 0:
        if symbol == "%":
            return (0, y[1] - 1) if x is None or x[0] < 0 else (0, min(y[1] - 1, x[1]))
        return None if x is None else (min(x[0] // y[0], x[0] // y[1]), max(x[1] // y[0], x[1] // y[1]))
    if symbol == "&":
        tops = [r[1] for r in (x, y) if r is not None and r[0] >= 0]
        return (0, min(tops)) if tops else None
    if x is None or y is None:
        return None
    ends = {"+": lambda: (x[0] + y[0], x[1] + y[1]), "-": lambda: (x[0] - y[1], x[1] - y[0]),
            "*": lambda: span([a * b for a in x for b in y])}.get(symbol)
    found = ends() if ends else None
    return found if found is not None and -LARGEST < found[0] and found[1] < LARGEST else None


def span(numbers: list) -> tuple:
    return min(numbers), max(numbers)


def union(x: tuple | None, y: tuple | None) -> tuple | None:
    return None if x is None or y is None else (min(x[0], y[0]), max(x[1], y[1]))
