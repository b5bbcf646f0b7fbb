"""Every NumPy function and array method of the language beside NumPy itself: values, shapes and element types.

`ROWS` has an entry for each function that the front end handles, so that a new one without an entry fails. A row holds
calls, as text, of the arrays `a` and `b`; each is lowered, interpreted and compared for many shapes and element types,
for views with negative strides, and with NaN, infinities and both zeros among the elements. A call that is refused, or
that raises where NumPy does not, has words of its message in the row.
"""

import itertools
import zlib
from dataclasses import dataclass

import numpy as np
import pytest

import dsl
from dsl.frontend import registry  # noqa: F401  enters the functions in their tables
from dsl.frontend.function_table import find_handler
from dsl.frontend.functions.numpy_functions import METHODS
from tests.frontend.compare import in_ir, in_python
from tests.support.sources import defined

TYPES = {"f64": np.float64, "f32": np.float32, "i64": np.int64, "i32": np.int32, "bool": np.bool_}
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0]
SHAPES = [(3,), (), (0,), (1,), (17,), (2, 3), (5, 4)]
MATRICES = [(2, 3), (5, 4)]
TOLERANCE = {8: 1e-12, 4: 1e-5, 2: 4e-3}
EXACT, EXCEPT_ZEROS, ROUNDED = "bit for bit", "but for the signs of zeros", "up to rounding"


@dataclass
class Row:
    """Calls of one function. `cases` are (name, statement before the call, arguments), `agree` says how closely the
    result has to agree, `refuses` are words of the refusals and exceptions that are expected, each at least once."""

    calls: tuple
    cases: list
    agree: str = EXACT
    refuses: tuple = ()


# arguments


def elements(name: str, shape: tuple, special: bool = False, role: int = 0) -> np.ndarray:
    """Small numbers from a fixed seed, floats in halves; about every second is special where that is wanted."""
    random = np.random.default_rng(zlib.crc32(repr((name, shape, special, role)).encode()))
    values = random.integers(-7, 8, shape) / (2.0 if name[0] == "f" else 1.0)
    if special:
        values = np.where(random.random(shape) < 0.5, random.choice(SPECIAL, shape), values)
    return np.asarray(values > 0 if name == "bool" else values).astype(TYPES[name])


def specials(name: str) -> tuple:
    return (False, True) if name[0] == "f" else (False,)


def one(shapes=SHAPES) -> list:
    """One array: every shape in f64, every type in the first shape; some of them backwards, and then transposed."""
    kinds = [("f64", shape) for shape in shapes] + [(name, shapes[0]) for name in TYPES if name != "f64"]
    cases = [(f"{name}{list(shape)}{' special' * special}", "", (elements(name, shape, special),))
             for name, shape in kinds for special in specials(name)]
    for shape in shapes:
        if shape in ((3,), (17,), (2, 3), (5, 4)):
            view = "a = a[::-1]" if len(shape) == 1 else "a = a[::-1, ::-2].T"
            cases.append((f"f64{list(shape)} {view}", view, (elements("f64", shape),)))
    return cases


PAIRS = [((3,), (3,)), ((), ()), ((0,), (0,)), ((17,), (17,)), ((2, 3), (3,)), ((5, 4), (5, 4)), ((2, 3), ()),
         ((2, 3), (2, 1))]


def two(pairs=PAIRS) -> list:
    """Two arrays: of one type each, and of two different ones in the first pair of shapes."""
    kinds = [("f64", "f64", pair) for pair in pairs] + [(name, name, pairs[0]) for name in TYPES if name != "f64"]
    kinds += [(x, y, pairs[0]) for x, y in itertools.permutations(TYPES, 2)]
    return [(f"{x}{list(p)} {y}{list(q)}{' special' * special}", "",
             (elements(x, p, special), elements(y, q, special, 1)))
            for x, y, (p, q) in kinds for special in (specials(x) if x == y else (False,))]


def ordinary(cases: list) -> list:
    return [case for case in cases if "special" not in case[0]]


NUMBERS = [("n", "n = len(a)", (elements("f64", (3,)),)), ("n f32", "n = len(a)", (elements("f32", (3,)),))]
DTYPES = ("", ", dtype=np.int32", ", dtype=np.float32", ", dtype=float", ", dtype=bool")
NO_INT = ("cannot convert float NaN to integer", "cannot convert float infinity to integer")
INT8 = "int8 in NumPy, which is not in the language"
PRODUCTS = [((3,), (3,)), ((0,), (0,)), ((17,), (17,)), ((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 2)),
            ((5, 4), (4, 5)), ((2, 3), (2, 3)), ((2, 3), (4, 3))]
