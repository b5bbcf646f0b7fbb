"""Numbers of 60 digits that behave as Python floats, and the modules that make a program compute with them.

`Number` records every decision a program takes on a float (comparisons, truth, rounding to an integer), so that two
runs can be seen to take the same path. With `rounding` set, each result that a float of that many bits could not hold
is perturbed by up to half a unit in its last place, the same way in every run with the same seed: what a program
computes then moves about as much as rounding moves it (Monte Carlo arithmetic: Parker, 1997).
"""

import math
import random
from types import SimpleNamespace

import mpmath
from mpmath import mp, mpf

mp.dps = 60


class NotSmooth(BaseException):
    """Runs a hair apart take different paths. No `except` of a program catches it."""


class State:
    """Of the run in progress."""

    def __init__(self):
        self.decisions: list = []
        self.rounding: int | None = None  # bits of the float imitated
        self.rng = random.Random(0)
        self.inside = False  # of a derivative that the program takes
        self.has_arrays = False  # whose elements are np.float64: divided by zero they are inf, where a float raises


STATE = State()


def start(rounding=None, seed=0) -> None:
    STATE.decisions, STATE.rounding, STATE.rng, STATE.inside = [], rounding, random.Random(seed), False


def decide(outcome):
    STATE.decisions.append(outcome)
    return outcome


def rounded(value) -> "Number":
    noise = STATE.rng.uniform(-1.0, 1.0) if STATE.rounding else 0.0
    if STATE.rounding and value._mpf_[3] > STATE.rounding:
        value = value * (1 + mpmath.ldexp(mpf(noise), -STATE.rounding))
    return Number(value)


def plain(x):
    """The mpf of a number; None of what arithmetic should refuse."""
    if isinstance(x, Number):
        return x.value
    return mpf(x) if isinstance(x, (int, float)) else None


def operator(compute):
    def forward(self, other):
        value = plain(other)
        return NotImplemented if value is None else rounded(compute(self.value, value))

    def backward(self, other):
        value = plain(other)
        return NotImplemented if value is None else rounded(compute(value, self.value))

    return forward, backward


def comparison(compute):
    def method(self, other):
        value = plain(other)
        return NotImplemented if value is None else decide(bool(compute(self.value, value)))

    return method


def divided_by_zero(message):
    raise NotSmooth if STATE.has_arrays else ZeroDivisionError(message)


def floor_quotient(a, b):
    if b == 0:
        divided_by_zero("float floor division by zero")
    return mpf(decide(int(mpmath.floor(a / b))))


def true_quotient(a, b):
    if b == 0:
        divided_by_zero("float division by zero")
    return a / b


class Number:
    __slots__ = ("value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value):
        self.value = value

    __add__, __radd__ = operator(lambda a, b: a + b)
    __sub__, __rsub__ = operator(lambda a, b: a - b)
    __mul__, __rmul__ = operator(lambda a, b: a * b)
    __truediv__, __rtruediv__ = operator(true_quotient)
    __floordiv__, __rfloordiv__ = operator(floor_quotient)
    __mod__, __rmod__ = operator(lambda a, b: a - b * floor_quotient(a, b))
    __pow__, __rpow__ = operator(lambda a, b: mpmath.power(a, b))
    __lt__ = comparison(lambda a, b: a < b)
    __le__ = comparison(lambda a, b: a <= b)
    __gt__ = comparison(lambda a, b: a > b)
    __ge__ = comparison(lambda a, b: a >= b)
    __eq__ = comparison(lambda a, b: a == b)  # type: ignore[assignment]
    __ne__ = comparison(lambda a, b: a != b)  # type: ignore[assignment]

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return Number(plain(other)) // self, Number(plain(other)) % self

    def __neg__(self):
        return Number(-self.value)

    def __pos__(self):
        return self

    def __abs__(self):
        # at zero the derivative is by convention 0, also where a second one exists, as of abs(x * x)
        return Number(-self.value if decide((self.value > 0) - (self.value < 0)) < 0 else self.value)

    def __bool__(self):
        return decide(self.value != 0)

    def __trunc__(self):
        return decide(int(self.value))

    __int__ = __trunc__

    def __floor__(self):
        return decide(int(mpmath.floor(self.value)))

    def __ceil__(self):
        return decide(int(mpmath.ceil(self.value)))

    def __round__(self, digits=None):
        return decide(int(mpmath.nint(self.value)))

    def __float__(self):
        return float(self.value)

    def __format__(self, spec):
        return format(float(self.value), spec)

    def __repr__(self):
        return repr(float(self.value))


def number(x) -> Number:
    return x if isinstance(x, Number) else Number(mpf(x))


# --- math -------------------------------------------------------------------------------------------------------------


def elementary(compute):
    return lambda *args: rounded(compute(*(number(a).value for a in args)))


def truncated_mod(a, b):
    return a - b * decide(int(a / b))


def nearest_mod(a, b):
    return a - b * decide(int(mpmath.nint(a / b)))


def copysign(a, b):
    return abs(number(a)) if decide(float(number(b)) >= 0 and not is_negative_zero(b)) else -abs(number(a))


def atan2(a, b):
    if float(number(b)) < 0:
        is_negative_zero(a)  # one side of the cut or the other
    return rounded(mpmath.atan2(number(a).value, number(b).value))


def is_negative_zero(x) -> bool:
    """Raises NotSmooth for a zero that was computed: here zeros have no sign, and a float's may be either."""
    if isinstance(x, Number) and x.value == 0:
        raise NotSmooth
    return not isinstance(x, Number) and x == 0 and math.copysign(1.0, x) < 0


def isclose(a, b):
    a, b = number(a).value, number(b).value
    return decide(bool(abs(a - b) <= mpf(1e-9) * max(abs(a), abs(b))))


def fsum(items):
    return rounded(sum((number(i).value for i in items), mpf(0)))


def dist(p, q):
    return rounded(mpmath.sqrt(sum((number(a).value - number(b).value) ** 2 for a, b in zip(p, q))))


SAME_NAME = "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log sqrt cbrt erf erfc".split()

MATH = SimpleNamespace(
    **{name: elementary(getattr(mpmath, name)) for name in SAME_NAME},
    exp2=elementary(lambda a: mpmath.power(2, a)),
    log2=elementary(lambda a: mpmath.log(a, 2)),
    log10=elementary(mpmath.log10),
    log1p=elementary(mpmath.log1p),
    gamma=elementary(mpmath.gamma),
    lgamma=elementary(lambda a: mpmath.log(abs(mpmath.gamma(a)))),
    pow=elementary(mpmath.power),
    hypot=elementary(lambda *v: mpmath.sqrt(sum(a * a for a in v))),
    fmod=elementary(truncated_mod),
    remainder=elementary(nearest_mod),
    degrees=elementary(lambda a: a * 180 / mp.pi),
    radians=elementary(lambda a: a * mp.pi / 180),
    fabs=lambda a: abs(number(a)),
    copysign=copysign,
    atan2=atan2,
    fsum=fsum,
    dist=dist,
    prod=lambda items: math.prod(items),
    isnan=lambda a: False,
    isinf=lambda a: False,
    isfinite=lambda a: True,
    isclose=isclose,
    floor=lambda a: math.floor(a),
    ceil=lambda a: math.ceil(a),
    trunc=lambda a: math.trunc(a),
    **{name: getattr(math, name) for name in ("factorial", "comb", "perm", "gcd", "lcm", "isqrt")},
    **{name: number(getattr(math, name)) for name in ("pi", "e", "tau")},
)
