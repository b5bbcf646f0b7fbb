"""`check_grads`: derivatives against differences, in both modes and to higher orders.

A random direction is drawn and the forward derivative along it compared with Ridders' extrapolated differences
(C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", 1982: the step shrinks until the error estimate
grows). The reverse derivative is compared with the forward one by the dot-product identity. For higher orders the
tangent and the adjoint are themselves checked. When something disagrees, every element is tried, so that the report can
name the one that is worst, and the line is looked for (diagnosis.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dsl.calling import trees
from dsl.passes.ir.diagnostics import Error
from dsl.program.program import Program

from .diagnosis import line_of
from .kernels import as_program
from .transforms import Adjoint, Tangent


class GradientError(Error, AssertionError):
    """A derivative that differences do not confirm."""


def check_grads(
    function: Callable,
    args: Sequence,
    order: int = 1,
    modes: Sequence[str] = ("fwd", "rev"),
    rtol: float | None = None,
    atol: float | None = None,
    seed: int = 0,
) -> None:
    """Check the derivatives of a function at `args`, to the given order (1 to 3).

    modes: "fwd", "rev" or both. rtol, atol: the tolerated difference, relative to the size of the derivative; by
    default what differences in the arguments' precision can show (1e-6 for f64, 2e-2 for f32). Raises dsl.Error, an
    AssertionError too, that names the mode and the argument that disagree most, and the line: of a custom rule without
    which the derivative is right, or of a comparison or rounding that a small step changes.
    """
    unknown = set(modes) - {"fwd", "rev"}
    if unknown:
        raise ValueError(f"modes are 'fwd' and 'rev', not {', '.join(map(repr, sorted(unknown)))}")
    single = any(_dtype(leaf).itemsize < 8 for leaf in trees.leaf_values(tuple(args)) if _is_float(leaf))
    rtol = rtol if rtol is not None else (2e-2 if single else 1e-6)
    check = _Check(tuple(modes), rtol, atol if atol is not None else rtol, np.random.default_rng(seed))
    program = as_program(function)
    check.run(program, program.with_floats(tuple(args), {})[0], order, "")


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, float | np.floating) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f")


def _dtype(leaf: Any) -> np.dtype:
    return np.asarray(leaf).dtype


def _moved(args: tuple, direction: tuple, step: float) -> tuple:
    """args + step * direction, leaf by leaf, each of its own type."""
    leaves = [
        type_preserving(leaf, leaf + step * d) if _is_float(leaf) else leaf
        for leaf, d in zip(trees.leaf_values(args), trees.leaf_values(direction), strict=True)
    ]
    return trees.rebuild(trees.tree_of(args, ""), leaves)


def type_preserving(like: Any, value: Any) -> Any:
    """`value` as the type of `like`: float, NumPy scalar or array."""
    if isinstance(like, np.ndarray):
        return np.asarray(value, like.dtype)
    return type(like)(value)


def _vector(value: Any) -> np.ndarray:
    """The float leaves as one vector of doubles."""
    parts = [np.ravel(np.asarray(leaf, float)) for leaf in trees.leaf_values(value) if _is_float(leaf)]
    return np.concatenate(parts) if parts else np.zeros(0)


class _Check:
    def __init__(self, modes: tuple, rtol: float, atol: float, random: np.random.Generator):
        self.modes, self.rtol, self.atol, self.random = modes, rtol, atol, random

    def run(self, program: Program, args: tuple, order: int, path: str) -> None:
        tangent, adjoint = program.derived("jvp", Tangent), program.derived("vjp", Adjoint)
        direction = self.direction(args)
        numeric = self.differences(program, args, direction)
        if "fwd" in self.modes:
            value, forward = tangent(trees.deep_copied(args), direction)
            if not self.agree(_vector(forward), numeric):
                raise self.report(program, args, path + "forward")
        else:  # a function with a custom_vjp has no forward derivative
            value = program(*trees.deep_copied(args))
        cotangent = self.direction(value)
        if "rev" in self.modes:
            gradient = _vector(adjoint(trees.deep_copied(args), cotangent))
            found, expected = gradient @ _vector(direction), _vector(cotangent) @ numeric
            if not self.agree(np.array([found]), np.array([expected]), np.abs(_vector(cotangent)) @ np.abs(numeric)):
                raise self.report(program, args, path + "reverse", cotangent)
        if order > 1:
            if "fwd" in self.modes:
                self.run(tangent, (trees.deep_copied(args), direction), order - 1, path + "forward, then ")
            if "rev" in self.modes:
                self.run(adjoint, (trees.deep_copied(args), cotangent), order - 1, path + "reverse, then ")

    def direction(self, value: Any) -> Any:
        """Random numbers in the structure of a value; zeros for integers."""

        def draw(leaf):
            if not _is_float(leaf):
                return leaf * 0
            return type_preserving(leaf, self.random.uniform(0.5, 1.0, np.shape(leaf)) * self.random.choice([-1, 1]))

        return trees.map_leaf_values(draw, value)

    def agree(self, found: np.ndarray, expected: np.ndarray, size: np.ndarray | float = 0.0) -> bool:
        scale = np.maximum(np.abs(expected), np.maximum(size, np.max(np.abs(expected), initial=0.0)))
        both_nan = np.isnan(found) & np.isnan(expected)
        return bool(np.all(both_nan | (np.abs(found - expected) <= self.atol + self.rtol * scale)))

    def differences(self, program: Program, args: tuple, direction: tuple) -> np.ndarray:
        """Ridders' extrapolation of central differences along a direction."""
        single = any(_dtype(leaf).itemsize < 8 for leaf in trees.leaf_values(args) if _is_float(leaf))
        step, shrink = (0.05, 2.0) if single else (0.01, 1.6)

        def central(h):
            ahead = _vector(program(*trees.deep_copied(_moved(args, direction, h))))
            return (ahead - _vector(program(*trees.deep_copied(_moved(args, direction, -h))))) / (2 * h)

        table = [[central(step)]]
        best, error = table[0][0], np.inf
        for row in range(1, 6):
            step /= shrink
            line = [central(step)]
            for column in range(1, row + 1):
                factor = shrink ** (2 * column)
                line.append((line[-1] * factor - table[-1][column - 1]) / (factor - 1))
                estimate = max(_size(line[-1] - line[-2]), _size(line[-1] - table[-1][column - 1]))
                if estimate <= error:
                    best, error = line[-1], estimate
            if _size(line[-1] - table[-1][-1]) >= 2 * error:
                break
            table.append(line)
        return best

    def report(self, program, args, mode: str, cotangent=None) -> GradientError:
        """Try every element of the arguments and name the worst, and the line to blame."""
        found, worst = _along(program, args, cotangent), (-1.0, "", 0.0, 0.0, args, np.zeros(0))
        for path, unit in _units(args):
            expected = self.differences(program, args, unit)
            expected = expected if cotangent is None else np.array([_vector(cotangent) @ expected])
            along = found(unit)
            gap = np.nan_to_num(np.abs(along - expected), nan=np.inf)
            k = int(np.argmax(gap)) if gap.size else 0
            if gap.size and gap[k] > worst[0]:
                worst = (float(gap[k]), path, float(along[k]), float(expected[k]), unit, expected)
        _, name, got, wanted, unit, expected = worst
        right = lambda variant: self.agree(_along(variant, args, cotangent)(unit), expected)
        blame = line_of(program, args, _moved(args, unit, 1e-4), _moved(args, unit, -1e-4), right)
        where = f"{program.python.__code__.co_filename}:{program.python.__code__.co_firstlineno}: " if hasattr(
            program, "python") else ""  # fmt: skip
        return GradientError(
            f"{where}the {mode} derivative of {program.__name__} with respect to {name} is {got!r}; "
            f"differences give {wanted!r}{blame}"
        )


