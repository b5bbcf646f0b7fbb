"""Where everything a kernel reads and writes lies: the plan made before lowering, and the signature made from it.

The block (binding 0) is 8-byte slots: scalar arguments, then the capacity of each stack, then what loops look at
(interrupts.py: a counter, whether to stop, the address of the host's function), then details (values of the failed
check, one count per stack), then the attention word, then scalar results. The host packs the front, unpacks the tail,
and looks at the details only when the attention word is not zero:

    bit 0 a check failed (the bits above 8 hold its site)   bit 1 a stack overflowed   bit 2 something was printed
    bit 3 the host ended the kernel
"""

import json
from dataclasses import dataclass, field

from iree.compiler import ir
from iree.compiler.dialects import arith, memref

from dsl.passes.calling_convention import LISTS, POLL_SLOTS, RECORDS
from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import is_tensor
from dsl.passes.ir.limits import MOST_BINDINGS
from dsl.passes.ir.locations import frames
from dsl.passes.ir.tape import taped_values

from .op_builder import index_constant, storage_type


@dataclass
class Stack:
    """A tape's values of one type; grows when the kernel says that it overflowed."""

    tape: str
    type: str
    minimum: int = 0  # the most values one operation moves
    loops: dict[str, int] = field(default_factory=dict)  # by place (JSON): values that an iteration of a loop pushes
    slot: int = 0  # of its capacity
    binding: int = -1
    buffer: ir.Value | None = None
    capacity: ir.Value | None = None
    start: ir.Value | None = None  # where it begins in a buffer that it shares

    @property
    def key(self):
        return f"{self.tape}:{self.type}"

    def index(self, position):
        """The index in the buffer of a position on the stack."""
        return position if self.start is None else arith.addi(self.start, position)


@dataclass
class Layout:
    """The memory of one kernel. `buffers` are the new arguments of the function, one for each binding."""

    func: ir.Operation
    entry: str
    args: list = field(default_factory=list)
    results: list = field(default_factory=list)
    bindings: list = field(default_factory=list)
    buffers: list = field(default_factory=list)
    stacks: dict = field(default_factory=dict)
    fails: list = field(default_factory=list)
    records: list = field(default_factory=list)
    block: ir.Value | None = None
    capacities: int = 0
    poll: int = -1  # the first slot of what loops look at; below zero where none does
    details: int = 0
    attention: int = 0
    slots: int = 0
    sized_call: bool = True

    @property
    def lists(self) -> Stack:
        """The stack whose capacity is the room that each list has, in a kernel that has lists."""
        return self.stacks[LISTS, LISTS]

    def bind(self, kind: str, type, shape, rows: int = 0) -> ir.Value:
        """Add a binding: a memref argument of the function. `shape` None: as large as the stacks that lie in it, or
        as `rows` lists."""
        stored = storage_type(type)
        extents = [ir.ShapedType.get_dynamic_size()] if shape is None else [max(1, extent) for extent in shape]
        body = self.func.regions[0].blocks[0]
        type = ir.MemRefType.get(extents, stored, loc=self.func.location)
        value = body.add_argument(type, self.func.location)
        binding = {"kind": kind, "type": str(stored), "shape": None if shape is None else extents}
        self.bindings.append(binding | ({"rows": rows} if rows else {}))
        self.buffers.append(value)
        return value

    def count_slot(self, stack: Stack) -> int:
        """The slot of how much a stack needed."""
        return self.attention - len(self.stacks) + list(self.stacks.values()).index(stack)

    def stacks_in(self, binding: int) -> list[Stack]:
        rows = self.bindings[binding].get("rows", 0)
        return [self.lists] * rows if rows else [stack for stack in self.stacks.values() if stack.binding == binding]

    def signature(self) -> str:
        """What the host has to know, as JSON."""
        return json.dumps(
            {
                "entry": self.entry,
                "args": self.args,
                "results": self.results,
                "slots": self.slots,
                "capacities": self.capacities,
                "details": self.details,
                "attention": self.attention,
                "poll": self.poll,
                "sized_call": self.sized_call,
                "bindings": self.bindings,
                "stacks": [
                    {
                        "tape": stack.tape,
                        "type": stack.type,
                        "minimum": stack.minimum,
                        "binding": stack.binding,
                        "loops": [[json.loads(place), count] for place, count in stack.loops.items()],
                    }
                    for stack in self.stacks.values()
                ],
                "fails": self.fails,
                "records": self.records,
            }
        )


