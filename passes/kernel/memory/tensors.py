"""Tensors become memory.

Every tensor value is given a place, a buffer or a slot of one; `tensor.extract` and `tensor.insert` become loads and
stores, and tensors vanish from the operands and results of the control flow around them (loops: loop_carried.py).

Before: `%1 = tensor.insert %x into %0[%i]`, carried by loops and branches.
After: `memref.store %x, %buffer[%i]`.

Why it is sound: each buffer holds one live version of one tensor. An operation that overwrites or hands on its operand
*consumes* it; that happens in place only where nothing may read the operand's version afterwards, that is where no
other use is left (operations are lowered in program order, so a use that is left comes later, unless it lies in the
other branch of an scf.if) and where no loop lies between the value's definition and its consumption. Everywhere else
the version is copied first, so a program that reads an old version is slower, not wrong.
"""

import math

from iree.compiler import ir
from iree.compiler.dialects import arith, memref, scf

from dsl.passes.ir import edit, ops
from dsl.passes.ir.dense_constants import constant_elements
from dsl.passes.ir.expr import dynamic_extents, is_tensor
from dsl.passes.ir.maps import SumOfTerms
from dsl.passes.ir.refusals import refusal
from dsl.passes.kernel.layout import Layout, is_list
from dsl.passes.kernel.op_builder import bit_width, index_constant, storage_type
from dsl.passes.kernel.products import dot_calls, gemm_calls
from dsl.passes.options import KernelOptions

from . import shared_buffers
from .buffers import TensorBuffer, copy, fill, parallel_copy
from .consumption import crosses_loop, exclusive
from .list_buffers import place_lists
from .loop_carried import lower_for, lower_while

visits = ops.Visitors()


def lower_tensors(layout: Layout, options: KernelOptions) -> None:
    """Give every tensor of the function a buffer; array arguments, results and large locals become bindings.

    Raises CompileError, naming the operation and its place, for a tensor operation that has no place in a kernel.
    """
    _Lowering(layout, options).run()


