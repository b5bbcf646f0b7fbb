"""A whole-array operation becomes a nest of loops over its index space.

Before: `%r = linalg.generic ins(%a, %b) outs(%init) { term }`
After:  `scf.for %i { scf.for %k { %x = tensor.extract %a[%i, %k]; scf.for %j { r[i, j] += term } } }`

Elements are read in the outermost loop in which their indices are known. The innermost dimension is one along which the
fewest operands are strided; one that is summed over, if it can be, whose sum is then a scalar until the end. In every
nest an element's terms are added in the order of the indices that are summed over, so that all orders of loops give
the same result, that of a loop in Python.
"""

from __future__ import annotations

from collections.abc import Callable

from iree.compiler import ir

from dsl.passes.ir import edit
from dsl.passes.ir.expr import Expr, constant, element_type, emit
from dsl.passes.ir.maps import GENERIC, SumOfTerms


def write_out(func: ir.Operation, chosen: Callable[[SumOfTerms], bool] = lambda m: True) -> None:
    """Write out the operations of a function that are `chosen`."""
    for op in [op for op in edit.walk(edit.entry_block(func)) if op.name == GENERIC]:
        m = SumOfTerms(op)
        if chosen(m):
            with edit.before(op):
                result = _Nest(m).run()
            op.results[0].replace_all_uses_with(result)
            edit.erase(op)


def known_start(m: SumOfTerms) -> ir.Attribute | None:
    """The number that all elements of `init` are, where that is a constant."""
    maker = edit.defining_op(m.init)
    if maker is None:
        return None
    if maker.name == "tensor.splat":
        maker = edit.defining_op(maker.operands[0])
        return maker.attributes["value"] if maker is not None and maker.name == "arith.constant" else None
    if maker.name != "arith.constant":
        return None
    elements = ir.DenseElementsAttr(maker.attributes["value"])
    return elements.get_splat_value() if elements.is_splat else None


def innermost(m: SumOfTerms) -> int:
    """The dimension of the innermost loop."""

    def rank(d: int) -> tuple[int, bool, int]:
        strided = sum(1 for dims in m.maps if d in dims[:-1])
        return strided, d in m.result_map, -d

    return min(range(len(m.extents)), key=rank)


class _Nest:
    """The loops for one operation. `at` are the indices known so far, `elements` the inputs read at them."""

    def __init__(self, m: SumOfTerms):
        self.m = m
        last = innermost(m)
        # outside of the innermost dimension first those of the result, then those that are summed over; where the
        # innermost is summed over, so are the loops directly around it
        order = [*m.result_map, *m.summed]
        self.order = [d for d in order if d != last] + [last]
        self.sums_inside = last not in m.result_map
        self.start = known_start(m)
        self.at: dict[int, ir.Value] = {}
        self.elements: dict[int, ir.Value] = {}

    def run(self) -> ir.Value:
        m = self.m
        self._read()
        if self.start is None:
            return self._over(0, m.init)
        made = emit("tensor.empty", [], [m.init.type]).result
        needs_start = not self.sums_inside and m.summed
        return self._over(0, self._filled() if needs_start else made)

    def _filled(self) -> ir.Value:
        return emit("tensor.splat", [self._start()], [self.m.init.type]).result

    def _start(self) -> ir.Value:
        kind = element_type(self.m.init.type)
        return emit("arith.constant", [], [kind], value=self.start).result

    def _over(self, level: int, carried: ir.Value) -> ir.Value:
        """The loops from `level` on, which carry the result."""
        if self.sums_inside and set(self.m.result_map) <= set(self.at):
            total = self._start() if self.start is not None else self._result_element(carried)
            return self._insert(self._sum(level, total), carried)
        if level == len(self.order):
            return self._insert(self._element(carried), carried)
        return self._loop(level, carried, self._over)

    def _element(self, carried: ir.Value) -> ir.Value:
        """The element of the result, with one term more."""
        if self.start is None or self.m.summed:
            return (Expr(self._result_element(carried)) + Expr(self._term())).value
        return self._term() if self._starts_at_zero() else (Expr(self._start()) + Expr(self._term())).value

    def _starts_at_zero(self) -> bool:
        return self.start.value == 0 if isinstance(self.start, ir.FloatAttr | ir.IntegerAttr) else False

    def _sum(self, level: int, total: ir.Value) -> ir.Value:
        """The loops from `level` on, which carry one element of it."""
        if level == len(self.order):
            return (Expr(total) + Expr(self._term())).value
        return self._loop(level, total, self._sum)

    def _loop(self, level: int, carried: ir.Value, body: Callable) -> ir.Value:
        index, d = ir.IndexType.get(), self.order[level]
        bounds = [constant(bound, index) for bound in (0, self.m.extents[d], 1)]
        loop = ir.Operation.create("scf.for", results=[carried.type], operands=[*bounds, carried], regions=1)
        block = ir.Block.create_at_start(loop.regions[0], [index, carried.type], [ir.Location.current] * 2)
        known, self.at = self.at, {**self.at, d: block.arguments[0]}
        elements, self.elements = self.elements, dict(self.elements)
        with ir.InsertionPoint(block):
            self._read()
            emit("scf.yield", [body(level + 1, block.arguments[1])])
        self.at, self.elements = known, elements
        return loop.results[0]

    def _read(self) -> None:
        for k, (operand, dims) in enumerate(zip(self.m.inputs, self.m.maps[:-1], strict=True)):
            if k not in self.elements and set(dims) <= set(self.at):
                self.elements[k] = self._extract(operand, [self.at[d] for d in dims])

    def _term(self) -> ir.Value:
        return self.m.term_of([self.elements[k] for k in range(len(self.m.inputs))])[0]

    def _result_element(self, carried: ir.Value) -> ir.Value:
        return self._extract(carried, [self.at[d] for d in self.m.result_map])

    def _extract(self, tensor: ir.Value, at: list[ir.Value]) -> ir.Value:
        return emit("tensor.extract", [tensor, *at], [element_type(tensor.type)]).result

    def _insert(self, value: ir.Value, tensor: ir.Value) -> ir.Value:
        return emit("tensor.insert", [value, tensor, *(self.at[d] for d in self.m.result_map)], [tensor.type]).result
