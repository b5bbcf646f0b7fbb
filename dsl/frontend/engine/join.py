"""Joins: one value for what two paths left in a slot, and the `scf.if` that yields it.

    if c: t = (1.0, x)                      %r = scf.if %c -> (f64) { scf.yield %x } else { scf.yield %y }
    else: t = (1.0, y)                      t is (1.0, %r)

Values are joined by structure, down to numbers and tensors; only pairs that differ become results. `plan` visits two
values before the `scf.if` exists: it collects the pairs, and returns a function that makes the joined value of the
results once there are any.

Sound: both paths began with the same store, so a slot that neither wrote means the same on both. What two paths made
is joined as two sides of one object only if no other name can tell (ownership.py). What has no common kind becomes a
`Conflict`, which is an error where it is read.
"""

from __future__ import annotations

import ast
import math
from functools import partial
from typing import Any

from dsl import types
from dsl.frontend.emit import scalar_ops
from dsl.frontend.emit.number_joins import common_kind, deferred
from dsl.frontend.values.dict_contents import HashedEntries
from dsl.frontend.values.frames import RESULT, RETURNED, Frame
from dsl.frontend.values.joined import OneOf
from dsl.frontend.values.list_contents import GrowingItems
from dsl.frontend.values.mutable import Mutable, Rebuild
from dsl.frontend.values.positions import part_of, placed_leaves
from dsl.frontend.values.ranges import union
from dsl.frontend.values.signals import Revisit
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import (
    UNBOUND,
    Closure,
    Composite,
    Conflict,
    Maybe,
    Scalar,
    Static,
    Tensor,
    Unbound,
    Value,
)

from .alternatives import plan_alternatives
from .forms import are_contents, in_form, shared_form
from .interpreter import Interpreter
from .ownership import freeze, is_shared
from .pool_sites import want_alike, want_items
from .tags import narrowed

DUMMY = Unbound()


