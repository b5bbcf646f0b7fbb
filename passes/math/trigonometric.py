"""sin, cos, tan.

After reduction to |r| <= pi/4 the polynomials are fdlibm's (Sun Microsystems, k_sin.c, k_cos.c) for f64 and Chebyshev
interpolants (relative errors 2^-32 and 2^-34) for f32. Errors below 1 ulp.
"""
from .double import Double, fast_two_sum
from .emit import F32, F64, multiply_add, polynomial, select
from .reduction import reduce_angle

SIN = {
    F64: (-1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04,
          2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10),
    F32: (-0.16666667, 0.008333332, -0.00019840062, 2.724686e-06),
}
COS = {
    F64: (4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05,
          -2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11),
    F32: (0.041666668, -0.0013888888, 2.480058e-05, -2.72984e-07),
}


def sin_parts(angle):
    """sin(hi + lo) as an unevaluated sum (hi, rest)."""
    x, y = angle.hi, angle.lo
    z = x * x
    cube = z * x
    coefficients = SIN[x.e.fmt]
    rest = polynomial(z, coefficients[1:])
    return x, multiply_add(cube, multiply_add(z, rest, coefficients[0]), y - z * y * 0.5)


def cos_parts(angle):
    """cos(hi + lo) as an unevaluated sum (head, rest) with head = 1 - hi²/2 rounded."""
    x, y = angle.hi, angle.lo
    z = x * x
    head = 1.0 - z * 0.5
    lost = (1.0 - head) - z * 0.5
    return head, lost + multiply_add(z * z, polynomial(z, COS[x.e.fmt]), -(x * y))


def keep_tiny(x, y):
    """`x` where it is so small that the function is the identity: keeps subnormals and the sign of zero."""
    return select(x.abs() < 2.0 ** -(x.e.fmt.mantissa // 2 + 2), x, y)


def quadrant_value(n, when_even, when_odd):
    """The even or odd function of the quadrant, negated in its upper half."""
    width = n.e.fmt.width
    value = select((n & 1) == 0, when_even, when_odd)
    return value.flip_sign((n & 2) << (width - 2))


def sin(x):
    n, angle = reduce_angle(x)
    s, c = sin_parts(angle), cos_parts(angle)
    return keep_tiny(x, quadrant_value(n, s[0] + s[1], c[0] + c[1]))


def cos(x):
    n, angle = reduce_angle(x)
    s, c = sin_parts(angle), cos_parts(angle)
    return quadrant_value(n + 1, s[0] + s[1], c[0] + c[1])


def tan(x):
    """sin/cos or -cos/sin, each as a pair, the quotient corrected once."""
    n, angle = reduce_angle(x)
    s, c = fast_two_sum(*sin_parts(angle)), fast_two_sum(*cos_parts(angle))
    even = (n & 1) == 0
    top = Double(select(even, s.hi, -c.hi), select(even, s.lo, -c.lo))
    bottom = Double(select(even, c.hi, s.hi), select(even, c.lo, s.lo))
    return keep_tiny(x, (top / bottom).round())