WITH_NUMBERS = [((3,), (3,)), ((), (3,)), ((2, 3), ()), ((), ())]
JOINED = [((3,), (3,)), ((0,), (3,)), ((17,), (3,)), ((2, 3), (2, 3)), ((2, 3), (5, 3)), ((2, 3), (2, 4)),
          ((2, 3), (3,)), ((2, 3), (2,)), ((2, 3), (1, 3)), ((), ())]


def with_dtypes(*calls: str, dtypes=DTYPES) -> tuple:
    return tuple(f"{call}{dtype})" for call in calls for dtype in dtypes)


# rows


def elementwise() -> dict[str, list[Row]]:
    rows = {f"np.{name}": [Row((f"np.{name}(a)",), one(), ROUNDED)] for name in (
        "sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1 log log1p log2 log10 "
        "sqrt cbrt degrees rad2deg radians deg2rad").split()}
    rows |= {f"np.{name}": [Row((f"np.{name}(a)",), one())] for name in
             "floor ceil trunc rint isnan isinf isfinite sign abs fabs".split()}
    rows["np.square"] = [Row(("np.square(a)",), one(), refuses=(INT8,))]
    rows["np.reciprocal"] = [Row(("np.reciprocal(a)",), one(), refuses=(INT8, "of a int64", "of a int32"))]
    rows |= {f"np.{name}": [Row((f"np.{name}(a, b)",), two(), ROUNDED)]
             for name in "arctan2 hypot float_power".split()}
    rows |= {f"np.{name}": [Row((f"np.{name}(a, b)",), two(), EXCEPT_ZEROS)] for name in "maximum minimum".split()}
    return rows | {
        "np.copysign": [Row(("np.copysign(a, b)",), two())],
        "np.nextafter": [Row(("np.nextafter(a, b)",), two(), refuses=("of a float32", "of a float16"))],
        "np.fmod": [Row(("np.fmod(a, b)",), two(), refuses=("np.fmod of ints", INT8))],
        "np.where": [Row(("np.where(a > b, a, b)", "np.where(a, b, a)", "np.where(a > 0, a, 0.0)",
                          "np.where(True, a, b)", "np.where(a > 0, b, 1)"), two()),
                     Row(("np.where(a > 0, 1, 0)", "np.where(a != a, 1, 2.5)"), one([(3,), (0,), (1,), (17,), (5, 4)])),
                     Row(("np.where(a)",), one([(3,)]), refuses=("missing a required argument",))],
        "np.clip": [Row(("np.clip(a, -1, 2)", "np.clip(a, 0.0, b)", "np.clip(a, b, None)", "np.clip(a, max=b)"), two(),
                        EXCEPT_ZEROS)],
        ".clip": [Row(("a.clip(-1, 2)", "a.clip(-1.0, 2.0)", "a.clip(None, 1)", "a.clip(3, -3)", "a.clip(min=0)"),
                      one(), EXCEPT_ZEROS)],
    }


def reductions() -> dict[str, list[Row]]:
    rows = {}
    for name in "sum prod mean max min argmax argmin any all".split():
        agree = {"sum": ROUNDED, "prod": ROUNDED, "mean": ROUNDED, "max": EXCEPT_ZEROS, "min": EXCEPT_ZEROS}
        how = agree.get(name, EXACT)
        rows[f"np.{name}"] = [
            Row((f"np.{name}(a)", f"np.{name}(a, None)"), one(), how),
            Row(tuple(f"np.{name}(a, axis={axis})" for axis in (0, 1, -1, 2, -3)), one(MATRICES), how),
            Row(tuple(f"np.{name}(a, {axis})" for axis in (0, -1, 1)), one([(3,), (17,)]), how)]
        rows[f".{name}"] = [Row((f"a.{name}()",), one(), how),
                            Row((f"a.{name}(axis=0)", f"a.{name}(1)"), one(MATRICES), how)]
        parts_of_a = [(f"{n} elements", "", (elements("f64", (3,)), n)) for n in (0, 2)]
        rows[f".{name}"].append(Row((f"a[:min(b, 3)].{name}()",), parts_of_a, how))
        rows[f".{name}"].append(Row((f"(a + 1).{name}()",), one([()])[:2], how))
    rows |= {f"np.{name}": [Row((f"np.{name}(a)",), one(), EXCEPT_ZEROS)] for name in ("amax", "amin")}
    return rows


