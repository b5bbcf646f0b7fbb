"""gamma: Lanczos' approximation, with its power and exponential taken as one exponential in double-word precision.

Γ(x) = S(x) exp((x - 1/2) log(y) - y), y = x + g - 1/2. S is the rational function of Boost.Math's lanczos13m53 (John
Maddock), as in musl's tgamma by Szabolcs Nagy; for x < 0, Γ(x) = -π / (|x| sin(π|x|) Γ(|x|)). Factorials of integers up
to 22 are exact. Errors below 8 ulp.
"""
from .double import Double, two_product, two_sum
from .emit import F32, F64, horner, multiply_add, select
from .exponential import exp_parts, nearest, scale, unflushed
from .logarithm import log_double
from .trigonometric import cos_parts, quadrant_value, sin_parts

INF, NAN = float("inf"), float("nan")
PI = {F64: (3.141592653589793, 1.2246467991473532e-16), F32: (3.1415927410125732, -8.742277657347586e-08)}
G_MINUS_HALF = {F64: 5.524680040776729583740234375, F32: 5.5246801376342773}
LANCZOS_P = (23531376880.410759688572007674451636754734846804940, 42919803642.649098768957899047001988850926355848959,
             35711959237.355668049440185451547166705960488635843, 17921034426.037209699919755754458931112671403265390,
             6039542586.3520280050642916443072979210699388420708, 1439720407.3117216736632230727949123939715485786772,
             248874557.86205415651146038641322942321632125127801, 31426415.585400194380614231628318205362874684987640,
             2876370.6289353724412254090516208496135991145378768, 186056.26539522349504029498971604569928220784236328,
             8071.6720023658162106380029022722506138218516325024, 210.82427775157934587250973392071336271166969580291,
             2.5066282746310002701649081771338373386264310793408)
LANCZOS_Q = (0, 39916800, 120543840, 150917976, 105258076, 45995730, 13339535, 2637558, 357423, 32670, 1925, 66, 1)


def sin_pi_parts(a):
    """(n, sin, cos) of pi (a - n/2), |a - n/2| <= 1/4, for a >= 0, n up to a multiple of 4."""
    a = a - (a * 0.5).floor() * 2.0
    n, nf = nearest(a * 2.0)
    r = multiply_add(nf, -0.5, a)
    hi, lo = PI[a.e.fmt]
    turned = two_product(r, a.e.float(hi))
    angle = Double(turned.hi, multiply_add(r, lo, turned.lo))
    s, c = sin_parts(angle), cos_parts(angle)
    return n, s[0] + s[1], c[0] + c[1]


def sin_pi(a):
    """sin(pi a) for 0 <= a; no multiple of pi is ever rounded, so that it is exact near integers too."""
    n, s, c = sin_pi_parts(a)
    return quadrant_value(n, s, c)


def lanczos_exponent(a):
    """(a - 1/2) log(y) - y as a Double, y = a + g - 1/2 being an exact sum."""
    y = two_sum(a, a.e.float(G_MINUS_HALF[a.e.fmt]))
    logarithm = log_double(y.hi)
    logarithm = logarithm + y.lo / y.hi
    return logarithm * two_sum(a, a.e.float(-0.5)) - y


def lanczos_sum(a):
    return horner(a, LANCZOS_P) / horner(a, [float(c) for c in LANCZOS_Q])


def factorial(x):
    """Γ(x) for integers 1 <= x <= 23, exactly."""
    product = x.e.float(1.0)
    for i in range(2, 23):
        product = product * select(x > float(i), float(i), x.e.float(1.0))
    return product


def gamma(x):
    fmt = x.e.fmt
    largest = fmt.number(200.0, 60.0)
    a = select(x.abs() < largest, x.abs(), largest)
    whole = x.trunc() == x
    exponent, s = lanczos_exponent(a), lanczos_sum(a)
    negative = x < 0.0
    reflected = -PI[fmt][0] / (sin_pi(a) * a * s)
    exponent = Double(*(select(negative, -part, part) for part in (exponent.hi, exponent.lo)))
    k, y = exp_parts(exponent.hi, exponent.lo)
    factor = select(negative, reflected, s)
    value = scale((factor * y).abs(), k).with_sign(factor.sign_bits())
    value = select(x >= fmt.number(171.6243769563027, 35.040096282958984), INF, value)
    value = select((x >= 1.0) & (x <= 23.0) & whole, factorial(x), value)
    value = select((x <= -1.0) & whole, NAN, value)
    value = select(x < fmt.number(-186.0, -44.0), select(whole, NAN, signed_zero(x)), value)
    value = select(x.abs() < 2.0 ** -(fmt.mantissa + 2), tiny_argument(x), value)
    return select(x.is_nan() | (x == -INF), NAN, value)


def tiny_argument(x):
    """1/x, finite for the larger subnormals."""
    lift = x.e.fmt.number(64, 32)
    return 1.0 / unflushed(x, lift) * 2.0**lift


def signed_zero(x):
    """The sign of Γ on the negative axis: plus between -2 and -1, minus between -1 and 0."""
    half = x * 0.5
    even = half.floor() * 2.0 == x.floor()
    return select(even, 0.0, x.e.float(-0.0))