class Merge:
    """Collects the pairs of leaves to yield. `plan` returns a function from the results to the merged value."""

    def __init__(self, m: Interpreter, condition: Scalar, epoch: int):
        self.m, self.condition, self.pairs = m, condition, []
        self.rebuild = Rebuild(m.store, epoch)
        self.paths: tuple = ()
        self.slot: tuple | None = None
        self.is_frozen = False

    def plan(self, a: Value, b: Value, origins=(None, None)):
        if a is b:
            return lambda results: a
        if a is DUMMY or b is DUMMY:
            return self.plan_one(a is not DUMMY, b if a is DUMMY else a)
        if isinstance(a, Conflict | Unbound) or isinstance(b, Conflict | Unbound):
            chosen = a if isinstance(a, Conflict | Unbound) else b
            return lambda results: chosen
        if isinstance(a, Scalar) and isinstance(b, Scalar):
            return self.plan_scalars(a, b, origins)
        if isinstance(a, OneOf) or isinstance(b, OneOf):
            return plan_alternatives(self, a, b, origins, DUMMY) or self.conflict(a, b, origins)
        if isinstance(a, Static) and isinstance(b, Static):
            if a.key() == b.key() or a.value == b.value:
                return lambda results: a
        if are_contents(a, b) and a.key() != b.key():
            return self.plan_contents(a, b, origins)
        if type(a) is type(b) and a.key() == b.key():
            if isinstance(a, Tensor):
                items = tuple(map(same_item, a.items or (), b.items or ()))
                return self.pair(a, b, lambda ssa: Tensor(a.dtype, a.shape, ssa, items or None))
            if isinstance(a, Composite | Maybe):
                return self.plan_parts(a, b, origins)
        if isinstance(a, Mutable) and isinstance(b, Mutable) and a.key() == b.key():
            built = self.rebuild.both(a, b, lambda x, y: self.plan(x, y, origins))
            return built if built is not None else self.plan_objects(a, b, origins)
        return plan_alternatives(self, a, b, origins, DUMMY) or self.conflict(a, b, origins)

    def plan_contents(self, a, b, origins):
        """What a list or a dict holds on two paths, of which one at least has made it longer or shorter."""
        form = shared_form(a, b)
        if form is None:
            want_items(self.m, a, b)
            return self.conflict(a, b, origins)
        with self.m.builder.inside(self.paths[0].block):
            a = in_form(self.m, a, form)
        with self.m.builder.inside(self.paths[1].block):
            b = in_form(self.m, b, form)
        return self.plan_parts(a, b, origins)

    def plan_objects(self, a: Mutable, b: Mutable, origins) -> Any:
        """Two things that exist apart from these paths (ownership.py)."""
        if (a, b) in self.rebuild.made:
            return self.rebuild.made[a, b]
        if any(is_shared(self.m, thing, self.slot, path.delta) for thing, path in zip((a, b), self.paths)):
            if self.m.tells_apart:
                return plan_alternatives(self, a, b, origins, DUMMY)
            self.is_frozen = True
        return self.plan_stand_in(a, b, origins)

    def plan_stand_in(self, a: Mutable, b: Mutable, origins):
        """A thing that stands for two."""
        mine = {key: side(a, key, self.paths[0])[0] for key in a.slots}
        others = {key: side(b, key, self.paths[1])[0] for key in a.slots}
        contents = [(key, (mine[key], others[key])) for key in a.slots]
        build = self.rebuild.build((a, b), a, lambda x, y: self.plan(x, y, origins), contents)
        if not self.is_frozen:
            return build
        self.is_frozen = False
        for thing in (a, b):
            freeze(self.m, thing)

        def frozen(results):
            made = build(results)
            made.frozen = True
            return made

        return frozen

    def conflict(self, a: Value, b: Value, origins, help: str = "", reason: str = ""):
        want_alike(self.m, a, b)
        found = Conflict((a.describe(), origins[0]), (b.describe(), origins[1]), reason, help)
        return lambda results: found

    def plan_parts(self, a: Value, b: Value, origins):
        plans = [self.plan(x, y, origins) for x, y in zip(a.parts(), b.parts())]
        return lambda results: a.with_parts([plan(results) for plan in plans])

    def plan_scalars(self, a: Scalar, b: Scalar, origins) -> Any:
        if a.dtype is not b.dtype:
            self.revisit_for_literal(a, b)
            self.revisit_for_literal(b, a)
        kind = common_kind(a, b)
        if kind is None:
            return self.conflict(a, b, origins)
        a, b = (deferred(self.m.builder, x, kind) for x in (a, b))
        if a.is_constant and b.is_constant:
            if same_constant(a.constant, b.constant):
                return lambda results: kind.make(constant=a.constant)
            if a.dtype is types.bool_:
                found = self.condition if a.constant else scalar_ops.logical_not(self.m.builder, self.condition)
                return lambda results: Scalar(types.bool_, kind.weak, found.ssa, found.constant)
        elif not a.is_constant and not b.is_constant and a.ssa is b.ssa:
            return lambda results: kind.make(a.ssa)
        known = union(a.extent, b.extent)
        return self.pair(a, b, lambda ssa: kind.make(ssa, range=known))

    def revisit_for_literal(self, x: Scalar, other: Scalar) -> None:
        """Where `x` is what a number before a loop has become in it, that takes the type of `other`, in a visit of that
        loop of its own."""
        if self.slot is None or not self.m.predicts or x.is_constant or not x.weak:
            return
        source = literal_source(self.m.store.loops, self.slot, x)
        kind = common_kind(source[1], other) if source is not None else None
        if source is not None and kind is not None and kind.dtype is other.dtype:
            self.m.has_predicted = True
            raise Revisit(source[0], {self.slot: {source[2]: kind.make(constant=0.0)}})

    def plan_one(self, first: bool, value: Value):
        """The other path does not matter: constants stay constants, the rest is yielded against zero."""
        if isinstance(value, Scalar) and value.is_constant:
            return lambda results: value
        if isinstance(value, Mutable):
            return self.rebuild.one(value, lambda x: self.plan_one(first, x))
        if isinstance(value, Scalar | Tensor):
            make = value.around if isinstance(value, Scalar) else partial(with_constants_of, value)
            return self.pair(value, None, make) if first else self.pair(None, value, make)
        if isinstance(value, Closure) and self.rebuild.is_fresh(value.frame):
            found = Conflict((value.describe(), None), (value.describe(), None), "", "define the function outside")
            return lambda results: found
        plans = [self.plan_one(first, part) for part in value.parts()]
        return lambda results: value.with_parts([plan(results) for plan in plans])

    def pair(self, a, b, make):
        k = len(self.pairs)
        self.pairs.append((a, b))
        return lambda results: make(results[k])


