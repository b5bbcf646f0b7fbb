"""Productions for `math.*`: a template that keeps the argument in the domain, and the bound of the result."""

from tests.fuzz.expressions import Expr, production

# name, template of the whole expression, largest argument accepted, bound of the result for arguments up to b
UNARY = [
    ("sin", "math.sin({})", 1e4, lambda b: 1),
    ("cos", "math.cos({})", 1e4, lambda b: 1),
    ("tan", "math.tan({} / (1.0 + abs({})))", 1e4, lambda b: 1.6),
    ("asin", "math.asin(0.9 * math.sin({}))", 1e3, lambda b: 1.2),
    ("acos", "math.acos(0.9 * math.cos({}))", 1e3, lambda b: 3),
    ("atan", "math.atan({})", 1e4, lambda b: 1.6),
    ("sinh", "math.sinh({})", 4, lambda b: 28),
    ("cosh", "math.cosh({})", 4, lambda b: 28),
    ("tanh", "math.tanh({})", 1e4, lambda b: 1),
    ("asinh", "math.asinh({})", 1e4, lambda b: 10),
    ("acosh", "math.acosh(1.25 + abs({}))", 1e4, lambda b: 10),
    ("atanh", "math.atanh(0.8 * math.tanh({}))", 1e3, lambda b: 1.2),
    ("exp", "math.exp({})", 4, lambda b: 55),
    ("exp_decay", "math.exp(-abs({}))", 1e4, lambda b: 1),
    ("exp2", "math.exp2({})", 5, lambda b: 32),
    ("expm1", "math.expm1({})", 4, lambda b: 54),
    ("log", "math.log(abs({}) + 0.5)", 1e4, lambda b: 10),
    ("log_base", "math.log(abs({}) + 0.5, 3.0)", 1e4, lambda b: 10),
    ("log2", "math.log2(abs({}) + 0.5)", 1e4, lambda b: 14),
    ("log10", "math.log10(abs({}) + 0.5)", 1e4, lambda b: 5),
    ("log1p", "math.log1p(abs({}))", 1e4, lambda b: 10),
    ("sqrt", "math.sqrt(abs({}) + 0.25)", 1e4, lambda b: 101),
    ("cbrt", "math.cbrt(abs({}) + 0.25)", 1e4, lambda b: 22),
    ("erf", "math.erf({})", 20, lambda b: 1),
    ("erfc", "math.erfc({})", 8, lambda b: 2),
    ("gamma", "math.gamma(1.2 + abs({}))", 3, lambda b: 8),
    ("lgamma", "math.lgamma(0.7 + abs({}))", 50, lambda b: 200),
    ("fabs", "math.fabs({})", 1e4, lambda b: b),
    ("degrees", "math.degrees({})", 10, lambda b: 600),
    ("radians", "math.radians({})", 1e4, lambda b: b),
]

BINARY = [
    ("atan2", "math.atan2({}, 1.5 + abs({}))", lambda a, b: 1.6),
    ("atan2_any", "math.atan2({} + 0.3, {} - 0.2)", lambda a, b: 3.2),
    ("hypot", "math.hypot({}, 0.5 + abs({}))", lambda a, b: a + b + 1),
    ("fmod", "math.fmod({}, 1.5 + abs({}))", lambda a, b: b + 2),
    ("remainder", "math.remainder({}, 1.5 + abs({}))", lambda a, b: b + 2),
    ("copysign", "math.copysign({}, {})", lambda a, b: a),
    ("fsum", "math.fsum(({}, {}))", lambda a, b: a + b),
    ("dist", "math.dist(({}, 0.0), (-1.5, 1.0 + abs({})))", lambda a, b: a + b + 3),
]

INTEGER = [
    ("factorial", "math.factorial(abs({}) % 9)", 41000),
    ("comb", "math.comb(abs({}) % 12, abs({}) % 7)", 1000),
    ("perm", "math.perm(abs({}) % 8, abs({}) % 5)", 2000),
    ("gcd", "math.gcd({}, {})", None),
    ("lcm", "math.lcm({} % 20, {} % 15)", 400),
    ("isqrt", "math.isqrt(abs({}))", None),
]


def unary(template, limit, bound):
    def make(g, depth):
        a = g.tamed("float", depth - 1, limit)
        return Expr(template.format(*[a] * template.count("{}")), bound(a.bound))

    return make


def binary(template, bound):
    def make(g, depth):
        a, b = g.expr("float", depth - 1), g.expr("float", depth - 1)
        return Expr(template.format(a, b), bound(a.bound, b.bound))

    return make


def integer(template, bound):
    def make(g, depth):
        operands = [g.expr("int", depth - 1) for _ in range(template.count("{}"))]
        return Expr(template.format(*operands), bound or max(e.bound for e in operands) + 1)

    return make


for _name, _template, _limit, _bound in UNARY:
    production("float", f"math_{_name}", weight=0.35, exact=False)(unary(_template, _limit, _bound))
for _name, _template, _bound in BINARY:
    production("float", f"math_{_name}", weight=0.25, exact=False)(binary(_template, _bound))
for _name, _template, _bound in INTEGER:
    production("int", f"math_{_name}", weight=0.2)(integer(_template, _bound))


@production("bool", "math_classify", weight=0.4)
def _(g, depth):
    return Expr(f"math.{g.rng.choice(['isnan', 'isinf', 'isfinite'])}({g.expr('float', depth - 1)})", 1)


@production("bool", "math_isclose", weight=0.2)
def _(g, depth):
    return Expr(f"math.isclose({g.expr('float', depth - 1)}, {g.expr('float', depth - 1)})", 1)
