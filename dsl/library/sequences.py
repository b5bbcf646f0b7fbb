"""Functions of `math` on sequences."""

import math

from .entries import replaces


@replaces(math.prod)
def prod(values, *, start=1):
    for value in values:
        start = start * value
    return start


@replaces(math.fsum)
def fsum(values):
    """Neumaier's compensated sum; CPython's is exact, so the last bit may differ."""
    total, lost = 0.0, 0.0
    for value in values:
        t = total + value
        if abs(total) >= abs(value):
            lost = lost + ((total - t) + value)
        else:
            lost = lost + ((value - t) + total)
        total = t
    return total + lost
