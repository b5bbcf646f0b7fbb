"""The meaning of each scalar and tensor operation, as a Python expression over the names of its operands."""

from __future__ import annotations

import math
import re

import numpy as np
from iree.compiler import ir

FLOATS = {"f64": float, "f32": np.float32, "f16": np.float16}
WIDTHS = {"i1": 1, "i8": 8, "i16": 16, "i32": 32, "i64": 64, "index": 64}
DTYPES = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "i1": np.bool_, "i32": np.int32, "i64": np.int64}
COMPARE = ["==", "!=", "<", "<=", ">", ">="]


def quiet():
    """Floats behave as IEEE says, silently."""
    return np.errstate(all="ignore")


def wrap(x: int, width: int):
    """The two's complement value of an integer of that many bits; i1 is a bool."""
    if width == 1:
        return bool(x & 1)
    return (int(x) + (1 << width - 1) & (1 << width) - 1) - (1 << width - 1)


def unsigned(x, width: int) -> int:
    return int(x) & (1 << width) - 1


def divide(a, b):
    if isinstance(a, float) and not isinstance(a, np.floating):
        return float(np.float64(a) / np.float64(b))
    return a / b


def remainder(a, b):
    kind = type(a)
    if math.isnan(a) or math.isnan(b) or math.isinf(a) or b == 0:
        return kind(math.nan)
    return kind(math.fmod(a, b))


def truncated(a: int, b: int, width: int) -> int:
    quotient = abs(int(a)) // abs(int(b))
    return wrap(quotient if (a < 0) == (b < 0) else -quotient, width)


def compare_floats(predicate: int, a, b) -> bool:
    if predicate in (0, 15):
        return predicate == 15
    unordered = bool(a != a or b != b)
    if predicate == 14 or unordered:
        return unordered and predicate >= 8
    wanted = predicate - 7 if predicate >= 8 else predicate
    return bool(((a == b) and wanted & 1) or ((a > b) and wanted & 2) or ((a < b) and wanted & 4))


def shift(kind: str, a: int, b: int, width: int):
    if not 0 <= b < width:
        raise AssertionError(f"shift by {b} is poison")
    if kind == "shli":
        return wrap(int(a) << b, width)
    return wrap((int(a) >> b) if kind == "shrsi" else unsigned(a, width) >> b, width)


def to_integer(x, width: int) -> int:
    if x != x or not -(2.0 ** (width - 1)) <= float(x) < 2.0 ** (width - 1):
        raise AssertionError(f"fptosi of {x} is poison")
    return int(x)


def minimum(a, b, pick, ignore_nan):
    if a != a or b != b:
        return (b if a != a else a) if ignore_nan else type(a)(math.nan)
    if a == b == 0:
        negative = a if math.copysign(1, a) < 0 else b
        return negative if pick is min else (b if negative is a else a)
    return pick(a, b)


def polygamma(order: int, x: float) -> float:
    """By upward recurrence and the asymptotic series; 1e-13 or so, enough for a second opinion."""
    if x <= 0 and x == math.floor(x):
        return math.nan
    bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6]
    total, n = 0.0, order
    while x < 20:
        total += math.log(1.0) - 1.0 / x if n == 0 else -((-1) ** n) * math.factorial(n) / x ** (n + 1)
        x += 1.0
    if n == 0:
        series = math.log(x) - 0.5 / x - sum(b / (2 * k * x ** (2 * k)) for k, b in enumerate(bernoulli, 1))
        return total + series
    sign = (-1) ** (n + 1)
    series = math.factorial(n - 1) / x**n + math.factorial(n) / (2 * x ** (n + 1))
    for k, b in enumerate(bernoulli, 1):
        series += b * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * x ** (2 * k + n))
    return total + sign * series


def ieee(function):
    """A function of `math` with IEEE's results where Python raises, in the type of its first argument."""

    def wrapped(*values):
        kind = type(values[0])
        try:
            return kind(function(*map(float, values)))
        except (ValueError, OverflowError, ZeroDivisionError):
            name = {"pow": "power", "atan2": "arctan2", "fabs": "abs"}.get(function.__name__, function.__name__)
            fallback = getattr(np, name, None)
            return kind(fallback(*map(np.float64, values))) if fallback else kind(math.nan)

    return wrapped


def gamma(x):
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.copysign(math.inf, x) if x == 0 else math.nan


def lgamma(x):
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf


def fused_multiply_add(a, b, c):
    from fractions import Fraction

    if not all(map(math.isfinite, (a, b, c))):
        return type(a)(a * b + c)
    return type(a)(float(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))))