def literal_source(loops: list, slot: tuple, value: Scalar) -> tuple | None:
    """(loop, number, position) where `value` is what a number that stood in a slot before one of these loops, the
    outermost there is, has become in the last."""
    source = None
    for loop in reversed(loops):
        if value.is_constant:
            break
        entry = loop.entries.get(slot)
        if entry is None:
            break
        found = [at for at, inside in placed_leaves(entry.inner) if inside.ssa is value.ssa]
        if not found:
            break
        value = part_of(entry.outer, found[0])
        source = (loop, value, found[0])
    return source


def with_constants_of(value: Tensor, ssa) -> Tensor:
    """Other elements, among them the constants that are known of `value`."""
    items = tuple(x if isinstance(x, Scalar) and x.is_constant else None for x in value.items or ())
    return Tensor(value.dtype, value.shape, ssa, items or None)


def same_item(a: Any, b: Any) -> Any:
    """What is known of an element of an array on two paths, where it is the same on both."""
    if isinstance(a, Scalar) and isinstance(b, Scalar) and a.is_constant and b.is_constant:
        return a if same_constant(a.constant, b.constant) else None
    return a if a is b else None


def same_constant(a, b) -> bool:
    if isinstance(a, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)
    return a == b


def join(m: Interpreter, condition: Scalar, yes, no, node: ast.AST | None, epoch: int) -> Value | None:
    """Emits the `scf.if` and writes the merged state; returns the merged value of the two paths, if they have one."""
    merge, plans = Merge(m, condition, epoch), []
    merge.paths = (yes, no)
    for container, key in dict.fromkeys([*yes.delta, *no.delta]):
        sides = [side(container, key, path) for path in (yes, no)]
        if skipped(m, container, key, yes, no, sides, node):
            continue
        merge.slot = (container, key)
        plans.append((container, key, plan_slot(merge, m, container, key, sides, (yes, no)), sides))
    merge.slot = None
    value_plan = plan_value(merge, yes, no)
    results = emit_if(m, merge, yes, no)
    for container, key, plan, sides in plans:
        origin = sides[0][1] or sides[1][1]
        m.store.write(container, key, plan(results), origin)
    return value_plan(results) if value_plan else None


def side(container: Container, key, path):
    """(value, origin) of a slot at the end of a path; (DUMMY, …) where it does not matter."""
    value, origin = path.delta.get((container, key), (None, None))
    if value is None:
        value, origin = container.slots.get(key, UNBOUND), container.origins.get(key)
    if path.end == "never":
        return DUMMY, origin
    return value, origin


def skipped(m: Interpreter, container, key, yes, no, sides, node) -> bool:
    """Slots that nobody can read after the paths meet."""
    if yes.end == no.end == "never":
        return True
    if container is m.frame and isinstance(key, tuple):
        return (container, key) not in m.frame.exits  # the flag of a loop that has ended
    if container is not m.frame or not isinstance(key, str) or key in (RETURNED, RESULT):
        return False
    if all(path.end in ("return", "never") for path in (yes, no)):
        return True
    if UNBOUND in (sides[0][0], sides[1][0]) and node is not None:
        return not m.frame.info.loaded_outside(key, node)
    return False