def products() -> dict[str, list[Row]]:
    numbers = ordinary(two(WITH_NUMBERS))
    rows = {name: [Row((call,), two(PRODUCTS), ROUNDED), Row((call,), numbers, ROUNDED)] for name, call in (
        ("np.dot", "np.dot(a, b)"), (".dot", "a.dot(b)"), ("np.inner", "np.inner(a, b)"), ("np.vdot", "np.vdot(a, b)"))}
    return rows | {
        "np.matmul": [Row(("np.matmul(a, b)", "a @ b"), two(PRODUCTS), ROUNDED)],
        "np.cross": [Row(("np.cross(a, b)",), two([((3,), (3,)), ((2, 3), (3,))]), ROUNDED,
                         ("needs two vectors of three elements",))],
        "np.outer": [Row(("np.outer(a, b)",), two([((3,), (3,)), ((17,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)),
                                                   ((0,), (3,)), ((2, 3), (5, 4)), ((), (3,)), ((), ())]))],
        "np.linalg.norm": [Row(("np.linalg.norm(a)",), one(), ROUNDED),
                           Row(("np.linalg.norm(a, 1)", "np.linalg.norm(a, axis=0)"), one([(3,)]), ROUNDED,
                               ("norm with ord or axis",))],
        "np.trace": [Row(("np.trace(a)",), one([(3, 3), (2, 3), (5, 4), (3,)]), ROUNDED)],
        ".trace": [Row(("a.trace()",), one([(3, 3), (2, 3), (5, 4)]), ROUNDED)],
    }


def moving() -> dict[str, list[Row]]:
    many = ("too many positional arguments",)
    view = ("which may be a view of it or a copy",)
    return {
        "np.transpose": [Row(("np.transpose(a)", "a.T"), one()),
                         Row(("np.transpose(a, (1, 0))",), one(MATRICES), refuses=many)],
        ".transpose": [Row(("a.transpose()",), one()), Row(("a.transpose(1, 0)",), one(MATRICES), refuses=many)],
        ".copy": [Row(("a.copy()",), one())],
        ".flatten": [Row(("a.flatten()", "a.T.flatten()"), one()),
                     Row(("a.flatten('F')",), one(MATRICES), refuses=many)],
        ".ravel": [Row(("a.ravel()",), one(), refuses=view)],
        ".reshape": [Row(("a.reshape(-1)",), one(), refuses=view)],
        ".astype": [Row(tuple(f"a.astype({t})" for t in "np.float64 np.float32 float np.bool_ bool".split()), one()),
                    Row(tuple(f"a.astype({t})" for t in "np.int64 np.int32 int".split()), one(), refuses=NO_INT)],
        ".fill": [Row(("(a.fill(2), a)", "(a.fill(True), a)", "(a.fill(1.5), a)"), one())],
        ".item": [Row(("a.item()", "a.item(0)", "a.item(-1)", "a.item(5)", "a.item(1, 1)"), one())],
        ".tolist": [Row(("a.tolist()",), one())],
        "np.shape": [Row(("np.shape(a)", "a.shape", "a.T.shape", "a.ndim", "a.size", "a.dtype == np.float64",
                          "np.shape(1.0)", "np.shape([1, 2])"), one())],
        "np.concatenate": [Row(("np.concatenate((a, b))", "np.concatenate([a, b, a])", "np.concatenate((a, b), axis=1)",
                                "np.concatenate((a, b), -1)"), two(JOINED))],
        "np.hstack": [Row(("np.hstack((a, b))", "np.hstack([a, b, a])"), two(JOINED))],
        "np.vstack": [Row(("np.vstack((a, b))", "np.vstack([a, b, a])"), two(JOINED))],
        "np.stack": [Row(("np.stack((a, b))", "np.stack([a, b], axis=1)", "np.stack([a, b], -1)"), two(JOINED))],
    }