def bitcast(x, source: str, target: str):
    kinds = {"index": np.int64, **DTYPES}
    value = np.array([x], kinds[source]).view(kinds[target])[0]
    return value if target in ("f32", "f16") else value.item()


def round_even(x):
    return x if x != x or math.isinf(x) else math.copysign(float(round(x)), x)


def integral(function):
    return lambda x: x if x != x or math.isinf(x) else math.copysign(float(function(x)), x)


UNARY = {name: ieee(getattr(math, name)) for name in (
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p sqrt cbrt erf erfc"
).split()}
UNARY |= {"absf": ieee(math.fabs), "floor": ieee(integral(math.floor)), "ceil": ieee(integral(math.ceil)),
          "trunc": ieee(integral(math.trunc)), "roundeven": ieee(round_even), "gamma": ieee(gamma),
          "lgamma": ieee(lgamma), "rsqrt": ieee(lambda x: 1.0 / math.sqrt(x)), "isnan": lambda x: bool(x != x),
          "round": ieee(lambda x: math.copysign(math.floor(abs(x) + 0.5), x)),
          "isinf": lambda x: bool(math.isinf(x)), "isfinite": lambda x: bool(math.isfinite(x))}
BINARY = {"powf": ieee(math.pow), "atan2": ieee(math.atan2), "copysign": ieee(math.copysign),
          "hypot": ieee(math.hypot), "fpowi": ieee(math.pow)}


def element(tensor, *indices):
    """One element as the interpreter's scalar; an index outside is a bug of whoever emitted it."""
    for k, index in enumerate(indices):
        if not 0 <= index < tensor.shape[k]:
            raise AssertionError(f"index {index} outside of {tensor.shape}")
    value = tensor[tuple(indices)]
    return value if isinstance(value, np.float32 | np.float16) else value.item()


def inserted(value, tensor, *indices):
    element(tensor, *indices)
    changed = tensor.copy()
    changed[tuple(indices)] = value
    return changed


def places(tensor, offsets, sizes, strides):
    """Where the elements of a slice lie, without the axes of one element; outside is a bug of whoever emitted it."""
    for n, offset, size, stride in zip(tensor.shape, offsets, sizes, strides, strict=True):
        if not 0 <= offset <= offset + (size - 1) * stride < n:
            raise AssertionError(f"slice of {size} from {offset} outside of {tensor.shape}")
    spans = zip(offsets, sizes, strides, strict=True)
    return tuple(k if n == 1 else slice(k, k + (n - 1) * step + 1, step) for k, n, step in spans)


def put(part, tensor, *where):
    changed = tensor.copy()
    changed[places(tensor, *where)] = part
    return changed


def format_message(message: str, values):
    """What an exception is made of: a number or a tuple of them where the message is nothing else, else a text."""
    if message == "{0}":
        return values[0]
    if re.fullmatch(r"\(\{0\}(,|(, \{\d+\})+)\)", message):
        return tuple(values)
    return re.sub(r"\{(\d+)(?::([^{}]*))?\}", lambda k: format(values[int(k[1])], k[2] or ""), message)


def format_record(value, spec: str, kind: str) -> str:
    """The text of one printed value: of its Python or NumPy type, with a conversion and a format spec."""
    numpy_types = {"f16": np.float16, "f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64,
                   "boolean": np.bool_}
    value = numpy_types[kind](value) if kind in numpy_types else {"bool": bool, "int": int, "float": float}[kind](value)
    if spec.startswith("!"):
        value, spec = {"r": repr, "s": str, "a": ascii}[spec[1]](value), spec[2:]
    return format(value, spec)


NAMESPACE = {"np": np, "math": math, "wrap": wrap, "unsigned": unsigned, "divide": divide, "remainder": remainder,
             "truncated": truncated, "compare_floats": compare_floats, "shift": shift, "to_integer": to_integer,
             "minimum": minimum, "polygamma": polygamma, "UNARY": UNARY, "BINARY": BINARY, "element": element,
             "inserted": inserted, "places": places, "put": put,
             "bitcast": bitcast, "fma": fused_multiply_add, "inf": math.inf, "nan": math.nan}


def constant_expression(op, constant) -> str:
    attribute, kind = op.attributes["value"], str(op.results[0].type)
    if kind.startswith("tensor"):
        return constant(dense_array(attribute))
    if kind in FLOATS:
        return f"np.float{kind[1:]}({attribute.value!r})" if kind != "f64" else f"({attribute.value!r})"
    return repr(wrap(attribute.value, WIDTHS[kind]))


