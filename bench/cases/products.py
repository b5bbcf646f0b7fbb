"""Products of matrices: `a @ b` and its gradient, beside NumPy on the same cores."""

from collections.abc import Callable

import numpy as np

from bench.case import Case


def weighted(a, b, c):
    return np.sum((a @ b) * c)


def matrices(side: int, dtype: type) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(side)
    return tuple(rng.uniform(0.5, 1.5, (side, side)).astype(dtype) for _ in range(3))


def by_dsl(side: int, dtype: type) -> Callable:
    def prepare():
        import dsl

        kernel, (a, b, _) = dsl.kernel(lambda a, b: a @ b), matrices(side, dtype)
        return lambda: kernel(a, b)

    return prepare


def by_numpy(side: int, dtype: type) -> Callable:
    def prepare():
        a, b, _ = matrices(side, dtype)
        return lambda: a @ b

    return prepare


def by_dsl_gradient(side: int, dtype: type) -> Callable:
    def prepare():
        import dsl

        gradient, args = dsl.grad(dsl.kernel(weighted), argnums=(0, 1)), matrices(side, dtype)
        return lambda: np.stack(gradient(*args))

    return prepare


def numpy_gradient(side: int, dtype: type) -> Callable:
    def prepare():
        a, b, c = matrices(side, dtype)
        return lambda: np.stack([c @ b.T, a.T @ c])

    return prepare


SIZES = [(16, np.float64), (64, np.float64), (256, np.float64), (512, np.float64), (256, np.float32)]
# Sums of positive terms in another order.
TOLERANCES = {np.float64: 1e-12, np.float32: 1e-4}

CASES = [
    case
    for side, dtype in SIZES
    for case in (
        Case(
            f"product_{side}_{np.dtype(dtype).name}",
            f"a @ b of {side} x {side} matrices of {np.dtype(dtype).name}.",
            {"dsl": by_dsl(side, dtype), "numpy": by_numpy(side, dtype)},
            tolerance=TOLERANCES[dtype],
        ),
        Case(
            f"product_gradient_{side}_{np.dtype(dtype).name}",
            f"Gradient of sum((a @ b) * c) to a and b, {side} x {side}, {np.dtype(dtype).name}. "
            "numpy: c @ b.T and a.T @ c.",
            {"dsl": by_dsl_gradient(side, dtype), "numpy": numpy_gradient(side, dtype)},
            tolerance=TOLERANCES[dtype],
        ),
    )
]