class _Lowering:
    def __init__(self, layout: Layout, options: KernelOptions):
        self.layout, self.options = layout, options
        self.body = layout.func.regions[0].blocks[0]
        self.places = {}  # tensor value -> Place
        self.locals = []  # (memref.alloc operation standing for a buffer not placed yet, tensor type)
        self.arrays = []  # of the caller: (memref.alloc operation standing for a buffer, its leaves, its kind)
        self.returned_lists = []  # (buffer, leaf) of results that are lists
        self.rooms = {}  # for panels of products, by the type of their elements
        self.read_only = []  # places of arguments that the caller does not expect to change

    def run(self) -> None:
        for value, leaf in zip(list(self.body.arguments), self.layout.args):
            if is_tensor(value):
                self.places[value] = self.array(value.type, leaf, "array")
                if not leaf.get("updated"):
                    self.read_only.append(self.places[value])
        self.arguments = [self.places.get(value) for value in self.body.arguments]
        self.block(self.body)
        self.place_buffers()
        _erase_all(self.layout.func, "dsl.tensor")

    # -- ownership ---------------------------------------------------------------------------------------------------

    def consumable(self, value, op) -> bool:
        """Whether `op` may overwrite or hand on the buffer of `value` (module docstring)."""
        if self.places[value] in self.read_only or crosses_loop(value, op):
            return False
        uses = [use.owner.operation for use in value.uses]
        if uses.count(op) > 1:
            return False
        return all(user == op or exclusive(user, op) for user in uses)

    def owned(self, value, op):
        """The place of `value` if `op` may consume it, else a copy of it made before `op`."""
        if self.consumable(value, op):
            return self.places[value]
        place = self.local(value.type)
        with edit.before(op):
            copy(self.places[value], place, value.type)
        return place

    def allocate(self, type):
        """What stands for a buffer until the end, when it is decided where it lies."""
        extents = [max(1, extent) if extent >= 0 else extent for extent in type.shape]
        memref_type = ir.MemRefType.get(extents, storage_type(type.element_type), loc=self.layout.func.location)
        # found anew each time: the first operation may have been erased since
        with self.layout.func.location, ir.InsertionPoint.at_block_begin(self.body):
            return memref.AllocOp(memref_type, dynamic_extents(type), []).operation

    def local(self, type) -> TensorBuffer:
        """A new place."""
        op = self.allocate(type)
        self.locals.append((op, type))
        return TensorBuffer(op.result)

    def array(self, type, leaf: dict, kind: str) -> TensorBuffer:
        """The place of an array that the caller gives or is given; the leaf that describes it learns where it lies."""
        op = self.allocate(type)
        self.arrays.append((op, [leaf], kind))
        return TensorBuffer(op.result)

    # -- operations --------------------------------------------------------------------------------------------------

    def block(self, block) -> None:
        for view in list(block.operations):
            op = view.operation
            handler = visits.get(op.name)
            if handler is not None:
                handler(self, op)
            elif any(is_tensor(v) for v in [*op.operands, *op.results]):
                raise refusal(op, f"{op.name} on whole arrays cannot be part of a kernel")

    @visits("tensor.extract")
    def extract(self, op):
        with edit.before(op):
            op.results[0].replace_all_uses_with(
                self.places[op.operands[0]].load(list(op.operands)[1:], op.results[0].type)
            )
        op.erase()

    @visits("tensor.insert")
    def insert(self, op):
        scalar, tensor, *indices = op.operands
        place = self.owned(tensor, op)
        with edit.before(op):
            place.store(scalar, indices)
        self.finish(op, place)

    @visits("tensor.empty")
    def empty(self, op):
        self.finish(op, self.local(op.results[0].type))

    @visits("tensor.splat")
    def splat(self, op):
        if _only_starts_sums(op):
            return
        place = self.local(op.results[0].type)
        with edit.before(op):
            fill(place, op.operands[0], op.results[0].type)
        self.finish(op, place)

    @visits("tensor.from_elements")
    def from_elements(self, op):
        type = op.results[0].type
        place = self.local(type)
        with edit.before(op):
            for k, value in enumerate(op.operands):
                place.store(value, [index_constant(i) for i in _unravel(k, type.shape)])
        self.finish(op, place)

    @visits("arith.constant")
    def constant(self, op):
        if not is_tensor(op.results[0]) or _only_starts_sums(op):
            return
        type = op.results[0].type
        place = self.local(type)
        with edit.before(op):
            elements = constant_elements(ir.DenseElementsAttr(op.attributes["value"]), type)
            if len(elements) == 1:
                fill(place, arith.constant(type.element_type, elements[0]), type)
            else:
                for k, element in enumerate(elements):
                    value = arith.constant(type.element_type, element)
                    place.store(value, [index_constant(i) for i in _unravel(k, type.shape)])
        self.finish(op, place)

    @visits("tensor.dim")
    def dim(self, op):
        with edit.before(op):
            extent = op.operands[0].type.shape[_constant_index(op.operands[1])]
            op.results[0].replace_all_uses_with(index_constant(extent))
        op.erase()

    @visits("arith.select")
    def select(self, op):
        if not is_tensor(op.results[0]):
            return
        cond, if_true, if_false = op.operands
        place = self.local(op.results[0].type)
        with edit.before(op):
            branch = scf.IfOp(cond, has_else=True)
            for block, value in ((branch.then_block, if_true), (branch.else_block, if_false)):
                with ir.InsertionPoint(block):
                    copy(self.places[value], place, value.type)
                    scf.yield_([])
        self.finish(op, place)

    def panels(self, element, location) -> ir.Value:
        """Room that all products of one type use, one after the other."""
        name = str(element)
        if name not in self.rooms:
            products = [SumOfTerms(op) for op in edit.walk(self.body) if op.name == "linalg.generic"]
            shape = gemm_calls.register_shape(name, self.options)
            sizes = [gemm_calls.room(found, shape) for m in products if str(m.init.type.element_type) == name
                     and (found := gemm_calls.product(m, self.options)) is not None]  # fmt: skip
            self.rooms[name] = self.local(ir.RankedTensorType.get([max(sizes)], element, loc=location))
        return self.rooms[name].buffer

    @visits("linalg.generic")
    def product(self, op):
        """A product that is a call; others are loops already. It adds to its last operand, or to zeros of its own."""
        m = SumOfTerms(op)
        found = gemm_calls.product(m, self.options)
        inputs = (found.a, found.b) if found else dot_calls.rows_times_vector(m, self.options)
        if inputs is None:
            raise refusal(op, "a whole-array operation cannot be part of a kernel")
        start, type = m.start, op.results[0].type
        place = self.owned(m.init, op) if start is None else self.local(type)
        panels = self.panels(type.element_type, op.location) if found else None
        with edit.before(op):
            if start is not None:
                fill(place, arith.constant(type.element_type, start), type)
            buffers = [*(self.places[m.inputs[k]].whole(m.inputs[k].type) for k in inputs), place.whole(type)]
            if found is not None and panels is not None:
                shape = gemm_calls.register_shape(str(type.element_type), self.options)
                gemm_calls.emit_call(self.layout.func.block, found, shape, buffers, panels)
            else:
                dot_calls.emit_rows_times_vector(self.layout.func.block, m, self.options, buffers)
        maker = edit.defining_op(m.init)
        self.finish(op, place)
        if start is not None and maker is not None and not list(maker.results[0].uses):
            maker.erase()

    def finish(self, op, place: TensorBuffer):
        """`op`'s tensor result lives there from here on."""
        self.retire(op, {0: place})

    def retire(self, op, places: dict, new=None):
        """Replace op's tensor results by stand-ins with places, its other results by those of `new`, and erase it.

        A stand-in is an operation without operands that keeps the place and the uses of the value.
        """
        others = iter(new.results if new is not None else [])
        for k, result in enumerate(op.results):
            if k in places:
                with edit.before(op):
                    stand_in = ir.Operation.create("dsl.tensor", results=[result.type]).results[0]
                self.places[stand_in] = places[k]
                result.replace_all_uses_with(stand_in)
            else:
                result.replace_all_uses_with(next(others))
        edit.erase(op)

    # -- control flow ------------------------------------------------------------------------------------------------

    @visits("scf.if")
    def if_(self, op):
        new = edit.transplant(op, list(op.operands), [r.type for r in op.results if not is_tensor(r)])
        tensors = [k for k, r in enumerate(op.results) if is_tensor(r)]
        ends = []
        for region in new.regions:
            for block in region.blocks:
                self.block(block)
                ends.append(edit.terminator(block))
        # Both branches handing on one buffer is the usual case: nothing to do. Otherwise both fill a new one.
        places = {}
        for k in tensors:
            values = [end.operands[k] for end in ends]
            same = len({self.places[v] for v in values}) == 1
            if same and all(self.consumable(v, end) for v, end in zip(values, ends)):
                places[k] = self.places[values[0]]
                continue
            places[k] = self.local(op.results[k].type)
            for value, end in zip(values, ends):
                with edit.before(end):
                    copy(self.places[value], places[k], value.type)
        for region in new.regions:
            for block in region.blocks:
                _drop_tensors(block)
        self.retire(op, places, new)

    def enter(self, block, places: dict):
        """Block arguments that are tensors live in these places; the arguments go."""
        for k in sorted(places, reverse=True):
            argument = block.arguments[k]
            with edit.at_start(block), block.operations[0].location:
                stand_in = ir.Operation.create("dsl.tensor", results=[argument.type]).results[0]
            self.places[stand_in] = places[k]
            argument.replace_all_uses_with(stand_in)
            block.erase_argument(k)

    @visits("func.return")
    def return_(self, op):
        moves, bound = [], {}
        for value, leaf in zip(op.operands, self.layout.results):
            if not is_tensor(value):
                continue
            source = self.places[value]
            if "updates" in leaf:
                target = self.arguments[leaf["updates"]]
                next(leaves for alloc, leaves, _ in self.arrays if alloc.result == target.buffer).append(leaf)
            elif is_list(value):
                buffers = [buffer for buffer, _ in self.returned_lists]
                is_local = any(TensorBuffer(alloc.result) == source for alloc, _ in self.locals)
                target = source if is_local and source.buffer not in buffers else self.local(value.type)
                self.returned_lists.append((target.buffer, leaf))
            else:
                target = self.array(value.type, leaf, "result")
                if source not in bound and any(TensorBuffer(alloc.result) == source for alloc, _ in self.locals):
                    bound[source] = target
                    continue
            moves.append((source, target, value.type))
        with edit.before(op):
            parallel_copy(moves, self.local)
        for source, target in bound.items():
            # A local array that is returned is built in the result's binding from the start.
            source.buffer.replace_all_uses_with(target.buffer)
        _drop_tensors(self.body)

    def place_buffers(self) -> None:
        """Arrays of the caller, lists, and local arrays that have no place on the stack become bindings."""
        lists = [op for op, type in self.locals if not type.has_static_shape]
        others = self.place_on_stack([op for op, type in self.locals if type.has_static_shape])
        own = shared_buffers.room_for_arrays(self.layout, [op for op, _, _ in self.arrays], lists, others)
        shared = [(op, leaves) for k, (op, leaves, _) in enumerate(self.arrays) if k not in own]
        for op, leaves, kind in [self.arrays[k] for k in own]:
            self.bind(op, kind, leaves)
        place_lists(self.layout, lists, self.returned_lists)
        others = [op for op in others if list(op.results[0].uses)]
        if shared or shared_buffers.too_many(self.layout, len(others)):
            shared_buffers.share(self.layout, [*shared, *((op, []) for op in others)])
        else:
            for op in others:
                self.bind(op, "scratch", [])

    def bind(self, op, kind: str, leaves: list[dict]) -> None:
        """A buffer becomes a binding of its own."""
        memory = op.results[0].type
        op.results[0].replace_all_uses_with(self.layout.bind(kind, memory.element_type, list(memory.shape)))
        for leaf in leaves:
            leaf["binding"] = len(self.layout.bindings) - 1
        op.erase()

    def place_on_stack(self, allocations: list) -> list:
        """Small local arrays go on the stack, in order of appearance, while it lasts. Returns the others."""
        others, left = [], self.options.stack_bytes
        for op in allocations:
            memory = op.results[0].type
            if not list(op.results[0].uses):
                op.erase()
                continue
            bytes_ = math.prod(memory.shape) * max(8, bit_width(memory.element_type)) // 8
            if bytes_ > left:
                others.append(op)
                continue
            left -= bytes_
            with edit.before(op):
                op.results[0].replace_all_uses_with(memref.alloca(memory, [], []))
            op.erase()
        return others


