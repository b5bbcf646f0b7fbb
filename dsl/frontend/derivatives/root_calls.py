"""`dsl.custom_root` inside a kernel: the solver, the residual and a small linear solver become regions of one operation
(`passes.autodiff.implicit`)."""

from __future__ import annotations

from collections.abc import Callable

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.ownership import call_unchanging
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Native, Scalar, Static, Tuple, Value
from dsl.library.systems import solved

from .regions import Region, emit, filled, is_float, leaves_of, numbers_of, of_numbers, typed, types_of, without_views


def make_root(m: Interpreter, residual: Value, solve: Value | None = None) -> Value:
    """`dsl.custom_root` called in a kernel."""
    if solve is None:
        return Native(lambda m, solve: make_root(m, residual, solve), "custom_root")
    return Native(root_handler("a custom_root", solve, residual), "custom_root")


def root_handler(name: str, solver: Value, equation: Value) -> Callable:
    """The handler of a function that `dsl.custom_root` makes."""

    def handler(m: Interpreter, *given: Value) -> Value:
        arguments = [without_views(m, x) for x in given]
        inputs = leaves_of(m, Tuple(tuple(arguments)))
        types = types_of(m, inputs)
        around = lambda values: list(filled(m, Tuple(tuple(arguments)), values).items)
        operands = [m.builder.ssa(leaf) for leaf in inputs]
        returned: list[Value] = []

        def solution(values: list) -> Value:
            returned.append(without_views(m, call_unchanging(m, solver, around(values))))
            return Tuple(tuple(numbers_of(m, returned[0])))

        solve = Region(m, types, solution, operands)
        unknowns = _checked_unknowns(name, returned[0], solve.leaves)
        of_unknowns = types_of(m, unknowns)
        equal = lambda values: _residual(m, name, equation, returned[0], unknowns, around, values)
        residual = Region(m, [*of_unknowns, *types], equal)
        linear = Region(m, of_unknowns * (len(unknowns) + 1), lambda a: _linear(m, unknowns, a))
        results = emit(m, "dsl.custom_root", operands, of_unknowns, [solve, residual, linear])
        return of_numbers(m, returned[0], results)

    return handler


def _checked_unknowns(name: str, solution: Value, unknowns: list) -> list[Scalar]:
    if not unknowns or not all(isinstance(x, Scalar) and is_float(x) for x in unknowns):
        raise Refused(f"the solution that {name} returns is {solution.describe()}",
                      "return one float or a tuple of floats")
    if len({x.dtype for x in unknowns}) > 1:
        raise Refused(f"the solution that {name} returns mixes float types", "make them all of one type")
    return unknowns


def _residual(m, name: str, equation: Value, solution: Value, unknowns: list, around: Callable, values: list) -> Value:
    """The residual at a solution, its numbers cast to the type of the unknowns, of which there are as many."""
    count = len(unknowns)
    found = m.call(equation, [of_numbers(m, solution, values[:count]), *around(values[count:])], {})
    leaves = numbers_of(m, without_views(m, found))
    if len(leaves) != count:
        raise Refused(f"the residual of {name} has {len(leaves)} numbers and the solution has {count}",
                      "return as many equations as there are unknowns")
    what = f"the residual of {name}"
    cast = [typed(m, new, x, what) for new, x in zip(leaves, unknowns)]
    return Tuple(tuple(Scalar(x.dtype, x.weak, ssa) for x, ssa in zip(unknowns, cast)))


def _linear(m: Interpreter, unknowns: list[Scalar], values: list) -> Value:
    count = len(unknowns)
    numbers = [Scalar(unknowns[0].dtype, unknowns[0].weak, ssa) for ssa in values]
    rows = [Tuple(tuple(numbers[k * count : (k + 1) * count])) for k in range(count + 1)]
    return m.call(Static(solved), [Tuple(tuple(rows[:-1])), rows[-1]], {})
