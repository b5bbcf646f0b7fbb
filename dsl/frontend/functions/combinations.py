"""What `itertools` makes of things that are known one by one; of other things a loop with an index does the same."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.function_table import TABLE, intrinsic
from dsl.frontend.protocols import operate, static_items
from dsl.frontend.values.iterables import of_items
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Tuple, Value
from dsl.passes.ir.limits import LONGEST_COMPREHENSION


@intrinsic(itertools.accumulate)
def accumulated(m: Interpreter, iterable: Value, func: Value = NONE, *, initial: Value = NONE) -> Value:
    items = static_items(m, iterable, "accumulate")
    found = [] if is_none(initial) else [initial]
    for item in items:
        if not found:
            found = [item]
        else:
            found.append(operate(m, "+", found[-1], item) if is_none(func) else m.call(func, [found[-1], item], {}))
    return of_items(found)


@intrinsic(itertools.chain)
def chained(m: Interpreter, *iterables: Value) -> Value:
    return of_items([item for values in iterables for item in static_items(m, values, "chain")])


@intrinsic(itertools.repeat)
def one_repeated(m: Interpreter, object: Value, times: Value) -> Value:
    return of_items([object] * max(0, known_count(times, "repeat")))


@intrinsic(itertools.islice)
def first_ones(m: Interpreter, iterable: Value, *bounds: Value) -> Value:
    ends = [None if is_none(end) else known_count(end, "islice") for end in bounds]
    return of_items(itertools.islice(static_items(m, iterable, "islice"), *ends))


@intrinsic(itertools.product)
def all_pairs(m: Interpreter, *iterables: Value, repeat: Value | None = None) -> Value:
    items = [static_items(m, values, "product") for values in iterables]
    times = 1 if repeat is None else known_count(repeat, "product")
    return of_tuples(itertools.product(*items, repeat=times), "product")


@intrinsic(itertools.pairwise)
def neighbours(m: Interpreter, iterable: Value) -> Value:
    return of_tuples(itertools.pairwise(static_items(m, iterable, "pairwise")), "pairwise")


def choices(function: Callable) -> Callable:
    """`combinations` and its kin."""
    def handler(m: Interpreter, iterable: Value, r: Value = NONE) -> Value:
        name = function.__name__
        items = static_items(m, iterable, name)
        return of_tuples(function(items, len(items) if is_none(r) else known_count(r, name)), name)

    return handler


for _function in (itertools.combinations, itertools.combinations_with_replacement, itertools.permutations):
    TABLE[_function] = choices(_function)


def of_tuples(found, what: str) -> Value:
    """The tuples, of which there are not too many to be written out."""
    tuples = [Tuple(items) for items in itertools.islice(found, LONGEST_COMPREHENSION + 1)]
    if len(tuples) > LONGEST_COMPREHENSION:
        raise Refused(f"{what} makes more than {LONGEST_COMPREHENSION} tuples", "write loops")
    return of_items(tuples)


def known_count(value: Value, what: str) -> int:
    """A number that is known at compile time."""
    if not (isinstance(value, Scalar) and value.is_constant and value.dtype.kind == "int"):
        raise Refused(f"{what} needs a number known at compile time, found {value.describe()}", "write a loop")
    return operator.index(value.constant)
