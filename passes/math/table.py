"""Which function expands which operation. Each gets the operation (for its attributes) and its operands."""
from . import exponential, logarithm, trigonometric


def plain(function):
    """An expansion that needs only the operands."""
    return lambda op, *operands: function(*operands)


EXPANSIONS = {
    "math.exp": plain(exponential.exp),
    "math.exp2": plain(exponential.exp2),
    "math.expm1": plain(exponential.expm1),
    "math.log": plain(logarithm.log),
    "math.log2": plain(logarithm.log2),
    "math.log10": plain(logarithm.log10),
    "math.log1p": plain(logarithm.log1p),
    "math.sin": plain(trigonometric.sin),
    "math.cos": plain(trigonometric.cos),
    "math.tan": plain(trigonometric.tan),
}
