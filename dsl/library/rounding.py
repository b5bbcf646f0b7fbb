"""`round(x, ndigits)`, of the exact value of x: the product with the power of ten is corrected by its own error."""

import numpy as np

from .bits import multiply_add


def round_up_to(x, scale):
    """To 1/scale, a negative power of ten."""
    product = x * scale
    error = multiply_add(x, scale, -product)
    whole = np.rint(product)
    rest = product - whole
    if rest == 0.5 and error > 0.0:
        whole = whole + 1.0
    elif rest == -0.5 and error < 0.0:
        whole = whole - 1.0
    elif abs(rest) == 0.5 and error != 0.0:
        # on the exact tie half went to even; the true value lies on the other side
        if error > 0.0:
            whole = np.floor(product) + 1.0
        else:
            whole = np.ceil(product) - 1.0
    result = whole / scale
    if abs(product) >= 4503599627370496.0:
        result = x
    return np.copysign(result, x)


def round_tens(x, scale):
    """To a multiple of scale, a positive power of ten."""
    quotient = x / scale
    error = multiply_add(-quotient, scale, x)
    whole = np.rint(quotient)
    rest = quotient - whole
    if abs(rest) == 0.5 and error != 0.0:
        if error > 0.0:
            whole = np.floor(quotient) + 1.0
        else:
            whole = np.ceil(quotient) - 1.0
    return np.copysign(whole * scale, x)


def round_digits(x, digits):
    """`round(x, digits)` with digits that are known at run time."""
    if x - x != 0.0 or x == 0.0 or digits >= 0 and abs(x) * 10.0 ** min(digits, 22) >= 4503599627370496.0:
        return x
    if digits < -22 and abs(x) < 5e22:
        return np.copysign(0.0, x)
    if abs(digits) > 22:
        raise ValueError("round to so many digits is not in the language")
    scale = 1.0
    for _ in range(abs(digits)):
        scale = scale * 10.0
    if digits >= 0:
        result = round_up_to(x, scale)
    else:
        result = round_tens(x, scale)
    return result