def plan_slot(merge: Merge, m: Interpreter, container, key, sides, paths):
    """Locals of a path that returned do not matter, nor does the result of one that did not."""
    values: list[Any] = [at_end(m, path, s[0]) for path, s in zip(paths, sides)]
    origins = (sides[0][1], sides[1][1])
    if isinstance(container, Frame):
        for k, path in enumerate(paths):
            if container is m.frame and isinstance(key, str) and key not in (RETURNED, RESULT) and path.end == "return":
                values[k] = DUMMY
            if key == RESULT and values[k] is UNBOUND:
                values[k] = DUMMY
            elif key == RESULT and container is m.frame and has_not_returned(m, path):
                values[k] = DUMMY
    base = container.slots.get(key)
    if isinstance(base, Tensor | GrowingItems | HashedEntries) and DUMMY in values:
        # the old elements rather than new ones without contents, so that they can be overwritten in place
        values = [base if v is DUMMY else v for v in values]
    if values[0] is DUMMY and values[1] is DUMMY:
        return lambda results: UNBOUND
    if DUMMY not in values and any(isinstance(v, Maybe) or v is UNBOUND for v in values):
        return plan_maybe(merge, values[0], values[1], origins)
    return merge.plan(values[0], values[1], origins)


def at_end(m: Interpreter, path, value: Value) -> Value:
    """A value as it is known at the end of a path."""
    if not isinstance(value, OneOf):
        return value
    with m.builder.inside(path.block):
        return narrowed(m, value)


def has_not_returned(m: Interpreter, path) -> bool:
    flag = path.delta.get((m.frame, RETURNED), (m.frame.slots[RETURNED],))[0]
    return flag.is_constant and not flag.constant


def plan_maybe(merge: Merge, a: Value, b: Value, origins):
    """A name that is bound on one path only: its value, and a flag that says whether it is."""
    if a is UNBOUND and b is UNBOUND:
        return lambda results: UNBOUND
    parts = []
    for value in (a, b):
        if isinstance(value, Maybe):
            parts.append((value.value, value.flag))
        else:
            parts.append((DUMMY, scalar_ops.FALSE) if value is UNBOUND else (value, scalar_ops.TRUE))
    inner = merge.plan(parts[0][0], parts[1][0], origins)
    flag = merge.plan_scalars(parts[0][1], parts[1][1], origins)
    return lambda results: Maybe(inner(results), flag(results))


def plan_value(merge: Merge, yes, no):
    """The merged value of two expressions; a path that never ends has none."""
    values = [DUMMY if path.end == "never" or path.value is None else at_end(merge.m, path, path.value)
              for path in (yes, no)]
    if values[0] is DUMMY and values[1] is DUMMY:
        return None
    return merge.plan(*values)


def emit_if(m: Interpreter, merge: Merge, yes, no) -> list:
    b = m.builder
    if not merge.pairs and not len(yes.block.operations) and not len(no.block.operations):
        return []
    kinds = [b.type_of(x if x is not None else y) for x, y in merge.pairs]
    for path, index in ((yes, 0), (no, 1)):
        with b.inside(path.block):
            operands = []
            for pair in merge.pairs:
                leaf, other = pair[index], pair[1 - index]
                operands.append(b.ssa(leaf) if leaf is not None else zero(b, other))
            b.emit("scf.yield", operands)
    op = b.emit("scf.if", [b.ssa(merge.condition)], kinds, regions=2)
    yes.block.append_to(op.regions[0])
    if merge.pairs or len(no.block.operations) > 1:
        no.block.append_to(op.regions[1])
    return list(op.results)


def zero(b, like):
    """A value of a leaf's type for a path on which it does not matter."""
    if isinstance(like, Scalar):
        return b.constant(like.dtype, 0)
    return b.empty(like)