def creation() -> dict[str, list[Row]]:
    sizes = ("n", "(n, 2)", "[2, n]", "()", "0", "a.shape")
    values = ("1", "2.5", "True", "-0.0", "a[1]")
    converts = ("np.array(a, dtype=int)", "np.asarray(a, np.int32)")
    rows = {f"np.{name}": [Row(with_dtypes(*[f"np.{name}({size}" for size in sizes]), NUMBERS)]
            for name in ("zeros", "ones")}
    rows |= {f"np.{name}_like": [Row(with_dtypes(f"np.{name}_like(a"), one())] for name in ("zeros", "ones")}
    return rows | {
        "np.empty": [Row(("np.empty(3).shape", "np.empty((2, 3), np.int32) * 0"), one([(3,)]))],
        "np.empty_like": [Row(("np.empty_like(a).shape", "np.empty_like(a, np.int32) * 0"), one())],
        "np.full": [Row(with_dtypes(*[f"np.full({s}, {v}" for s in sizes for v in values]), NUMBERS),
                    Row(("np.full(3, a[:1])",), one([(3,)]), refuses=("np.full needs a number",))],
        "np.full_like": [Row(with_dtypes(*[f"np.full_like(a, {v}" for v in ("2", "2.5", "True")]), one())],
        "np.eye": [Row(("np.eye(n)", "np.eye(0)", "np.eye(5, dtype=bool)", "np.eye(2, 3)", "np.eye(3, k=1)"), NUMBERS)],
        "np.identity": [Row(("np.identity(n)", "np.identity(5, np.float32)", "np.identity(2, dtype=int)"), NUMBERS)],
        "np.array": [Row(("np.array(a)", "np.array(a, np.float32)", "np.array(a, bool)", "np.array([a, a])"), one()),
                     Row(converts[:1], one(), refuses=NO_INT),
                     Row(("np.array((1, 2.5))", "np.array([[1, 2], [3, 4]])", "np.array([1, True])", "np.array([])",
                          "np.array([[]])", "np.array(2.5)", "np.array([1.7, -2.2], int)", "np.array([a[0], 1])",
                          "np.array([a[0], 1.5])", "np.array([a[0], True])", "np.array([1, 2], dtype=np.float32)"),
                         one([(3,)]))],
        "np.asarray": [Row(("(np.asarray(a).fill(3), a)", "np.asarray(a)", "np.asarray(a, np.float32)",
                             "np.asarray([1, 2])"), one()),
                       Row(converts[1:], one(), refuses=NO_INT)],
        "np.copy": [Row(("np.copy(a)", "np.copy([1, 2.0])"), one())],
        "np.ascontiguousarray": [Row(("np.ascontiguousarray(a)", "np.ascontiguousarray(a, np.float32)",
                                      "(np.ascontiguousarray(a).fill(3), a)"), one())],
        "np.arange": [Row(tuple(f"np.arange({text})" for text in (
            "3", "n", "1, 17, 3", "5, 0, -2", "0", "3, 1", "3.0", "0.5, 3", "0.0, 1.0, 0.1", "3, dtype=np.float32",
            "0, 1, 0.25", "3, dtype=np.int32", "np.int32(3)", "np.float32(3)", "0.3, 2.9, 0.7, dtype=np.float32",
            "1, 4, 0.5, dtype=int", "2.7, dtype=int", "-1.5, 2, 0.5, dtype=int", "1.0, 0.0, -0.3", "3, None, 2")),
            NUMBERS),
            Row(("np.arange(a[0])",), NUMBERS, refuses=("whose length is known only at run time",))],
        "np.linspace": [Row(tuple(f"np.linspace({text})" for text in (
            "0, 1, 3", "0.0, 1.0, n", "0, 1", "2, -1, 17", "0, 1, 0", "0, 1, 1", "0, 1, 5, endpoint=False",
            "0, 1, 5, False", "0, 10, 7, dtype=int", "0, -10, 7, dtype=int", "0, 1, 4, dtype=np.float32",
            "np.float32(0), np.float32(1), 4", "a[0], a[1], 4", "a[0], 3, 5",
            "a[0], 1.0, 5", "True, a[1], 3", "a[0], a[1], 1", "0, 1, 1, endpoint=False", "0.1, 0.1, 4", "-0.0, 1.0, 3",
            "a[0], a[0] + 10, 7, dtype=int")), NUMBERS, ROUNDED),
            Row(("np.linspace(a, 1, 4)",), NUMBERS, refuses=("np.linspace needs a number",))],
    }


def scalar_types() -> dict[str, list[Row]]:
    rows = {}
    for name in "float64 float32 float16 int64 int32 bool_".split():
        calls = tuple(f"np.{name}({x})" for x in ("a[0]", "a[-1]", "True", "2", "-2.7", ""))
        rows[f"np.{name}"] = [Row(calls, one([(3,), (1,)]), refuses=NO_INT if name[:3] == "int" else ()),
                              Row((f"np.{name}(a)",), one([(3,)]), refuses=("needs a number",))]
    rows["np.finfo"] = [Row(("np.finfo(np.float32).eps", "np.finfo(a.dtype).max"), ordinary(one([(3,)]))[:2])]
    rows["np.iinfo"] = [Row(("np.iinfo(np.int32).max", "np.iinfo(np.int64).min"), one([(3,)])[:1])]
    return rows


