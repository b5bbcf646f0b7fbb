"""lgamma: log |Γ(x)|.

After fdlibm (Sun Microsystems, e_lgamma_r.c): expansions around the minimum 1.4616 and the zeros 1 and 2 below 2, a
rational function and a product up to 8, Stirling's series above; for x < 0 the reflection formula. Relative errors are
below 8 ulp for x > 0, its zeros at 1 and 2 included; near the zeros on the negative axis the error is absolute, a few
units in 2^-53 (f32: 2^-24) of the larger of the two logarithms subtracted.
"""
from . import control
from .emit import F32, F64, horner, select
from .gamma import INF, PI, sin_pi
from .logarithm import log

TWO = (7.72156649015328655494e-02, 3.22467033424113591611e-01, 6.73523010531292681824e-02, 2.05808084325167332806e-02,
       7.38555086081402883957e-03, 2.89051383673415629091e-03, 1.19270763183362067845e-03, 5.10069792153511336608e-04,
       2.20862790713908385557e-04, 1.08011567247583939954e-04, 2.52144565451257326939e-05, 4.48640949618915160150e-05)
MINIMUM = {F64: (1.46163214496836224576e+00, -1.21486290535849611461e-01, -3.63867699703950536541e-18),
           F32: (1.4616321325e+00, -1.2148628384e-01, 6.6971006518e-09)}  # where, and the value there in two parts
AROUND = (4.83836122723810047042e-01, -1.47587722994593911752e-01, 6.46249402391333854778e-02,
          -3.27885410759859649565e-02, 1.79706750811820387126e-02, -1.03142241298341437450e-02,
          6.10053870246291332635e-03, -3.68452016781138256760e-03, 2.25964780900612472250e-03,
          -1.40346469989232843813e-03, 8.81081882437654011382e-04, -5.38595305356740546715e-04,
          3.15632070903625950361e-04, -3.12754168375120860518e-04, 3.35529192635519073543e-04)
ONE_P = (-7.72156649015328655494e-02, 6.32827064025093366517e-01, 1.45492250137234768737e+00,
         9.77717527963372745603e-01, 2.28963728064692451092e-01, 1.33810918536787660377e-02)
ONE_Q = (1.0, 2.45597793713041134822e+00, 2.12848976379893395361e+00, 7.69285150456672783825e-01,
         1.04222645593369134254e-01, 3.21709242282423911810e-03)
MIDDLE_P = (-7.72156649015328655494e-02, 2.14982415960608852501e-01, 3.25778796408930981787e-01,
            1.46350472652464452805e-01, 2.66422703033638609560e-02, 1.84028451407337715652e-03,
            3.19475326584100867617e-05)
MIDDLE_Q = (1.0, 1.39200533467621045958e+00, 7.21935547567138069525e-01, 1.71933865632803078993e-01,
            1.86459191715652901344e-02, 7.77942496381893596434e-04, 7.32668430744625636189e-06)
STIRLING = (4.18938533204672725052e-01, 8.33333333333329678849e-02, -2.77777777728775536470e-03,
            7.93650558643019558500e-04, -5.95187557450339963135e-04, 8.36339918996282139126e-04,
            -1.63092934096575273989e-03)


def below_two(a):
    """log Γ(a), plus log(a) where a <= 0.9, for a < 2."""
    e = a.e
    lifted = a <= 0.9
    b = select(lifted, a + 1.0, a)  # for choosing the interval only
    where, value, rest = MINIMUM[e.fmt]
    y = select(lifted, 1.0 - a, 2.0 - a)
    square = y * y
    near_two = y * horner(square, TWO[::2]) + square * horner(square, TWO[1::2]) - y * 0.5
    y = select(lifted, a - (where - 1.0), a - where)
    around = value + (y * y * horner(y, AROUND) + rest)
    y = select(lifted, a, a - 1.0)
    near_one = y * horner(y, ONE_P) / horner(y, ONE_Q) - y * 0.5
    return select(b >= 1.7316, near_two, select(b >= 1.2316, around, near_one))


def two_to_eight(a):
    """(log Γ(y + 2) with y the fraction of a, and the product whose logarithm is missing)."""
    whole = a.floor()
    y = a - whole
    product = y.e.float(1.0)
    for i in range(3, 8):
        product = product * select(whole >= float(i), y + float(i - 1), 1.0)
    return y * 0.5 + y * horner(y, MIDDLE_P) / horner(y, MIDDLE_Q), product


def positive(a):
    """log Γ(a) for a > 0."""
    e = a.e
    low, high = a < 2.0, a >= 8.0
    middle, product = two_to_eight(select(high, 2.0, a))
    logarithm = log(select(low | high, a, product))
    inverse = 1.0 / select(high, a, 1.0)
    series = STIRLING[0] + inverse * horner(inverse * inverse, STIRLING[1:])
    stirling = (a - 0.5) * (logarithm - 1.0) + series
    small = below_two(select(low, a, 1.0)) - select(a <= 0.9, logarithm, e.float(0.0))
    return select(low, small, select(high, stirling, middle + logarithm))


def lgamma(x):
    fmt = x.e.fmt
    a = x.abs()
    value = positive(select(a < fmt.number(2.0**900, 2.0**120), a, fmt.number(2.0**900, 2.0**120)))
    value = select(a > fmt.number(2.0**900, 2.0**100), a * (log(a) - 1.0), value)

    def reflect():
        return (log(PI[fmt][0] / (a * sin_pi(a).abs())) - value,)

    (value,) = control.rarely(x < 0.0, reflect, (value,))
    whole = (x <= -1.0) & (x.trunc() == x)
    tiny = a < 2.0 ** -(fmt.mantissa + 10)
    value = select(tiny, -log(a), value)
    value = select(whole | (a == INF), INF, value)
    return select(x.is_nan(), x, value)
