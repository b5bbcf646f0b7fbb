"""erf and erfc.

After fdlibm (Sun Microsystems, s_erf.c): rational functions below 0.84375, from 1.25 and from 1/0.35 on, and between
the first two a polynomial around 1. The exponential of the upper two takes -x² as an exact product. Errors below 1.4
ulp (erf) and 2 ulp (erfc).
"""
from .double import fast_two_sum, two_product
from .emit import F32, F64, multiply_add, polynomial, select
from .exponential import exp_parts, rescaled, scale, unflushed

NEAR_P = (1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
          -5.77027029648944159157e-03, -2.37630166566501626084e-05)
NEAR_Q = (1.0, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
          1.32494738004321644526e-04, -3.96022827877536812320e-06)
MIDDLE_P = (-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
            -6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
            -8.12874355063065934246e+01, -9.81432934416914548592e+00)
MIDDLE_Q = (1.0, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
            6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
            6.57024977031928170135e+00, -6.04244152148580987438e-02)
FAR_P = (-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
         -1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
         -4.83519191608651397019e+02)
FAR_Q = (1.0, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
         3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
         -2.24409524465858183362e+01)
# (erfc(1 + s) - erfc(1)) / s for s in [-0.157, 0.25], Chebyshev interpolants (errors 2^-60 and 2^-28): fdlibm's
# rational function there is subtracted from a larger number, which costs erfc half an ulp more.
ONE = {
    F64: (-0.4151074974205947, 0.4151074974205947, -0.13836916580686448, -0.06918458290343188, 0.06918458290326121,
          -0.004612305526764066, -0.015154718133907839, 0.004777030664261784, 0.001885186602364513,
          -0.0012262810854994572, -8.547086009697532e-05, 0.00019977755516508114, -1.913879475127091e-05,
          -1.9488397262096707e-05),
    F32: (-0.4151075, 0.4151075, -0.13836843, -0.06918483, 0.069114186, -0.004492157, -0.013387508),
}
ERFC_OF_ONE = {F64: 0.15729920705028513, F32: 0.15729920566082}


def intervals(a):
    """(near, beyond, ratio, one, tail): whether a < 0.84375 and a >= 1.25, the rational function there, and erfc(a)
    between the two and from 1.25 on."""
    near, beyond, far = a < 0.84375, a >= 1.25, a >= 1 / 0.35
    square, shifted = a * a, a - 1.0
    inverse = 1.0 / select(beyond, square, 1.0)

    def value(near_c, middle_c, far_c):
        tail = select(far, polynomial(inverse, far_c), polynomial(inverse, middle_c))
        return select(near, polynomial(square, near_c), tail)

    ratio = value(NEAR_P, MIDDLE_P, FAR_P) / value(NEAR_Q, MIDDLE_Q, FAR_Q)
    exact = two_product(a, a)
    exponent = fast_two_sum(-exact.hi, a.e.float(-0.5625))
    exponent = fast_two_sum(exponent.hi, exponent.lo + (ratio - exact.lo))
    k, y = exp_parts(exponent.hi, exponent.lo)
    one = multiply_add(shifted, polynomial(shifted, ONE[a.e.fmt]), ERFC_OF_ONE[a.e.fmt])
    return near, beyond, ratio, one, scale(y / a, k)


def bounded(x, limit):
    """min(|x|, limit): beyond the limit the function is constant, and squares stay finite."""
    a = x.abs()
    return select(a < limit, a, limit)


def erf(x):
    a = bounded(x, x.e.fmt.number(6.0, 4.0))
    near, beyond, ratio, one, tail = intervals(a)
    y = select(near, a + a * ratio, 1.0 - select(beyond, tail, one))
    return keep_tiny_product(x, select(x.is_nan(), x, y.with_sign(x.sign_bits())))


def keep_tiny_product(x, y):
    """2x/sqrt(pi) for tiny x, a subnormal's through its bits."""
    shift = x.e.fmt.number(600, 64)
    small = unflushed(x, shift).abs() * 1.1283791670955126
    return select(x.abs() < 2.0 ** -(shift - 64 if shift == 600 else 32), rescaled(small, shift).with_sign(
        x.sign_bits()), y)


def erfc(x):
    a = bounded(x, x.e.fmt.number(28.0, 11.0))
    near, beyond, ratio, one, tail = intervals(a)
    negative = x < 0.0
    value = x + x * ratio
    close = select(x < 0.25, 1.0 - value, 0.5 - (x - 0.5 + x * ratio))
    rest = select(beyond, tail, one)
    y = select(near, close, select(negative, 2.0 - rest, rest))
    return select(x.is_nan(), x, y)
