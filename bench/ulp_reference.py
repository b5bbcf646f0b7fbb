"""Exact values of the mathematical operations, by mpmath, with C99's conventions at the special points."""
import math

import mpmath as mp

INF, NAN = mp.inf, mp.nan


def exact(op, *arguments):
    if any(math.isnan(a) for a in arguments):
        return nan_case(op, *arguments)
    if op in SPECIAL:
        return SPECIAL[op](*arguments)
    if op.startswith("polygamma"):
        return polygamma(int(op[9:]), arguments[0])
    return DIRECT[op](*map(mp.mpf, arguments))


def nan_case(op, *arguments):
    if op == "copysign" and not math.isnan(arguments[0]):
        return mp.mpf(math.copysign(*arguments))
    if op in ("powf", "fpowi") and (arguments[0] == 1 or arguments[1] == 0):
        return mp.mpf(1)
    if op == "hypot" and any(math.isinf(a) for a in arguments):
        return INF
    return NAN


def guarded(function, low=-math.inf, high=math.inf, values=()):
    """`function` inside [low, high], NaN outside, and the given values at infinities and poles."""
    table = dict(values)

    def value(x):
        if x in table:
            return table[x]
        return function(mp.mpf(x)) if low <= x <= high and not math.isinf(x) else NAN
    return value


def entire(function, at_minus, at_plus):
    return guarded(function, values={-math.inf: mp.mpf(at_minus), math.inf: mp.mpf(at_plus)})


def exponential(x):
    """exp without computing numbers of 10^300 digits."""
    return mp.exp(x) if abs(x) < 1e5 else INF if x > 0 else mp.mpf(0)


def power(x, y):
    if x == 1 or y == 0:
        return mp.mpf(1)
    try:
        rough = math.pow(x, y)
    except OverflowError:
        odd = y == math.floor(y) and math.fmod(y, 2) != 0
        return -INF if x < 0 and odd else INF
    except ValueError:
        return power_of_zero(x, y) if x == 0 else NAN
    if rough == 0 or math.isinf(rough) or math.isinf(x) or math.isinf(y):
        if rough != 0 or x == 0 or math.isinf(x) or math.isinf(y):
            return mp.mpf(rough)
    if abs(y) > 1e17:
        return mp.mpf(rough)
    sign = -1 if x < 0 and math.fmod(y, 2) != 0 else 1
    return sign * mp.exp(mp.mpf(y) * mp.log(abs(mp.mpf(x))))


def power_of_zero(x, y):
    odd = y == math.floor(y) and math.fmod(y, 2) != 0
    return -INF if odd and math.copysign(1, x) < 0 else INF


def gamma(x):
    if x == 0:
        return INF if math.copysign(1, x) > 0 else -INF
    if x == math.inf:
        return INF
    if x < 0 and (math.isinf(x) or x == math.floor(x)):
        return NAN
    return mp.mpf(0) if x < -1e4 else INF if x > 1e4 else mp.gamma(mp.mpf(x))


def lgamma(x):
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return INF
    if x < 0:
        return mp.log(mp.pi / abs(mp.mpf(x) * mp.sinpi(mp.mpf(x)))) - mp.loggamma(-mp.mpf(x))
    return mp.loggamma(mp.mpf(x))


def polygamma(order, x):
    if x == math.inf:
        return INF if order == 0 else mp.mpf(0)
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return pole(order, x)
    x = mp.mpf(x)
    if x > 1e15:  # mpmath sums for ever; the next term is 1/x smaller
        return mp.log(x) - 1 / (2 * x) if order == 0 else -(-1) ** order * mp.factorial(order - 1) / x**order * (
            1 + order / (2 * x))
    return mp.psi(order, x)


def pole(order, x):
    """At a pole: C has no convention; ours is SciPy's for digamma, the signed limit where both sides agree."""
    if order == 0 and x == 0:
        return -INF if math.copysign(1, x) > 0 else INF
    return INF if order % 2 == 1 and x != -math.inf else NAN


def round_half_away(x):
    return mp.mpf(x) if math.isinf(x) else mp.sign(x) * mp.floor(abs(mp.mpf(x)) + mp.mpf(0.5))


