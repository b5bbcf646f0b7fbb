"""Numbers with a derivative: a program runs on them in CPython, and so does its tangent."""

from dataclasses import dataclass


@dataclass(eq=False)
class Dual:
    """`value + dot * eps`. Decisions depend on the value alone."""

    value: float
    dot: float = 0.0

    def __add__(self, other):
        other = dual(other)
        return Dual(self.value + other.value, self.dot + other.dot)

    __radd__ = __add__

    def __sub__(self, other):
        other = dual(other)
        return Dual(self.value - other.value, self.dot - other.dot)

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.value * other.value, self.dot * other.value + self.value * other.dot)

    __rmul__ = __mul__

    def __rsub__(self, other):
        return dual(other) - self

    def __gt__(self, other):
        return self.value > dual(other).value

    def __lt__(self, other):
        return self.value < dual(other).value


def dual(x) -> Dual:
    return x if isinstance(x, Dual) else Dual(float(x))
