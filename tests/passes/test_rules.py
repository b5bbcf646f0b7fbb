"""Every derivative rule against mpmath in 40 digits: reverse, forward, and forward over reverse, at ordinary, extreme
and special points. A rule without a row here fails the coverage test."""

import math

import mpmath
import pytest
from iree.compiler import ir

from dsl import runtime
from dsl.passes.autodiff import forward, reverse
from dsl.passes.rules import RULES
from dsl.passes.rules.strong_zero import expand

EVERYWHERE = [0.3, -0.7, 1.0, -1.5, 2.5, 1e-12, -1e-300, 12.0]
POSITIVE = [0.3, 1.0, 2.5, 1e-12, 1e-200, 12.0, 1e200]
INSIDE = [0.3, -0.7, 1e-12, 0.999, -0.9999999, 1e-300]
PAIRS = [(0.3, 0.7), (-1.5, 2.0), (2.5, -0.5), (1e-10, 3.0), (1.0, 1.0)]
# a strong product is the product where both factors are finite, its derivative at zero too
WITH_ZERO = [*PAIRS, (0.0, 2.0), (0.0, -0.5)]


def zero(*_):
    return mpmath.mpf(0)


# operation -> (function, points); a function that is constant between jumps is given by the zero of its derivative
UNARY = {
    "arith.negf": (lambda x: -x, EVERYWHERE),
    "math.absf": (abs, EVERYWHERE),
    "math.sqrt": (mpmath.sqrt, POSITIVE),
    "math.rsqrt": (lambda x: 1 / mpmath.sqrt(x), [0.3, 1.0, 2.5, 12.0]),
    "math.cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [0.3, -0.7, 1.0, -12.0, 1e-12, 1e20]),
    "math.exp": (mpmath.exp, [*EVERYWHERE, 700.0, -700.0]),
    "math.exp2": (lambda x: mpmath.power(2, x), [*EVERYWHERE, 1000.0, -1000.0]),
    "math.expm1": (mpmath.expm1, [*EVERYWHERE, 700.0, -40.0]),
    "math.log": (mpmath.log, POSITIVE),
    "math.log2": (lambda x: mpmath.log(x, 2), POSITIVE),
    "math.log10": (mpmath.log10, POSITIVE),
    "math.log1p": (mpmath.log1p, [0.3, -0.7, 1.0, 1e-12, -0.9999, 1e200]),
    "math.sin": (mpmath.sin, [*EVERYWHERE, 1e5, 1e15]),
    "math.cos": (mpmath.cos, [*EVERYWHERE, 1e5, 1e15]),
    "math.tan": (mpmath.tan, [*EVERYWHERE, 1.57, 1e5]),
    "math.asin": (mpmath.asin, INSIDE),
    "math.acos": (mpmath.acos, INSIDE),
    "math.atan": (mpmath.atan, [*EVERYWHERE, 1e10, -1e10]),
    "math.sinh": (mpmath.sinh, [*EVERYWHERE, 700.0]),
    "math.cosh": (mpmath.cosh, [*EVERYWHERE, 700.0]),
    "math.tanh": (mpmath.tanh, [*EVERYWHERE, 20.0, -20.0, 300.0]),
    "math.asinh": (mpmath.asinh, [*EVERYWHERE, 1e10, 1e200]),
    "math.acosh": (mpmath.acosh, [1.0001, 1.5, 12.0, 1e10, 1e200]),
    "math.atanh": (mpmath.atanh, INSIDE),
    "math.erf": (mpmath.erf, [0.3, -0.7, 1.0, 1e-12, 5.0, -6.0]),
    "math.erfc": (mpmath.erfc, [0.3, -0.7, 1.0, 1e-12, 5.0, -6.0]),
    "math.floor": (zero, [0.3, -0.7, 12.5]),
    "math.ceil": (zero, [0.3, -0.7, 12.5]),
    "math.trunc": (zero, [0.3, -0.7, 12.5]),
    "math.round": (zero, [0.3, -0.7, 12.6]),
    "math.roundeven": (zero, [0.3, -0.7, 12.6]),
    "dsl.gamma": (mpmath.gamma, [0.3, -0.7, 1.0, 2.5, 12.0, -3.5, 1e-5]),
    "dsl.lgamma": (lambda x: mpmath.log(abs(mpmath.gamma(x))), [0.3, -0.7, 2.5, 12.0, -3.5, 1e-5, 1e5]),
    "dsl.polygamma": (lambda x: mpmath.psi(1, x), [0.3, 1.0, 2.5, 12.0, -0.7]),
}
BINARY = {
    "arith.addf": (lambda x, y: x + y, PAIRS),
    "arith.subf": (lambda x, y: x - y, PAIRS),
    "arith.mulf": (lambda x, y: x * y, PAIRS),
    "arith.divf": (lambda x, y: x / y, PAIRS),
    "dsl.strong_mul": (lambda x, y: x * y, WITH_ZERO),
    "dsl.strong_div": (lambda x, y: x / y, WITH_ZERO),
    "dsl.strong_product": (lambda x, y: x * y, [*WITH_ZERO, (2.0, 0.0)]),
    "arith.remf": (
        lambda x, y: x - y * (mpmath.floor(abs(x / y)) * mpmath.sign(x / y)), [(7.3, 2.1), (-7.3, 2.1), (0.5, 3.0)]
    ),
    "arith.maximumf": (max, PAIRS[:4]),
    "arith.minimumf": (min, PAIRS[:4]),
    "math.copysign": (lambda x, y: abs(x) * (1 if y >= 0 else -1), PAIRS),
    "math.atan2": (mpmath.atan2, [*PAIRS, (1e-150, -1e-150), (1e150, 1e150)]),
    "math.powf": (mpmath.power, [(0.3, 0.7), (1.5, 2.0), (2.5, -0.5), (1e-10, 3.0), (1.0, 1.0), (10.0, 20.5)]),
    "dsl.hypot": (mpmath.hypot, [*PAIRS, (1e-150, -1e-150), (1e150, 1e150)]),
}  # fmt: skip
ELSEWHERE = {
    "arith.select": "branches in test_autodiff.py",
    "arith.extf": "test_casts below", "arith.truncf": "test_casts below",
    "math.fma": "test_fma below", "dsl.stop_gradient": "test_stop_gradient below",
}  # fmt: skip