def operators() -> dict[str, list[Row]]:
    pairs = two([((3,), (3,)), ((17,), (17,)), ((), ()), ((2, 3), (3,))])
    with_literals = [f"{x} {symbol} {y}" for symbol in "+ - * // % **".split() for x, y in (
        ("a", "2"), ("a", "3"), ("2", "a"), ("a", "0.5"), ("0.5", "a"), ("a", "True"), ("a", "-1"), ("a", "[1, 2, 3]"))]
    by_zero = ("integer division or modulo by zero", "integer modulo by zero")
    return {
        "operators": [
            Row(tuple(f"a {symbol} b" for symbol in "+ - * / < <= > >= == != & | ^".split()), pairs),
            Row(("-a", "+a", "~a", "abs(a)", "a / 2", "2 / a", "a == 1", "a < 0.5"), one()),
            Row(("a // b", "a % b"), pairs, EXACT, (*by_zero, INT8)),
            Row(("a ** b",), pairs, ROUNDED, (INT8,)),
            Row(("a << b", "a >> b"), pairs, EXACT, ("negative shift count", INT8)),
            Row(tuple(with_literals), one([(3,)]), ROUNDED, (*by_zero, INT8))],
    }


ROWS = operators() | elementwise() | reductions() | products() | moving() | creation() | scalar_types()


# comparison


def parts(value) -> list:
    return [part for item in value for part in parts(item)] if isinstance(value, tuple | list) else [value]


def same_part(found, expected, agree: str) -> bool:
    """Whether two results without structure have one type, dtype and shape, and agree as closely as is asked."""
    if type(found) is not type(expected):
        return False
    x, y = np.asarray(found), np.asarray(expected)
    if x.dtype != y.dtype or x.shape != y.shape:
        return False
    if x.dtype.kind != "f" or agree != ROUNDED:
        is_free = x.dtype.kind != "f" or agree == EXCEPT_ZEROS
        signs_agree = is_free or np.array_equal(np.signbit(x[x == x]), np.signbit(y[y == y]))
        return np.array_equal(x, y, equal_nan=x.dtype.kind == "f") and signs_agree
    with np.errstate(all="ignore"):
        return np.allclose(x, y, rtol=TOLERANCE[x.dtype.itemsize], atol=0, equal_nan=True)


def message_of(refusal: dsl.Error) -> str:
    assert "a mistake of dsl" not in str(refusal), refusal
    return str(refusal)


def compare(row: Row, call: str, case: tuple) -> str | None:
    """Asserts that a call does in a kernel what it does in NumPy; what it is refused with, or raises by itself."""
    name, before, args = case
    text = f"def f({', '.join('ab'[:len(args)])}):\n    {before or 'pass'}\n    return {call}\n"
    function = defined(text, "f", {"np": np})
    expected, _, error, _ = in_python(function, args)
    try:
        found, _, raised, *_ = in_ir(function, args)
    except dsl.Error as refusal:
        return message_of(refusal) if error is None else None
    if error is None and raised is not None:
        return f"{type(raised).__name__}: {raised}"
    where = f"{call} of {name}: {args}: NumPy {expected!r} {error!r}, kernel {found!r} {raised!r}"
    assert type(error) is type(raised), where
    found, expected = parts(found), parts(expected)
    assert len(found) == len(expected) and all(map(same_part, found, expected, itertools.repeat(row.agree))), where
    return None


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ROWS)
def test_agrees_with_numpy(name):
    for row in ROWS[name]:
        met = set()
        for call, case in itertools.product(row.calls, row.cases):
            message = compare(row, call, case)
            words = [w for w in row.refuses if message is not None and w in message]
            assert message is None or words, f"{call} of {case[0]}: {message}"
            met.update(words)
        assert met == set(row.refuses), f"{name} is no longer refused with {set(row.refuses) - met}"


def test_every_function_has_a_row():
    names: dict[int, list[str]] = {}
    for prefix, module in (("np.", np), ("np.linalg.", np.linalg)):
        for name, function in vars(module).items():
            if callable(function) and find_handler(function) is not None:
                names.setdefault(id(function), []).append(prefix + name)
    missing = [group for group in names.values() if not any(name in ROWS for name in group)]
    assert not missing
    assert {f".{name}" for name in METHODS} <= set(ROWS)
