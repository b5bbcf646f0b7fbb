"""digamma and the other polygamma functions.

digamma: on [1, 2] a polynomial times the distance from its root 1.4616 (given in two parts, so that it is accurate
there too), by recurrence below 10, the asymptotic series above; cotangent reflection for x < 0. Higher orders: the sum
of the first terms of n! Σ (x + i)^-(n+1), then Euler and Maclaurin's formula. Errors: 16 ulp for x > 0 and order below
4; on the negative axis and near its zeros absolute, relative to the larger of the terms subtracted.
"""
import math
from fractions import Fraction

from . import control
from .emit import F32, F64, horner, select
from .gamma import INF, NAN, PI, sin_pi_parts, tiny_argument
from .logarithm import log

ROOT = {F64: (1.4616321449683622, 9.549995429965697e-17), F32: (1.4616321325302124, 1.243815006546356e-08)}
NEAR_ROOT = {  # digamma(x) / (x - root) in powers of x - 3/2 on [1, 2]: relative error 2^-58 (f64), 2^-25 (f32)
    F64: (0.9510558760318328, -0.4236274212814606, 0.24054248424078697, -0.14840492305388092, 0.09498872445289039,
          -0.06192213327548831, 0.040760833940846085, -0.026975796659787055, 0.017907248317313294,
          -0.011908220105959716, 0.007927021796868154, -0.005279937255532708, 0.003518106563802472,
          -0.0023454947397380833, 0.0015633696313653504, -0.0010364584817312839, 0.0006909255761282986,
          -0.00048595039220036254, 0.00032395945401345196, -0.00014480643368061614, 9.653646261410062e-05,
          -0.0001782188548855923, 0.00011881232908510335),
    F32: (0.9510559, -0.42362744, 0.24053845, -0.14840224, 0.09511622, -0.06200707, 0.03936942, -0.026048882,
          0.023909071, -0.015906317),
}
ASYMPTOTIC = (0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
              0.007575757575757576, -0.021092796092796094, 0.08333333333333333, -0.4432598039215686)  # B(2k)/2k


def polygamma(op, x):
    order = int(op.attributes["order"])
    return digamma(x) if order == 0 else higher(order, x)


def digamma(x):
    e, fmt = x.e, x.e.fmt
    a = select(x < 0.0, 1.0 - x, x)
    large = a >= 10.0
    value = select(large, asymptotic(select(large, a, 10.0)), below_ten(select(large, 2.0, a)))

    def reflect():
        return (value + cotangent_pi(x.abs()) * PI[fmt][0],)

    (value,) = control.rarely(x < 0.0, reflect, (value,))
    whole = (x <= -1.0) & (x.trunc() == x)
    value = select(x.abs() < 2.0 ** -(fmt.mantissa + 8), -tiny_argument(x), value)
    value = select(x.is_zero(), e.float(-INF).flip_sign(x.sign_bits()), value)
    value = select(x == INF, INF, value)
    return select(whole | (x == -INF) | x.is_nan(), NAN, value)


def cotangent_pi(a):
    """cot(pi a) for a >= 0."""
    n, s, c = sin_pi_parts(a)
    odd = (n & 1) != 0
    return select(odd, -s, c) / select(odd, c, s)


def below_ten(a):
    """digamma(a) for 0 < a < 10: from [1, 2) by adding 1/(a-1) + 1/(a-2) + … as one fraction, or subtracting 1/a."""
    e = a.e
    whole, low = a.floor(), a < 1.0
    base = select(low, a + 1.0, a - whole + 1.0)
    hi, lo = ROOT[e.fmt]
    value = ((base - hi) - lo) * horner(base - 1.5, NEAR_ROOT[e.fmt])
    numerator, denominator = select(low, e.float(-1.0), 0.0), select(low, a, 1.0)
    for i in range(1, 9):
        used, term = whole > float(i), base + float(i - 1)
        numerator = select(used, numerator * term + denominator, numerator)
        denominator = select(used, denominator * term, denominator)
    return value + numerator / denominator


def asymptotic(a):
    inverse = 1.0 / a
    square = inverse * inverse
    return log(a) - (inverse * 0.5 + square * horner(square, ASYMPTOTIC))


def higher(order, x):
    """(-1)^(n+1) n! zeta(n + 1, x); for x < 0 reflected: (-1)^n psi_n(1 - x) minus the n-th derivative of
    pi cot(pi x)."""
    a = select(x.bits() < 0, 1.0 - x, x)
    value = hurwitz(order, a) * (math.factorial(order) * (1.0 if order % 2 else -1.0))

    def reflect():
        derivative = horner(-cotangent_pi(x.abs()), [float(v) for v in cotangent_derivative(order)])
        return (value * (-1.0) ** order - derivative * math.pi ** (order + 1),)

    (value,) = control.rarely(x.bits() < 0, reflect, (value,))
    at_pole = INF if order % 2 else NAN
    whole = (x <= -1.0) & (x.trunc() == x) | x.is_zero()
    value = select(whole, at_pole, value)
    value = select(x == INF, 0.0, value)
    return select(x.is_nan() | (x == -INF), NAN, value)


def hurwitz(order, a):
    """Σ (a + i)^-(order+1) over i >= 0."""
    s, steps, terms = order + 1, a.e.fmt.number(10, 5) + order, a.e.fmt.number(12, 6)
    far = a + float(steps)
    inverse = 1.0 / far
    square = inverse * inverse
    coefficients = [Fraction(1, order) if k == 0 else euler_maclaurin(s, k) for k in range(terms)]
    tail = horner(square, [float(c) for c in coefficients]) + inverse * 0.5
    total = tail * power(inverse, order)
    for i in reversed(range(steps)):
        total = total + power(1.0 / (a + float(i)), s)
    return total


def power(t, n):
    """t^n by squaring, n >= 1."""
    result = None
    while n:
        if n & 1:
            result = t if result is None else result * t
        n >>= 1
        t = t * t if n else t
    return result


def euler_maclaurin(s, k):
    """B(2k)/(2k)! s (s+1) … (s+2k-2)."""
    rising = math.prod(range(s, s + 2 * k - 1))
    return bernoulli(2 * k) * rising / math.factorial(2 * k)


def bernoulli(n):
    numbers = [Fraction(1)]
    for m in range(1, n + 1):
        numbers.append(-sum((math.comb(m + 1, j) * numbers[j] for j in range(m)), Fraction(0)) / (m + 1))
    return numbers[n]


def cotangent_derivative(order):
    """Coefficients, in powers of c = cot u, of the order-th derivative of cot u: c' = -(1 + c²)."""
    p = [0, 1]
    for _ in range(order):
        d = [i * v for i, v in enumerate(p)][1:]
        p = [-(a + b) for a, b in zip(d + [0, 0], [0, 0] + d)]
    return p