def _only_starts_sums(op) -> bool:
    """Whether an operation makes equal elements, a known number, and only for sums to begin with: these make their own
    (`product`)."""
    uses = list(op.results[0].uses)
    users = [use.owner.operation for use in uses]
    starts = all(
        user.name == "linalg.generic" and use.operand_number == len(user.operands) - 1 for use, user in zip(uses, users)
    )
    return bool(uses) and starts and SumOfTerms(users[0]).start is not None


visits("scf.for")(lower_for)
visits("scf.while")(lower_while)
visits("scf.yield", "scf.condition", "dsl.tensor")(lambda lowering, op: None)


def _drop_tensors(block) -> None:
    """Take the tensors out of the operands of a block's terminator."""
    operands = list(edit.terminator(block).operands)
    if any(is_tensor(v) for v in operands):
        edit.replace_operands(edit.terminator(block), [v for v in operands if not is_tensor(v)])


def _erase_all(func, name: str) -> None:
    for op in [op for op in edit.walk(func) if op.name == name]:
        op.erase()


def _unravel(k: int, shape) -> list:
    indices = []
    for extent in reversed(list(shape)):
        indices.append(k % extent)
        k //= extent
    return indices[::-1]


def _constant_index(value) -> int:
    return ir.IntegerAttr(value.owner.attributes["value"]).value