def dense_array(attribute) -> np.ndarray:
    """A constant tensor as a NumPy array."""
    shape, kind = tensor_type(attribute.type)
    if attribute.is_splat:
        return np.full(shape, attribute.get_splat_value().value, DTYPES[kind])
    return np.array([attribute[k] for k in range(len(attribute))], DTYPES[kind]).reshape(shape)


def tensor_type(type_) -> tuple[tuple[int, ...], str]:
    *shape, kind = str(type_)[len("tensor<"):-1].split("x")
    return tuple(int(n) for n in shape), kind


def integer(op, name, a, b) -> str:
    width = WIDTHS[str(op.results[0].type)]
    symbol = {"addi": "+", "subi": "-", "muli": "*", "andi": "&", "ori": "|", "xori": "^"}.get(name)
    if symbol:
        return f"wrap({a} {symbol} {b}, {width})"
    if name in ("divsi", "floordivsi", "remsi"):
        quotient = f"truncated({a}, {b}, {width})" if name != "floordivsi" else f"({a} // {b})"
        return f"wrap({a} - {b} * {quotient}, {width})" if name == "remsi" else f"wrap({quotient}, {width})"
    if name in ("divui", "remui"):
        return f"wrap(unsigned({a}, {width}) {'//' if name == 'divui' else '%'} unsigned({b}, {width}), {width})"
    if name in ("shli", "shrsi", "shrui"):
        return f"shift({name!r}, {a}, {b}, {width})"
    if name in ("maxsi", "minsi"):
        return f"{name[:3]}({a}, {b})"
    if name == "mulsi_extended":
        return f"wrap({a} * {b}, {width}), {a} * {b} >> {width}"
    raise NotImplementedError(op.name)


def cast(op, name, x) -> str:
    source, target = str(op.operands[0].type), str(op.results[0].type)
    if name in ("sitofp", "uitofp"):
        x = f"unsigned({x}, {WIDTHS[source]})" if name[0] == "u" else f"-int({x})" if source == "i1" else x
        return f"float({x})" if target == "f64" else f"np.float{target[1:]}(float({x}))"
    if name in ("extf", "truncf"):
        return f"float({x})" if target == "f64" else f"np.float{target[1:]}({x})"
    if name == "fptosi":
        return f"to_integer({x}, {WIDTHS[target]})"
    if name == "extui":
        return f"unsigned({x}, {WIDTHS[source]})"
    if name == "extsi" and source == "i1":
        return f"-int({x})"
    if name == "bitcast":
        return f"bitcast({x}, {source!r}, {target!r})"
    if name in ("extsi", "index_cast", "trunci"):
        return f"wrap({x}, {WIDTHS[target]})"
    raise NotImplementedError(op.name)


def arithmetic(op, name, operands, constant) -> str:
    symbol = {"addf": "+", "subf": "-", "mulf": "*"}.get(name)
    if symbol:
        return f"{operands[0]} {symbol} {operands[1]}"
    if name == "constant":
        return constant_expression(op, constant)
    if name == "negf":
        return f"-{operands[0]}"
    if name == "divf":
        return f"divide({operands[0]}, {operands[1]})"
    if name == "remf":
        return f"remainder({operands[0]}, {operands[1]})"
    if name == "select":
        return f"{operands[1]} if {operands[0]} else {operands[2]}"
    if name == "cmpf":
        return f"compare_floats({op.attributes['predicate'].value}, {operands[0]}, {operands[1]})"
    if name == "cmpi":
        return comparison(op, *operands)
    if name in ("maximumf", "minimumf", "maxnumf", "minnumf"):
        return f"minimum({operands[0]}, {operands[1]}, {name[:3]}, {name[3:] == 'numf'})"
    return integer(op, name, *operands) if len(operands) == 2 else cast(op, name, *operands)


def comparison(op, a, b) -> str:
    predicate = op.attributes["predicate"].value
    if predicate < 6:
        if str(op.operands[0].type) == "i1" and predicate > 1:
            a, b = f"-{a}", f"-{b}"
        return f"{a} {COMPARE[predicate]} {b}"
    width = WIDTHS[str(op.operands[0].type)]
    return f"unsigned({a}, {width}) {COMPARE[predicate - 4]} unsigned({b}, {width})"


