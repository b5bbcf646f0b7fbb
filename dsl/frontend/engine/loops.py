"""Loops: what they carry is found on the way, in one visit of the body.

    s = 0.0                                 %s = scf.for %i = ... iter_args(%a = %c0) -> (f64) {
    for x in xs:                              %1 = arith.addf %a, %x
        s = s + x                             scf.yield %1 }

The first touch of a slot from outside makes block arguments for the numbers and tensors in it, and the slot holds
them from then on (`Entry.inner`). At the end of the body `settle` compares what each slot holds (`final`) with that: an
argument that was never written is erased and replaced by the value from outside (`outer`), the others are carried.

Sound, as long as:
- From the first touch until `abandon` a slot from outside holds an inner value; whoever asks about the program before
  the loop (`choose_mode`, the builds of `settle`) is called after `abandon`, which gives the slots their outer values.
- An inner value holds on every path through the body, whenever it was first touched: it is a block argument.
- Every touch goes through the store, which tells all loops around from the outside in; so an outer value is the inner
  value of the loop around, and never something of this loop.
- An object in a slot is the same in each iteration, or a stand-in for what it is (loop_objects.py), or no iteration
  looks at the one that it begins with (`is_seen`).
- A visit whose types or stand-ins were wrong is thrown away whole (`Revisit`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from dsl.frontend.emit.number_joins import NumberKind, common_kind, deferred
from dsl.frontend.values.frames import FLAGS, RESULT
from dsl.frontend.values.joined import Mixed, OneOf
from dsl.frontend.values.mutable import Mutable, Rebuild
from dsl.frontend.values.positions import objects_in, place_of_part
from dsl.frontend.values.signals import Revisit
from dsl.frontend.values.store import Container
from dsl.frontend.values.value import (
    FALSE,
    TRUE,
    UNBOUND,
    Composite,
    Conflict,
    Maybe,
    Scalar,
    Tensor,
    Unbound,
    Value,
    leaves,
)
from dsl.passes.ir.limits import SMALL_ARRAY

from .alternatives import as_alternatives
from .interpreter import Interpreter
from .join import literal_source, same_constant, same_item, with_constants_of
from .list_growth import GROWS, Growth, settle_contents
from .loop_arguments import Carried, Later
from .loop_objects import FROZEN, LoopObjects, choose_mode
from .ownership import freeze
from .widening import common


def is_inner_flag(loop: Loop, exit: tuple) -> bool:
    """Whether a slot is an exit flag of a loop inside, which nobody heeds outside of that."""
    return isinstance(exit[1], tuple) and exit[1][0] in FLAGS and exit not in [*loop.frame.lasting, *loop.own_flags]


@dataclass(eq=False)
class Entry:
    """A slot from outside: its value there, at an iteration's beginning and at its end. `is_read`: whether an iteration
    looks at what it begins with; `is_temporary`: whether nobody looks at what it ends with."""

    outer: Value
    inner: Value
    final: Value = UNBOUND
    origin: object = None
    is_read: bool = False
    is_temporary: bool = False


class Loop:
    """One loop that is being visited."""

    def __init__(self, m: Interpreter, node: ast.AST, blocks: list, modes: dict, predicted: set):
        self.m, self.node, self.blocks = m, node, blocks
        self.frame = m.frame
        self.own_flags = [(m.frame, (name, node)) for name in FLAGS]
        m.frame.slots.update({key: FALSE for _, key in self.own_flags})
        self.epoch = m.store.next_epoch()
        self.assigned = m.frame.info.assigned_in(node)
        self.entries: dict[tuple, Entry] = {}
        self.arguments: list[Carried] = []
        self.in_body = len(blocks) == 1
        self.pairs: list[tuple] = []
        self.changes: dict = {}
        self.growth: Growth = {}  # lists and dicts from outside that the loop makes longer or shorter
        self.temporary: set = set()
        self.mark: tuple[int, int] | None = None
        self.exits = m.frame.exits
        self.awaited: set = set()
        self.rebuild = Rebuild(m.store, self.epoch - 1)
        self.meant: dict[Mutable, tuple[Value, tuple]] = {}  # by what a place means at the end: its start, the place
        self.loop_objects = LoopObjects(self, modes, predicted)

    def enter(self, container: Container, key) -> None:
        """The first touch of a slot from outside."""
        outer = container.slots.get(key, UNBOUND)
        inner = self.loop_objects.part((container, key, ()), outer)
        self.entries[(container, key)] = Entry(outer, inner)
        container.slots[key] = inner

    def argument(self, leaf):
        kind, b = self.m.builder.type_of(leaf), self.m.builder
        made = [block.add_argument(kind, b.unknown) for block in self.blocks]
        carried = Carried(made[0], made[-1])
        if self.in_body:
            carried.value = carried.after
        self.arguments.append(carried)
        if isinstance(leaf, Scalar):
            return type(leaf)(leaf.dtype, leaf.weak, carried)
        count = prod(leaf.shape)
        return Tensor(leaf.dtype, leaf.shape, carried, (carried,) * count if 0 <= count <= SMALL_ARRAY else None)

    def begin_body(self) -> None:
        self.in_body = True
        for argument in self.arguments:
            argument.value = argument.after

    # settling: what is carried, what is not

    def begin(self) -> None:
        self.mark = self.m.store.begin()
        self.m.store.loops.append(self)

    def abandon(self) -> None:
        """Takes everything back: the state is what it was before the loop."""
        if self.mark is None:
            return
        self.m.store.take_back(self.mark)
        for (container, key), entry in self.entries.items():
            container.slots[key] = entry.outer
        self.mark = None
        self.frame.exits = self.exits
        assert self.m.store.loops.pop() is self

    def settle(self, always_runs: Callable | None, condition: Scalar = TRUE) -> list:
        """Decides on every slot. Called in the outer block; returns (container, key, build, origin) for afterwards.

        `always_runs` says whether there is at least one iteration, for names first bound in the loop.
        """
        self.note_finals(condition)
        self.abandon()
        self.loop_objects.restore()
        plans = []
        for (container, key), entry in self.entries.items():
            if entry.is_read or not entry.is_temporary and entry.final is not entry.inner:
                self.m.store.note_read(container, key, entry.outer)
            if entry.is_temporary:
                self.release(entry.outer, entry.inner)
                continue
            origins = (container.origins.get(key), entry.origin)
            build = self.settle_slot(container, key, entry, origins, always_runs)
            if build is not None:
                plans.append((container, key, build, entry.origin))
        self.revisit()
        self.loop_objects.plan_exchange()
        return plans

    def note_finals(self, condition: Scalar) -> None:
        """Looks at the state at the end of the body, before it is taken back."""
        noted = 0
        while noted < len(self.entries):  # looking at contents may touch more slots
            noted = len(self.entries)
            for (container, key), entry in self.entries.items():
                entry.final, entry.origin = container.slots.get(key, UNBOUND), container.origins.get(key)
            self.loop_objects.look()
        ahead = [entry.final for entry in self.entries.values() if entry.final is not entry.inner]
        ahead += [v for contents in self.loop_objects.final.values() for v in contents.values()]
        self.awaited = {leaf.ssa for value in [*ahead, condition] for leaf in leaves(value)
                        if isinstance(leaf.ssa, Carried)}
        for (container, key), entry in self.entries.items():
            entry.is_temporary = self.is_temporary(container, key, entry)
        self.loop_objects.check_owned()
        self.loop_objects.exchange()

    def revisit(self) -> None:
        """Asks for another visit where the first one has found that it needs one."""
        wanted, denied = self.loop_objects.wanted, self.loop_objects.denied()
        if wanted or denied or self.growth:
            raise Revisit(self, self.changes.get(self, {}), wanted, denied, self.growth)
        if self.changes:
            loop = min(self.changes, key=[*self.m.store.loops, self].index)
            raise Revisit(loop, self.changes[loop])

    def is_temporary(self, container, key, entry: Entry) -> bool:
        """Whether nobody can see this slot after the loop, nor in the next iteration."""
        if (container, key) in self.temporary or is_inner_flag(self, (container, key)):
            return True
        if container is not self.frame or not isinstance(key, str) or key.startswith("%"):
            return False
        if self.frame.info.loaded_outside(key, self.node) or key in self.frame.info.rebound_by_nested:
            return False
        return entry.final is not entry.inner and not self.is_seen(container, key, entry.outer, entry.inner)

    def is_seen(self, container, key, outer: Value, inner: Value) -> bool:
        """Whether an iteration looks at what a slot, or this part of it, holds when it begins."""
        is_object = any(thing not in self.loop_objects.initial for thing in objects_in(inner))
        return (is_object and self.entries[container, key].is_read) or self.is_used(outer, inner)

    def is_used(self, outer: Value, inner: Value) -> bool:
        """Whether anything depends on the block arguments of a value."""
        found = [leaf.ssa for _, leaf in self.loop_objects.pairs(outer, inner) if isinstance(leaf.ssa, Carried)]
        return any(a in self.awaited or next(iter(v.uses), None) is not None
                   for a in found for v in (a.before, a.after))

    def settle_slot(self, container, key, entry: Entry, origins, always_runs):
        outer, inner, final = entry.outer, entry.inner, entry.final
        if final is inner and not isinstance(inner, Mutable):
            self.release(outer, inner)
            return None
        if isinstance(final, Unbound | Conflict):
            if isinstance(final, Conflict) and self.is_seen(container, key, outer, inner):
                raise self.m.conflict(container.slot_name(key), final, self.node)
            self.release(outer, inner)
            return lambda results: final
        if isinstance(outer, Unbound):
            return self.settle_new(key, final, always_runs)
        if isinstance(outer, Maybe) and not isinstance(final, Maybe):
            final = Maybe(final, TRUE)
        return self.settle_value((container, key, ()), outer, inner, final, origins)

    def settle_new(self, key, final: Value, always_runs: Callable | None):
        """A slot that had no value before the loop."""
        final, flag = (final.value, final.flag) if isinstance(final, Maybe) else (final, TRUE)
        if isinstance(final, Conflict):
            return lambda results: final
        build = self.carry_new(final)
        if key == RESULT:
            return build
        if flag is TRUE and always_runs is not None:
            runs = always_runs()
            if runs.is_constant and runs.constant:
                return build
            return lambda results: Maybe(build(results), runs)
        flag_build = self.carry(FALSE, self.argument(FALSE), flag)
        return lambda results: Maybe(build(results), flag_build(results))

    def carry_new(self, final: Value):
        """A value that exists only after an iteration; before the first one its place is filled with zeros."""
        if isinstance(final, Scalar) and final.is_constant:
            return lambda results: final
        if isinstance(final, Scalar | Tensor):
            return self.carry(final, self.argument(final), final, fresh=True)
        if isinstance(final, Mutable):
            return self.rebuild.one(final, self.carry_new)
        builds = [self.carry_new(part) for part in final.parts()]
        return lambda results: final.with_parts([build(results) for build in builds])

    def settle_value(self, place: tuple, outer: Value, inner: Value, final: Value, origins, at: tuple | None = None):
        """`place` is (container, key, the position inside of what the slot holds); `at` is where that lies before the
        loop, if it is inside of what a stand-in stands for."""
        at = at or place
        if isinstance(inner, OneOf):
            final = as_alternatives(self.m, final, inner)
        if isinstance(inner, Mutable) and isinstance(final, Mutable) and inner.key() == final.key():
            return self.settle_object(place, outer, inner, final, origins, at)
        if final is inner:
            self.release(outer, inner)
            return lambda results: outer
        if isinstance(inner, Scalar) and isinstance(final, Scalar):
            return self.settle_scalar(at, outer, inner, final, origins)
        if isinstance(at[0], GROWS) and inner.key() != final.key():
            final = settle_contents(self, at[0], inner, final)
            if at[0] in self.growth:
                self.release(outer, inner)
                return lambda results: outer
        if type(inner) is type(final) and inner.key() == final.key():
            if isinstance(inner, Tensor):
                return self.settle_leaf(outer, inner, final)
            if isinstance(inner, Composite | Maybe):
                parts = enumerate(zip(outer.parts(), inner.parts(), final.parts()))
                builds = [self.settle_value(place_of_part(place, k), *part, origins, place_of_part(at, k))
                          for k, part in parts]
                return lambda results: final.with_parts([build(results) for build in builds])
            return lambda results: outer
        return self.widen((self, outer, at[2]), at, outer, inner, final, origins)

    def widen(self, source: tuple, at: tuple, outer, inner, final, origins):
        """Asks for a visit with what is at a place before the loop, or a loop around, in a kind that holds both."""
        (loop, before, position), (container, key, _) = source, at
        kind = common(self.m, before, final)
        if kind is None:
            return self.mismatch(container, key, outer, inner, final, origins)
        self.changes.setdefault(loop, {}).setdefault((container, key), {})[position] = kind
        self.release(outer, inner)
        return lambda results: outer

    def settle_object(self, place: tuple, outer: Any, inner: Mutable, final: Mutable, origins, at: tuple):
        """A place that refers to a mutable object."""
        (container, key, _), found = at, self.loop_objects
        if inner not in found.initial:
            if final is inner:
                return lambda results: outer
            mode = choose_mode(self.m, place, outer)
            if mode == FROZEN and self.m.tells_apart and final.epoch < self.epoch:
                return self.widen((self, outer, at[2]), at, outer, inner, final, origins)
            found.want(place, mode)
            return lambda results: outer
        if set(final.slots) != set(inner.slots):
            return self.mismatch(container, key, outer, inner, final, origins)
        before, contents = found.outer[inner][1], found.final.get(final, final.slots)
        thing = found.outer[inner][0]
        builds = {k: self.settle_value(place, before[k], value, contents[k], origins, (thing, k, ()))
                  for k, value in found.initial[inner].items()}
        if inner.frozen and final.epoch < self.epoch:
            freeze(self.m, final, self)
        first, other = self.meant.setdefault(final, (outer, place))
        if first is outer:
            return self.rebuild.made.setdefault((final,), self.rebuilt(inner, builds))
        # One thing under two names that meant two things before, and still do if there was no iteration.
        for each in (other, place):
            if found.modes[found.around(each)] != FROZEN:
                found.want(each, FROZEN)
        return self.rebuild.made.setdefault((final, outer), self.rebuilt(inner, builds))

    def rebuilt(self, inner: Mutable, builds: dict):
        """What a slot means after the loop: one new thing, however many slots mean it."""
        copy: list[Mutable] = []

        def build(results):
            if not copy:
                copy.append(inner.like(self.m.store))
                copy[0].slots.update({k: part(results) for k, part in builds.items()})
                copy[0].frozen = inner.frozen
            return copy[0]

        return build

    def settle_scalar(self, at: tuple, outer, inner, final, origins):
        kind = common_kind(inner, final)
        if kind is not None and kind.holds(inner):
            return self.settle_leaf(outer, inner, deferred(self.m.builder, final, kind))
        here = (self, outer, at[2])
        source = here if outer.is_constant else literal_source(self.m.store.loops, at[:2], outer) or here
        return self.widen(source, at, outer, inner, final, origins)

    def mismatch(self, container, key, outer, inner, final, origins):
        """The slot changes its kind. Nobody may have read it in the loop, nor may anyone afterwards."""
        conflict = Conflict((outer.describe(), origins[0]), (final.describe(), origins[1]), "", "use another name")
        if self.is_seen(container, key, outer, inner):
            raise self.m.conflict(container.slot_name(key), conflict, self.node, loop=True)
        self.release(outer, inner)
        return lambda results: conflict

    def settle_leaf(self, outer, inner, final):
        if final.ssa is inner.ssa and final.ssa is not None:
            self.release(outer, inner)
            return lambda results: outer
        if isinstance(final, Scalar) and final.is_constant and outer.is_constant and same_constant(
                outer.constant, final.constant):
            self.release(outer, inner)
            return lambda results: outer
        return self.carry(outer, inner, final)

    def carry(self, outer, inner, final, fresh: bool = False) -> Any:
        """One carried leaf; the function returned takes the loop's results."""
        argument = inner.ssa
        self.pairs.append((argument, outer, final, fresh))
        if isinstance(final, Scalar):
            made = NumberKind(final.dtype, final.weak and outer.weak, isinstance(inner, Mixed)).make
            return lambda results: made(results[argument])
        if fresh:
            return lambda results: with_constants_of(final, results[argument])
        items = tuple(before if after is argument else same_item(before, after)
                      for before, after in zip(outer.items or (), final.items or ()))
        return lambda results: Tensor(final.dtype, final.shape, results[argument], items or None)

    def release(self, outer: Value, inner: Value) -> None:
        """The arguments of a value that does not change become the value from outside."""
        b = self.m.builder
        for leaf_outer, leaf_inner in list(self.loop_objects.pairs(outer, inner)):
            argument = leaf_inner.ssa
            if not isinstance(argument, Carried) or argument not in self.arguments:
                continue
            if self.is_used(leaf_outer, leaf_inner):
                ssa = b.ssa(leaf_outer)
                for value in {id(argument.before): argument.before, id(argument.after): argument.after}.values():
                    value.replace_all_uses_with(ssa)
                argument.value = ssa
            else:
                argument.value = Later(b, leaf_outer)
            self.arguments.remove(argument)
            for block, value in zip(self.blocks, (argument.before, argument.after)):
                block.erase_argument(value.arg_number)

    def yields(self) -> list:
        """The next values of the arguments, in their order, and the initial values: (final, outer, argument)."""
        order = {argument: k for k, argument in enumerate(self.arguments)}
        return sorted(self.pairs, key=lambda pair: order[pair[0]])