def test_every_rule_has_a_row():
    assert set(RULES) == set(UNARY) | set(BINARY) | set(ELSEWHERE)


def compiled(operation: str, arity: int):
    """One kernel that returns the value, both first derivatives and the second ones of an operation.

    Its arguments are the operation's and a direction; its results: value, cotangents, tangent along the direction,
    and the tangents of the cotangents along it."""
    names, types = [f"%x{k}" for k in range(arity)], ", ".join(["f64"] * arity)
    attribute = " {order = 1 : i64}" if operation == "dsl.polygamma" else ""
    call = f'"{operation}"({", ".join(names)}){attribute} : ({types}) -> f64'
    module = parse(f"func.func @f({', '.join(n + ': f64' for n in names)}) -> f64 {{ %r = {call}\n return %r : f64 }}")
    adjoint, tangent = reverse(module, "f", range(arity)), forward(module, "f", range(arity))
    second = forward(module, adjoint, range(arity))
    return runtime.load(runtime.compile(join(module, adjoint, tangent, second, arity), "all"))


def parse(text: str) -> ir.Module:
    context = ir.Context()
    context.allow_unregistered_dialects = True
    return ir.Module.parse(text, context)


def join(module, adjoint, tangent, second, arity: int) -> ir.Module:
    """Add @all, which calls the derivatives."""
    xs, ds = [f"%x{k}" for k in range(arity)], [f"%d{k}" for k in range(arity)]
    f64s = lambda n: ", ".join(["f64"] * n)
    total = 1 + arity + 1 + arity
    text = f"""
    func.func @all({", ".join(f"{v}: f64" for v in xs + ds)}) -> ({f64s(total)}) {{
      %one = arith.constant 1.0 : f64
      %t:2 = func.call @{tangent}({", ".join(xs + ds)}) : ({f64s(2 * arity)}) -> (f64, f64)
      %s:{2 + 2 * arity} = func.call @{second}({", ".join([*xs, "%one", *ds])})
        : ({f64s(2 * arity + 1)}) -> ({f64s(2 + 2 * arity)})
      return %s#0, {", ".join(f"%s#{1 + k}" for k in range(arity))}, %t#1,
             {", ".join(f"%s#{2 + arity + k}" for k in range(arity))} : {f64s(total)}
    }}"""
    whole = parse(str(module).rstrip().removesuffix("}") + text + "}")
    expand(whole)
    return whole