def ours(op, name, operands) -> str:
    """The placeholder operations of `dsl`."""
    attributes, values = op.attributes, f"({''.join(o + ', ' for o in operands)})"
    if name == "fail":
        text = (attributes["exception"].value, attributes["message"].value)
        values = f"({''.join(o + ', ' for o in operands[1:])})"
        return f"run.fail({operands[0]}, {text[0]!r}, {text[1]!r}, {values}, {str(op.location)!r})"
    if name == "failed":
        return "run.failed()"
    if name == "record":
        fields = [[piece.value for piece in attributes[key]] for key in ("text", "spec", "kind")]
        return f"run.record({', '.join(map(repr, fields))}, {values})"
    if name == "push":
        return f"run.push({attributes['tape'].value!r}, {values})"
    if name == "reserve":
        return f"run.reserve({operands[0]})"
    if name == "capacity":
        return "run.capacity"
    if name == "pop":
        popped = f"run.pop({attributes['tape'].value!r})"
        return popped if len(op.results) != 1 else f"{popped}[0]"
    if name == "stop_gradient":
        return operands[0]
    if name.startswith("strong_"):
        return strong(name.removeprefix("strong_"), *operands)
    if name == "polygamma":
        return f"type({operands[0]})(polygamma({attributes['order'].value}, float({operands[0]})))"
    return f"{'UNARY' if len(operands) == 1 else 'BINARY'}[{name!r}]({', '.join(operands)})"


def strong(name, a, b) -> str:
    """Products and quotients that are 0 where the first operand is; `product` also where the second is."""
    zero = f"{a} == 0 or {b} == 0" if name == "product" else f"{a} == 0"
    with_other = f"type({a})(1) if {zero} else {b}"
    number = f"type({a})(0) if {zero} else {a}"
    return f"(({number}) {'/' if name == 'div' else '*'} ({with_other}))"


def tensors(op, name, operands) -> str:
    if name == "extract":
        return f"element({', '.join(operands)})"
    if name == "insert":
        return f"inserted({', '.join(operands)})"
    if name in ("extract_slice", "insert_slice"):
        return slices(op, name, operands)
    if name == "dim":
        return f"{operands[0]}.shape[{operands[1]}]"
    if name in ("empty", "splat"):
        if not op.results[0].type.has_static_shape:
            return list_elements(op, name, operands)
        shape, kind = tensor_type(op.results[0].type)
        value = operands[0] if name == "splat" else "0"
        return f"np.full({shape}, {value}, np.{DTYPES[kind].__name__})"
    if name == "from_elements":
        shape, kind = tensor_type(op.results[0].type)
        return f"np.array([{', '.join(operands)}], np.{DTYPES[kind].__name__}).reshape({shape})"
    raise NotImplementedError(op.name)


def slices(op, name, operands) -> str:
    arrays = 1 if name == "extract_slice" else 2
    given, dynamic = iter(operands[arrays:]), ir.ShapedType.get_dynamic_size()
    offsets = [next(given) if n == dynamic else str(n) for n in op.attributes["static_offsets"]]
    where = f"[{', '.join(offsets)}], {list(op.attributes['static_sizes'])}, {list(op.attributes['static_strides'])}"
    if arrays == 2:
        return f"put({operands[0]}, {operands[1]}, {where})"
    return f"np.array({operands[0]}[places({operands[0]}, {where})])"


def list_elements(op, name, operands) -> str:
    """The elements of a list whose length is known only at run time; nobody should read those that are not set."""
    kind = str(op.results[0].type.element_type)
    value, count = operands if name == "splat" else ("math.nan" if kind in FLOATS else "77", operands[0])
    return f"np.full(({count},), {value}, np.{DTYPES[kind].__name__})"


def expression(op, operands: list[str], constant) -> str:
    """Python text that computes the results of a straight-line operation from the names of its operands."""
    dialect, _, name = op.name.partition(".")
    if dialect == "arith":
        return arithmetic(op, name, operands, constant)
    if dialect == "dsl":
        return ours(op, name, operands)
    if dialect == "tensor":
        return tensors(op, name, operands)
    if dialect == "math":
        if name == "fma":
            return f"fma({', '.join(operands)})"
        if name == "absi":
            return f"wrap(abs({operands[0]}), {WIDTHS[str(op.results[0].type)]})"
        if name == "ipowi":
            return f"wrap({operands[0]} ** {operands[1]}, {WIDTHS[str(op.results[0].type)]})"
        return f"{'UNARY' if len(operands) == 1 else 'BINARY'}[{name!r}]({', '.join(operands)})"
    raise NotImplementedError(op.name)