def _along(program: Program, args: tuple, cotangent: Any) -> Callable[[Any], np.ndarray]:
    """The derivative along a direction, as a function of it: forward, or reverse where there is a cotangent."""
    if cotangent is None:
        return lambda unit: _vector(program.derived("jvp", Tangent)(trees.deep_copied(args), unit)[1])
    gradient = _vector(program.derived("vjp", Adjoint)(trees.deep_copied(args), cotangent))
    return lambda unit: np.array([gradient @ _vector(unit)])


def _size(vector: np.ndarray) -> float:
    return float(np.max(np.abs(vector), initial=0.0))


def _units(args: tuple):
    """Each element of the float leaves, with its path and a direction that is 1 there."""
    tree, leaves = trees.tree_of(args, "argument "), trees.leaf_values(args)
    for k, (described, leaf) in enumerate(zip(tree.leaves(), leaves, strict=True)):
        if not _is_float(leaf):
            continue
        for index in np.ndindex(np.shape(leaf)):
            zeros = [other * 0 for other in leaves]
            unit = np.zeros(np.shape(leaf))
            unit[index] = 1.0
            zeros[k] = type_preserving(leaf, unit if np.shape(leaf) else 1.0)
            place = f"[{', '.join(map(str, index))}]" if index else ""
            yield described.path + place, trees.rebuild(tree, zeros)
