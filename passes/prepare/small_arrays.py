"""Small arrays become numbers: scalar replacement of aggregates.

Before: `%r = scf.for ... iter_args(%a = %v) -> tensor<2xf64> { %x = tensor.extract %a[%c0]; ...
         %b = tensor.insert %y into %a[%c1]; scf.yield %b }`
After:  `%r:2 = scf.for ... iter_args(%a0 = %v0, %a1 = %v1) -> (f64, f64) { ...; scf.yield %a0, %y }`

All versions of an array are replaced, or none (array_webs.py). Where all its elements are read and written at constant
places, each of its tensors is replaced by its elements; so it is, by comparisons of the index, where it has very few
and is read or written at places known only at run time. Any other array stays as it is. Where a tensor comes from
elsewhere (an argument of the function) its elements are read there; where one goes elsewhere (a result of the
function) a tensor is made of them.

Sound because tensors are values: which number an element is at a point of the program depends on SSA values alone, and
the numbers travel on the very paths that the tensors took. Nothing runs that did not run before, but for reads of the
elements of arguments, which have no effect.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from iree.compiler import ir

from dsl.passes.ir import edit, ops
from dsl.passes.ir.dense_constants import constant_elements
from dsl.passes.ir.expr import Expr, constant, element_type, emit

from .array_webs import chosen_arrays, count_of, flat_index, index_of


def dissolve(module: ir.Module) -> None:
    """Replace the small arrays of every function by their elements, where that can be."""
    for func in module.body.operations:
        body = edit.entry_block(func.operation)
        chosen = chosen_arrays(body)
        if chosen:
            _Dissolving(chosen).run(body)
        _sweep(body)


visits = ops.Visitors()


class _Dissolving:
    """One run over one function. Nothing is erased before the end, so that no new value can be taken for an old one."""

    def __init__(self, chosen: set[ir.Value]):
        self.chosen = chosen
        self.elements: dict[ir.Value, list[ir.Value]] = {}
        self.replaced: list[ir.Operation] = []
        self.arguments: list[tuple[ir.Block, int]] = []  # blocks that begin with that many arguments too many

    def run(self, body: ir.Block) -> None:
        steps = edit.operations(body)
        for argument in body.arguments:
            if argument in self.chosen:
                with edit.at_start(body), steps[-1].location:
                    self.elements[argument] = _taken_apart(argument)
        self.operations(steps)
        for op in reversed(self.replaced):
            op.erase()
        for block, count in self.arguments:
            for k in reversed(range(count)):
                block.erase_argument(k)

    def operations(self, steps: list[ir.Operation]) -> None:
        for op in steps:
            with ir.InsertionPoint(op), op.location:
                self.operation(op)

    def operation(self, op: ir.Operation) -> None:
        name = op.name
        if op.name == "linalg.generic":
            self.other(op)
        elif len(op.regions):
            self.region_holder(op)
        elif name in ops.ENDS and name != "func.return":
            self.terminator(op)
        elif name in visits:
            visits[name](self, op)
        elif name.startswith(("arith.", "math.", "dsl.stop_gradient")):
            if len(op.results) and op.results[0] in self.chosen:
                self.elementwise(op)
        else:
            self.other(op)

    def other(self, op: ir.Operation) -> None:
        """An operation that needs whole arrays, or makes one in a way of its own."""
        for k, operand in enumerate(op.operands):
            if operand in self.chosen:
                op.operands[k] = _put_together(self.elements[operand], operand.type)
        for result in op.results:
            if result in self.chosen:
                following = edit.operations(op.block)
                with ir.InsertionPoint(following[following.index(op) + 1]):
                    self.elements[result] = _taken_apart(result)

    def replace(self, op: ir.Operation, elements: list[ir.Value]) -> None:
        self.elements[op.results[0]] = elements
        self.replaced.append(op)

    @visits("tensor.from_elements")
    def from_elements(self, op: ir.Operation) -> None:
        if op.results[0] in self.chosen:
            self.replace(op, list(op.operands))

    @visits("tensor.splat")
    def splat(self, op: ir.Operation) -> None:
        if op.results[0] in self.chosen:
            self.replace(op, [op.operands[0]] * count_of(op.results[0]))

    @visits("tensor.empty")
    def empty(self, op: ir.Operation) -> None:
        """Elements that are never read, whatever they are."""
        if op.results[0] in self.chosen:
            self.replace(op, [constant(0, element_type(op.results[0].type))] * count_of(op.results[0]))

    @visits("arith.constant")
    def constant(self, op: ir.Operation) -> None:
        if op.results[0] in self.chosen:
            kind = ir.RankedTensorType(op.results[0].type)
            values = constant_elements(ir.DenseElementsAttr(op.attributes["value"]), kind)
            made = [emit("arith.constant", [], [kind.element_type], value=value).result for value in values]
            self.replace(op, made if len(made) == count_of(op.results[0]) else made * count_of(op.results[0]))

    @visits("tensor.insert")
    def insert(self, op: ir.Operation) -> None:
        if op.results[0] not in self.chosen:
            return
        elements, value = list(self.elements[op.operands[1]]), op.operands[0]
        flat = flat_index(op, 1)
        if flat is not None:
            elements[flat] = value
        else:
            at = index_of(op, 1)
            for k, old in enumerate(elements):
                elements[k] = at.equals(k).select(Expr(value), Expr(old)).value
        self.replace(op, elements)

    @visits("tensor.extract")
    def extract(self, op: ir.Operation) -> None:
        if op.operands[0] not in self.chosen:
            return
        elements, flat = self.elements[op.operands[0]], flat_index(op, 0)
        found = elements[flat or 0]
        if flat is None:
            at = index_of(op, 0)
            for k, element in enumerate(elements[1:], 1):
                found = at.equals(k).select(Expr(element), Expr(found)).value
        op.results[0].replace_all_uses_with(found)
        self.replaced.append(op)

    def elementwise(self, op: ir.Operation) -> None:
        kind = element_type(op.results[0].type)
        columns = [self.elements.get(v) or [v] * count_of(op.results[0]) for v in op.operands]
        attributes = edit.dict_attributes(op)
        self.replace(op, [emit(op.name, row, [kind], **attributes).result for row in zip(*columns, strict=True)])

    # control flow and derivatives

    def terminator(self, op: ir.Operation) -> None:
        if any(v in self.chosen for v in op.operands):
            emit(op.name, self.expanded(op.operands), **edit.dict_attributes(op))
            self.replaced.append(op)

    def region_holder(self, op: ir.Operation) -> None:
        inside = edit.blocks(op)
        ends = [*op.operands, *op.results]
        is_changed = any(v in self.chosen for v in ends)
        for block in inside:
            if any(v in self.chosen for v in block.arguments):
                is_changed = True
                self.enter(block)
        for block in inside:
            self.operations(edit.operations(block))
        if is_changed:
            self.rebuild(op)

    def enter(self, block: ir.Block) -> None:
        old = list(block.arguments)
        for argument in old:
            kinds = self.types([argument])
            made = [block.add_argument(kind, ir.Location.current) for kind in kinds]
            if argument in self.chosen:
                self.elements[argument] = made
            else:
                argument.replace_all_uses_with(made[0])
        self.arguments.append((block, len(old)))

    def rebuild(self, op: ir.Operation) -> None:
        attributes = edit.dict_attributes(op)
        if "wrt" in attributes:
            attributes["wrt"] = self.positions(op)
        new = ir.Operation.create(
            op.name, results=self.types(op.results), operands=self.expanded(op.operands), attributes=attributes,
            regions=len(op.regions),
        )  # fmt: skip
        for old_region, new_region in zip(op.regions, new.regions, strict=True):
            for block in list(old_region.blocks):
                block.append_to(new_region)
        rest = iter(new.results)
        for result in op.results:
            made = list(itertools.islice(rest, len(self.types([result]))))
            if result in self.chosen:
                self.elements[result] = made
            else:
                result.replace_all_uses_with(made[0])
        self.replaced.append(op)

    def positions(self, op: ir.Operation) -> ir.Attribute:
        """The operands that a derivative is taken for, counted anew."""
        wrt, found, count = set(ir.DenseI64ArrayAttr(op.attributes["wrt"])), [], 0
        for k, operand in enumerate(op.operands):
            width = len(self.types([operand]))
            found += range(count, count + width) if k in wrt else []
            count += width
        return ir.DenseI64ArrayAttr.get(found)

    def types(self, values: Iterable[ir.Value]) -> list[ir.Type]:
        return [
            kind for v in values
            for kind in ([element_type(v.type)] * count_of(v) if v in self.chosen else [v.type])
        ]  # fmt: skip

    def expanded(self, values: Iterable[ir.Value]) -> list[ir.Value]:
        return [x for v in values for x in (self.elements[v] if v in self.chosen else [v])]


def _taken_apart(tensor: ir.Value) -> list[ir.Value]:
    shape, kind = ir.RankedTensorType(tensor.type).shape, element_type(tensor.type)
    index = ir.IndexType.get()
    places = itertools.product(*map(range, shape))
    return [emit("tensor.extract", [tensor, *(constant(k, index) for k in at)], [kind]).result for at in places]


def _put_together(elements: list[ir.Value], kind: ir.Type) -> ir.Value:
    return emit("tensor.from_elements" if elements else "tensor.empty", elements, [kind]).result


def _sweep(block: ir.Block) -> None:
    """Erase what nothing uses any longer."""
    for op in reversed(edit.operations(block)):
        if op.name.startswith("tensor.") and ops.row(op).pure:
            if next(iter(op.results[0].uses), None) is None:
                op.erase()
        else:
            for inner in edit.blocks(op):
                _sweep(inner)