def plan(func, entry: str, polls: bool = False) -> Layout:
    """Survey the function and decide the slots; adds the block's binding. `polls`: whether loops can call the host."""
    layout = Layout(func, entry)
    values = _survey(func, layout)
    scalars_in = _leaves(func.regions[0].blocks[0].arguments, layout.args, 0)
    layout.capacities = scalars_in
    for k, stack in enumerate(layout.stacks.values()):
        stack.slot = scalars_in + k
    layout.details = scalars_in + len(layout.stacks)
    if polls and any(op.name in ops.LOOPS for op in edit.walk(func)):
        layout.poll = layout.details
        layout.details += POLL_SLOTS
    layout.attention = layout.details + values + len(layout.stacks)
    layout.slots = _leaves(edit.terminator(func.regions[0].blocks[0]).operands, layout.results, layout.attention + 1)
    _note_updates(func, layout)
    layout.block = layout.bind("block", ir.IntegerType.get_signless(64), [layout.slots])
    return layout


def bind_stacks(layout: Layout) -> None:
    """Stacks come last, each in a binding of its own or, where these would be too many, one for each type. Their
    capacities are read at entry."""
    body = layout.func.regions[0].blocks[0]
    stacks = [stack for stack in layout.stacks.values() if stack.tape != LISTS]
    crowded = len(layout.bindings) + len(stacks) > MOST_BINDINGS
    homes: dict[str, int] = {}
    for stack in stacks:
        home = homes.get(stack.type) if crowded else None
        if home is None:
            home = homes[stack.type] = len(layout.bindings)
            layout.bind("stack", ir.Type.parse(stack.type), None)
        stack.binding, stack.buffer = home, layout.buffers[home]
    with edit.at_start(body), layout.func.location:
        ends: dict[int, ir.Value] = {}
        for stack in layout.stacks.values():
            stack.capacity = load_capacity(layout.block, stack)
            if stack.tape == LISTS:
                continue
            stack.start = ends.get(stack.binding)
            ends[stack.binding] = stack.index(stack.capacity)


def load_capacity(block, stack: Stack):
    return arith.index_cast(ir.IndexType.get(), memref.load(block, [index_constant(stack.slot)]))


def _survey(func, layout: Layout) -> int:
    """Find the stacks; return the most values any check reports."""
    most = 0
    for op in list(edit.walk(func)):
        if op.name == "dsl.fail":
            most = max(most, len(op.operands) - 1)
        elif op.name == "dsl.record":
            _need(layout, RECORDS, ["i64"] * (1 + len(op.operands)))
        elif op.name in ("dsl.capacity", "dsl.reserve") or any(map(is_list, op.results)):
            layout.stacks.setdefault((LISTS, LISTS), Stack(LISTS, LISTS, minimum=1))
        elif op.name in ops.TAPED:
            types = [stack_type(v.type) for v in taped_values(op)]
            _need(layout, ir.StringAttr(op.attributes["tape"]).value, types)
            if op.name == "dsl.push":
                _note_loop(layout, op, types)
    return most


def _note_loop(layout: Layout, push, types: list) -> None:
    """Which loop a tape grows in: the innermost around a push whose length is not known."""
    around, times = push.parent, 1
    while around is not None and (around.name not in ops.LOOPS or edit.constant_range(around) is not None):
        turns = edit.constant_range(around)
        times *= len(turns) if turns is not None else 1
        around = around.parent
    place = json.dumps(frames((around or push).location))
    for type in types:
        loops = layout.stacks[ir.StringAttr(push.attributes["tape"]).value, type].loops
        loops[place] = loops.get(place, 0) + times


def is_list(value) -> bool:
    """Whether a value holds the elements of a list whose length is known only at run time."""
    return is_tensor(value) and not value.type.has_static_shape


def stack_type(type) -> str:
    return str(storage_type(type))


def _need(layout: Layout, tape: str, types: list) -> None:
    for type in types:
        stack = layout.stacks.setdefault((tape, type), Stack(tape, type))
        stack.minimum = max(stack.minimum, types.count(type))


def _leaves(values, leaves: list, slot: int) -> int:
    """Describe arguments or results; scalars take slots from `slot` on. Returns the next free slot."""
    for value in values:
        if is_tensor(value):
            leaves.append({"type": str(value.type.element_type), "shape": [max(-1, n) for n in value.type.shape]})
        else:
            leaves.append({"type": str(value.type), "slot": slot})
            slot += 1
    return slot


def _note_updates(func, layout: Layout) -> None:
    """Copy the result attribute dsl.updates into the leaves, on both sides."""
    if "res_attrs" not in func.attributes:
        return
    for leaf, attributes in zip(layout.results, func.attributes["res_attrs"]):
        if "dsl.updates" in attributes:
            index = ir.IntegerAttr(attributes["dsl.updates"]).value
            leaf["updates"] = index
            layout.args[index]["updated"] = True