def derivatives(function, point):
    """Gradient and Hessian by mpmath, as nested lists."""
    # enough digits for differences with a step far below the smallest argument, and for 1 - tanh(300)
    smallest = min((abs(v) for v in point if v), default=1.0)
    largest = max(abs(v) for v in point)
    with mpmath.workdps(100 + max(0, -3 * math.floor(math.log10(smallest))) + int(min(600, largest))):
        exact = [mpmath.mpf(v) for v in point]
        n = len(point)
        step = mpmath.mpf(10) ** -25 * min((abs(v) for v in exact if v), default=1)
        if function is zero:
            return [mpmath.mpf(0)] * n, [[mpmath.mpf(0)] * n for _ in range(n)]

        def partial(*ks):
            at, order = (exact, tuple(ks.count(k) for k in range(n))) if n > 1 else (exact[0], len(ks))
            return mpmath.diff(function, at, order, h=step)

        return [partial(k) for k in range(n)], [[partial(j, k) for k in range(n)] for j in range(n)]


def close(found: float, exact, size=0.0) -> bool:
    """Within a few hundred rounding errors of the exact value, or of the terms it is a sum of."""
    expected = float(exact)
    if math.isinf(expected) or abs(expected) > 1e307:
        return math.isinf(found) or abs(found) > 1e307
    return abs(found - expected) <= 2e-13 * max(abs(expected), size) + 1e-307


@pytest.mark.parametrize("operation", [*UNARY, *BINARY])
def test_rule(operation):
    arity = 1 if operation in UNARY else 2
    function, points = (UNARY if arity == 1 else BINARY)[operation]
    kernel = compiled(operation, arity)
    for point in points:
        point = (point,) if arity == 1 else point
        gradient, hessian = derivatives(function, point)
        for k in range(arity):
            direction = [float(j == k) for j in range(arity)]
            _, *rest = kernel([*map(float, point), *direction])
            cts, tangent, second = rest[:arity], rest[arity], rest[arity + 1 :]
            where = f"{operation} at {point}, direction {k}"
            assert all(close(a, b) for a, b in zip(cts, gradient)), f"{where}: reverse {cts}, exact {gradient}"
            assert close(tangent, gradient[k]), f"{where}: forward {tangent}, exact {gradient[k]}"
            size = max(abs(float(h)) for row in hessian for h in row) if arity == 2 else 0.0
            assert all(close(a, b, min(size, 1e300)) for a, b in zip(second, hessian[k])), (
                f"{where}: second order {second}, exact {hessian[k]}"
            )


def test_kinks():
    """The conventions of docs/differentiation.md."""
    absolute, power, hypot = compiled("math.absf", 1), compiled("math.powf", 2), compiled("dsl.hypot", 2)
    assert absolute([0.0, 1.0])[1:3] == [0.0, 0.0]
    assert power([0.0, 0.0, 1.0, 1.0])[1:3] == [0.0, 0.0]
    assert power([0.0, 2.0, 1.0, 1.0])[1:3] == [0.0, 0.0]
    assert power([0.0, 1.0, 1.0, 0.0])[1:4] == [1.0, 0.0, 1.0]
    assert power([-2.0, 3.0, 1.0, 0.0])[1] == 12.0
    assert hypot([0.0, 0.0, 1.0, 1.0])[1:3] == [0.0, 0.0]
    larger = compiled("arith.maximumf", 2)
    assert larger([1.0, 1.0, 1.0, 0.0])[1:3] == [1.0, 0.0]


def run(text: str, arguments):
    module = parse(text)
    adjoint, tangent = reverse(module, "f", [0]), forward(module, "f", [0])
    expand(module)
    return [runtime.load(runtime.compile(module, name))([*arguments, 1.0])[1] for name in (adjoint, tangent)]


def test_casts():
    text = """func.func @f(%x: f64) -> f64 {
      %a = arith.truncf %x : f64 to f32
      %b = arith.mulf %a, %a : f32
      %c = arith.extf %b : f32 to f64
      return %c : f64 }"""
    assert run(text, [1.5]) == [3.0, 3.0]


def test_fma():
    text = """func.func @f(%x: f64) -> f64 {
      %s = math.sin %x : f64
      %r = math.fma %x, %s, %s : f64
      return %r : f64 }"""
    expected = math.sin(0.7) + 1.7 * math.cos(0.7)
    assert run(text, [0.7]) == pytest.approx([expected] * 2, rel=1e-15)


def test_stop_gradient():
    text = """func.func @f(%x: f64) -> f64 {
      %s = "dsl.stop_gradient"(%x) : (f64) -> f64
      %r = arith.mulf %x, %s : f64
      return %r : f64 }"""
    module = parse(text)
    name = reverse(module, "f", [0])
    from dsl.passes.cleanup.clean import resolve_stop_gradients
    from tests.support.interpret import interpret

    resolve_stop_gradients(module)
    assert interpret(module, name, 3.0, 1.0) == (9.0, 3.0)