def cbrt(x):
    return mp.mpf(x) if math.isinf(x) or x == 0 else mp.sign(x) * mp.cbrt(abs(mp.mpf(x)))


def with_exact(function):
    return lambda *arguments: function(*map(mp.mpf, arguments))


LOG = {0.0: -INF, math.inf: INF}
SPECIAL = {
    "sin": guarded(mp.sin), "cos": guarded(mp.cos), "tan": guarded(mp.tan),
    "asin": guarded(mp.asin, -1, 1), "acos": guarded(mp.acos, -1, 1), "atan": lambda x: mp.atan(mp.mpf(x)),
    "atan2": lambda y, x: mp.mpf(math.atan2(y, x)) if 0 in (x, y) and math.atan2(y, x) == 0 else mp.atan2(
        mp.mpf(y), mp.mpf(x)) if not (math.isinf(x) or math.isinf(y) or y == 0) else exact_angle(y, x),
    "sinh": entire(lambda x: (exponential(x) - exponential(-x)) / 2 if abs(x) > 1 else mp.sinh(x), -INF, INF),
    "cosh": entire(lambda x: (exponential(x) + exponential(-x)) / 2, INF, INF),
    "tanh": entire(mp.tanh, -1, 1),
    "asinh": entire(mp.asinh, -INF, INF), "acosh": guarded(mp.acosh, 1, math.inf, {math.inf: INF}),
    "atanh": guarded(mp.atanh, -1, 1, {-1.0: -INF, 1.0: INF}),
    "exp": entire(exponential, 0, INF),
    "exp2": entire(lambda x: mp.mpf(2) ** x if abs(x) < 1e5 else INF if x > 0 else mp.mpf(0), 0, INF),
    "expm1": entire(lambda x: mp.expm1(x) if abs(x) < 1e5 else INF if x > 0 else mp.mpf(-1), -1, INF),
    "log": guarded(mp.log, 0, math.inf, LOG), "log2": guarded(lambda x: mp.log(x, 2), 0, math.inf, LOG),
    "log10": guarded(mp.log10, 0, math.inf, LOG),
    "log1p": guarded(mp.log1p, -1, math.inf, {-1.0: -INF, math.inf: INF}),
    "powf": power, "fpowi": lambda x, y: power(x, float(int(y))), "cbrt": cbrt,
    "sqrt": guarded(mp.sqrt, 0, math.inf, {math.inf: INF}),
    "rsqrt": lambda x: mp.mpf(math.copysign(math.inf, x)) if x == 0 else reciprocal_root(x),
    "erf": entire(mp.erf, -1, 1), "erfc": entire(lambda x: mp.erfc(x) if x < 200 else mp.mpf(0), 2, 0),
    "hypot": lambda x, y: INF if math.isinf(x) or math.isinf(y) else mp.hypot(mp.mpf(x), mp.mpf(y)),
    "gamma": gamma, "lgamma": lgamma, "round": round_half_away,
    "remf": lambda x, y: NAN if math.isinf(x) or y == 0 else mp.mpf(math.fmod(x, y)),
    "copysign": lambda x, y: mp.mpf(math.copysign(x, y)),
    "floor": lambda x: mp.mpf(x) if math.isinf(x) else mp.floor(mp.mpf(x)),
    "ceil": lambda x: mp.mpf(x) if math.isinf(x) else mp.ceil(mp.mpf(x)),
    "trunc": lambda x: mp.mpf(x) if math.isinf(x) else mp.mpf(math.trunc(x)),
    "roundeven": lambda x: mp.mpf(x) if math.isinf(x) else mp.mpf(round(x)),
    "fma": lambda x, y, z: mp.mpf(x) * mp.mpf(y) + mp.mpf(z),
    "absf": lambda x: abs(mp.mpf(x)),
}
DIRECT = {}


reciprocal_root = guarded(lambda x: 1 / mp.sqrt(x), 0, math.inf, {math.inf: mp.mpf(0)})


def exact_angle(y, x):
    """atan2 on the axes and at infinity: a multiple of pi/4 with the sign of y."""
    eighths = round(math.atan2(y, x) / (math.pi / 4))
    return mp.pi / 4 * eighths
