"""How far each function of `math` is from the truth, beside the C library's, in units in the last place."""

import numpy as np

from bench.case import Case

COUNT = 400

UNIT = [(1e-300, 1e-3), (1e-3, 1.0)]
# name in the IR -> intervals to sample; sign "both" mirrors them
WIDE = [(1e-300, 1e-10), (1e-10, 1.0), (1.0, 1e3), (1e3, 1e22), (1e22, 1e300)]
FUNCTIONS = {
    "sin": WIDE, "cos": WIDE, "tan": WIDE, "atan": WIDE, "asinh": WIDE, "cbrt": WIDE,
    "asin": UNIT, "acos": UNIT, "atanh": UNIT,
    "sinh": [(1e-300, 1e-3), (1e-3, 700.0)], "cosh": [(1e-3, 700.0)], "tanh": [(1e-300, 1e-3), (1e-3, 30.0)],
    "exp": [(1e-300, 1e-3), (1e-3, 700.0)], "exp2": [(1e-3, 1000.0)], "expm1": [(1e-300, 1e-3), (1e-3, 700.0)],
    "erf": [(1e-300, 1e-3), (1e-3, 6.0)], "erfc": [(1e-3, 26.0)],
}  # fmt: skip
POSITIVE = {
    "log": WIDE, "log2": WIDE, "log10": WIDE, "log1p": WIDE, "sqrt": WIDE,
    "acosh": [(1.0, 2.0), (2.0, 1e300)],
    "gamma": [(1e-300, 1.0), (1.0, 170.0)], "lgamma": [(1e-300, 1.0), (1.0, 1e300)],
}  # fmt: skip
BINARY = {"powf": [(1e-8, 1e8), (1e-3, 12.0)], "atan2": [(1e-8, 1e8)] * 2, "hypot": [(1e-8, 1e8)] * 2}
NUMPY = {"powf": "power", "atan2": "arctan2"}
NUMPY |= {name: "arc" + name[1:] for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")}


def points(name: str, dtype):
    """Arguments spread evenly in their logarithm over each interval that the type holds."""
    if name in BINARY:
        rng = np.random.default_rng(2)
        return tuple(np.exp(rng.uniform(*np.log(bounds), COUNT)).astype(dtype) for bounds in BINARY[name])
    rng, limit = np.random.default_rng(1), np.finfo(dtype)
    intervals = FUNCTIONS.get(name) or POSITIVE[name]
    overflow = np.log(float(limit.max)) / np.log(1.7976931348623157e308)
    chosen = []
    for low, high in intervals:
        if name in ("exp", "expm1", "sinh", "cosh", "exp2"):
            high *= overflow
        if name in ("gamma", "erfc"):
            high *= {"gamma": 0.2, "erfc": 0.38}[name] if dtype == np.float32 else 1.0
        low, high = max(low, float(limit.tiny)), min(high, float(limit.max) / 4)
        if low < high:
            chosen.append(np.exp(rng.uniform(np.log(low), np.log(high), COUNT // len(intervals))))
    found = np.concatenate(chosen)
    if name in FUNCTIONS:
        found = found * rng.choice([-1.0, 1.0], len(found))
    return found.astype(dtype)


def of_numpy(name: str, at) -> float | None:
    """NumPy's worst error at the same points, where NumPy has the function."""
    from bench import ulp

    function = getattr(np, NUMPY.get(name, name), None)
    if function is None:
        return None
    with np.errstate(all="ignore"):
        columns = at if isinstance(at, tuple) else (at,)
        values = function(*columns)
    return max(ulp.ulp_error(v, ulp.reference(name, *map(float, x)), v.dtype) for v, *x in zip(values, *columns))


def rows():
    from bench import ulp

    made = []
    for name in [*FUNCTIONS, *POSITIVE, *BINARY]:
        for dtype in (np.float64, np.float32):
            at = points(name, dtype)
            worst, where = ulp.measure(name, dtype, at)
            what = f"{name} {'f64' if dtype == np.float64 else 'f32'}"
            place = f", worst at {', '.join(map(repr, where))}" if where else ""
            made.append(dict(case="accuracy", system="dsl", seconds=None, error=worst, note=what + place))
            theirs = of_numpy(name, at)
            if theirs is not None:
                made.append(dict(case="accuracy", system="numpy", seconds=None, error=theirs, note=what))
    return made, []


CASES = [Case("accuracy", "Largest error found over the whole domain, in ulp (0.5 is perfect rounding).", rows=rows)]
