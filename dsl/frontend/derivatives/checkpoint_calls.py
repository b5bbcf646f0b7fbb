"""A call under `dsl.checkpoint`: an operation with the call in its region, which the reverse runs again.

    dsl.checkpoint(step)(body)              %x, %v = dsl.checkpoint { ... dsl.yield %x1, %v1 }
                                            body.x, body.v = %x, %v

The call may change what it is given or sees: what it leaves in slots of the store comes out of the region as results of
the operation, as its value does, and is written again behind it.

Sound: an operation on values has no other effect than its results, so that running it again changes nothing. Whatever
the program can reach from the value of the call or from what it has changed is met here, objects born in the call and
the frames of functions made in it too; each number in them that was made in the region is replaced, in place, by the
result that stands for it. So names that mean one thing go on to do so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.loop_arguments import Later
from dsl.frontend.engine.raising import refuse_lazy, uncaught
from dsl.frontend.values.signals import Dead
from dsl.frontend.values.store import Container, Delta
from dsl.frontend.values.value import Closure, Scalar, Tensor, Value, leaves, map_leaves

from .regions import types_of


def checkpointed(function: Value) -> Callable:
    """The function that `dsl.checkpoint` makes of another."""

    def handler(m: Interpreter, *arguments: Value, **keywords: Value) -> Value:
        b, store = m.builder, m.store
        visit = lambda: m.call(function, list(arguments), dict(keywords))
        epoch, mark = store.epochs, store.begin()
        try:
            with uncaught(m, "a function that is checkpointed"), b.aside() as block:
                value = visit()
        except Dead:
            store.take_back(mark)
            visit()  # it always raises: there is nothing to run again
            raise
        except BaseException:
            store.take_back(mark)
            raise
        delta = store.take_back(mark)
        refuse_lazy(value)
        born = list(_born(epoch, [value, *(new for new, _ in delta.values())]))
        inside = {result for op in block.operations for result in op.operation.results}
        kept = _made_inside(m, inside, [value, *(new for new, _ in delta.values()),
                                        *(part for thing in born for part in thing.slots.values())])
        with b.inside(block):
            b.emit("dsl.yield", list(kept))
        op = b.emit("dsl.checkpoint", [], types_of(m, list(kept.values())), regions=1)
        block.append_to(op.regions[0])
        results = dict(zip(kept, op.results))
        for thing in born:
            thing.slots = {key: _outside(m, part, results) for key, part in thing.slots.items()}
        store.redo(Delta({place: (_outside(m, new, results), origin) for place, (new, origin) in delta.items()}))
        return _outside(m, value, results)

    return handler


def _born(epoch: int, values: list) -> Iterator[Container]:
    """What was made after a moment and can be reached from these values."""
    seen: set = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if isinstance(value, Closure):
            stack.append(value.frame)
        if isinstance(value, Container):
            if value.epoch > epoch and value not in seen:
                seen.add(value)
                stack += value.slots.values()
                yield value
        elif isinstance(value, Value):
            stack += value.parts()


def _made_inside(m: Interpreter, inside: set, values: list) -> dict[Any, Scalar | Tensor]:
    """The numbers and arrays in these values that were made in the region, by their SSA values."""
    found = {}
    for leaf in (leaf for value in values for leaf in leaves(value)):
        ssa = _made_of(m, leaf)
        if ssa in inside:
            found[ssa] = leaf
    return found


def _made_of(m: Interpreter, leaf: Scalar | Tensor) -> Any:
    """The SSA value of a number or an array; None of one known outside of all regions."""
    is_known = isinstance(leaf, Scalar) and leaf.is_constant or isinstance(leaf.ssa, Later)
    return None if is_known else m.builder.ssa(leaf)


def _outside(m: Interpreter, value: Value, results: dict) -> Value:
    """The value around the results of the operation, where it has numbers from the region."""
    place = {leaf: results[ssa] for leaf in leaves(value) if (ssa := _made_of(m, leaf)) in results}
    return map_leaves(value, lambda leaf: leaf.around(place[leaf]) if leaf in place else leaf) if place else value
