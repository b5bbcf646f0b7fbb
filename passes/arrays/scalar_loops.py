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

from dsl.passes.ir import edit, ops
from dsl.passes.ir.expr import Expr, constant, element_type, emit, is_float
from dsl.passes.ir.limits import SUMS_AT_ONCE
from dsl.passes.ir.maps import GENERIC, SumOfTerms
from dsl.passes.ir.slices import EXTRACT, INSERT, SLICES, Slice, taken_from


def write_out(func: ir.Operation, chosen: Callable[[SumOfTerms], bool] = lambda m: True) -> None:
    """Write out the operations of a function that are `chosen`."""
    for op in [op for op in edit.walk(edit.entry_block(func)) if op.name == GENERIC]:
        m = SumOfTerms(op)
        if chosen(m):
            _write_nest(m)
    for op in [op for op in edit.walk(edit.entry_block(func)) if op.name in SLICES]:
        with edit.before(op):
            result = _copied(op) if list(op.results[0].uses) else None
        if result is not None:
            op.results[0].replace_all_uses_with(result)
        op.erase()


def _write_nest(m: SumOfTerms) -> None:
    """Write out one operation; where it adds to a slice that is put back, it adds to the array itself."""
    op, target = m.op, _put_back(m)
    init = m.init
    with edit.before(op):
        result = _Nest(m, target and taken_from(init)).run()
    (target or op).results[0].replace_all_uses_with(result)
    if target is not None:
        target.erase()
    edit.erase(op)
    _sweep(init)


def _put_back(m: SumOfTerms) -> ir.Operation | None:
    """The operation that puts the result in the place of the slice that it adds to, where nothing is between."""
    found, uses = taken_from(m.init), list(m.op.results[0].uses)
    if found is None or len(uses) != 1 or len(list(m.init.uses)) != 1:
        return None
    user, (tensor, part) = uses[0].owner.operation, found
    if user.name != INSERT or user.operands[1] != tensor or user.block != m.op.block or Slice.of(user) != part:
        return None
    return user if user.operands[0] == m.op.results[0] and len(list(tensor.uses)) == 2 else None


def _sweep(value: ir.Value) -> None:
    """Erase what made a value that nothing uses any longer."""
    maker = edit.defining_op(value)
    if maker is not None and ops.row(maker).pure and not len(maker.regions) and not list(value.uses):
        operands = list(maker.operands)
        maker.erase()
        for operand in operands:
            _sweep(operand)


def _copied(op: ir.Operation) -> ir.Value:
    """What a slice makes, element by element."""
    part = Slice.of(op)
    shape = [part.sizes[k] for k in part.kept]
    source = op.operands[0]

    def level(at: list[ir.Value], carried: ir.Value) -> ir.Value:
        if len(at) < len(shape):
            return counted(shape[len(at)], carried, lambda k, inside: level([*at, k], inside))
        place, kind = part.place(at), element_type(source.type)
        here, there = (place, at) if op.name == EXTRACT else (at, place)
        element = emit("tensor.extract", [source, *here], [kind]).result
        return emit("tensor.insert", [element, carried, *there], [carried.type]).result

    if op.name == INSERT:
        return level([], op.operands[1])
    return level([], emit("tensor.empty", [], [op.results[0].type]).result)


def counted(extent: int, carried: ir.Value, body: Callable) -> ir.Value:
    """A loop over so many indices; `body(index, carried)` returns what is carried on."""
    index = ir.IndexType.get()
    bounds = [constant(bound, index) for bound in (0, extent, 1)]
    loop = ir.Operation.create("scf.for", results=[carried.type], operands=[*bounds, carried], regions=1)
    block = ir.Block.create_at_start(loop.regions[0], [index, carried.type], [ir.Location.current] * 2)
    with ir.InsertionPoint(block):
        emit("scf.yield", [body(*block.arguments)])
    return loop.results[0]


def innermost(m: SumOfTerms) -> int:
    """The dimension of the innermost loop."""

    def rank(d: int) -> tuple[int, bool, int]:
        strided = sum(1 for dims in m.maps if d in dims[:-1])
        return strided, d in m.result_map, -d

    return min(range(len(m.extents)), key=rank)


class _Nest:
    """The loops for one operation. `at` are the indices known so far, `elements` the inputs read at them."""

    def __init__(self, m: SumOfTerms, target: tuple[ir.Value, Slice] | None = None):
        self.m, self.target = m, target
        last = innermost(m)
        # outside of the innermost dimension first those of the result, then those that are summed over; where the
        # innermost is summed over, so are the loops directly around it
        order = [*m.result_map, *m.summed]
        self.order = [d for d in order if d != last] + [last]
        self.sums_inside = last not in m.result_map
        self.start = m.start
        self.at: dict[int, ir.Value] = {}
        self.elements: dict[int, ir.Value] = {}

    def run(self) -> ir.Value:
        m = self.m
        self._read()
        if self.start is None and not m.is_map:
            return self._over(0, m.init if self.target is None else self.target[0])
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
        if self.m.is_map:
            return self._term()
        if self.start is None or self.m.summed:
            return (Expr(self._result_element(carried)) + Expr(self._term())).value
        return self._term() if self.m.starts_at_zero else (Expr(self._start()) + Expr(self._term())).value

    def _sum(self, level: int, total: ir.Value) -> ir.Value:
        """The loops from `level` on, which carry one element of it."""
        if level == len(self.order):
            return (Expr(total) + Expr(self._term())).value
        is_long = self.m.extents[self.order[level]] >= 2 * SUMS_AT_ONCE
        if level == len(self.order) - 1 and is_long and is_float(total.type):
            return self._in_lanes(level, total)
        return self._loop(level, total, self._sum)

    def _in_lanes(self, level: int, total: ir.Value) -> ir.Value:
        """The innermost loop of a sum in several sums beside each other, which LLVM computes in vectors."""
        d, index, kind = self.order[level], ir.IndexType.get(), total.type
        lanes = ir.RankedTensorType.get([SUMS_AT_ONCE], kind)
        turns, rest = divmod(self.m.extents[d], SUMS_AT_ONCE)
        width = constant(SUMS_AT_ONCE, index)

        def one(j: ir.Value, first: ir.Value, sums: ir.Value) -> ir.Value:
            so_far = emit("tensor.extract", [sums, j], [kind]).result
            more = self._at(d, (Expr(first) + Expr(j)).value, lambda: (Expr(so_far) + Expr(self._term())).value)
            return emit("tensor.insert", [more, sums, j], [lanes]).result

        def turn(k: ir.Value, sums: ir.Value) -> ir.Value:
            first = (Expr(k) * Expr(width)).value
            return counted(SUMS_AT_ONCE, sums, lambda j, inside: one(j, first, inside))

        sums = counted(turns, edit.zero(lanes), turn)
        parts = [emit("tensor.extract", [sums, constant(j, index)], [kind]).result for j in range(SUMS_AT_ONCE)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [(Expr(x) + Expr(y)).value for x, y in zip(parts[:half], parts[half:], strict=True)]
        total = (Expr(total) + Expr(parts[0])).value
        behind = constant(turns * SUMS_AT_ONCE, index)

        def last(k: ir.Value, so_far: ir.Value) -> ir.Value:
            at = (Expr(behind) + Expr(k)).value
            return self._at(d, at, lambda: (Expr(so_far) + Expr(self._term())).value)

        return counted(rest, total, last) if rest else total

    def _at(self, d: int, k: ir.Value, body: Callable[[], ir.Value]) -> ir.Value:
        """What `body` makes where the index of a dimension is known."""
        known, self.at = self.at, {**self.at, d: k}
        elements, self.elements = self.elements, dict(self.elements)
        self._read()
        result = body()
        self.at, self.elements = known, elements
        return result

    def _loop(self, level: int, carried: ir.Value, body: Callable) -> ir.Value:
        d = self.order[level]

        return counted(
            self.m.extents[d], carried, lambda k, so_far: self._at(d, k, lambda: body(level + 1, so_far))
        )  # fmt: skip

    def _read(self) -> None:
        for k, (operand, dims) in enumerate(zip(self.m.inputs, self.m.maps[:-1], strict=True)):
            if k not in self.elements and set(dims) <= set(self.at):
                self.elements[k] = self._extract(operand, [self.at[d] for d in dims])

    def _term(self) -> ir.Value:
        return self.m.term_of([self.elements[k] for k in range(len(self.m.inputs))])[0]

    def _place(self) -> list[ir.Value]:
        """The index of the element of the result."""
        at = [self.at[d] for d in self.m.result_map]
        return at if self.target is None else self.target[1].place(at)

    def _result_element(self, carried: ir.Value) -> ir.Value:
        return emit("tensor.extract", [carried, *self._place()], [element_type(carried.type)]).result

    def _extract(self, tensor: ir.Value, at: list[ir.Value]) -> ir.Value:
        """An element of an input: of what it is a slice of, so that the slice need not exist."""
        if not isinstance(tensor.type, ir.RankedTensorType):
            return tensor
        while (found := taken_from(tensor)) is not None:
            tensor, at = found[0], found[1].place(at)
        return emit("tensor.extract", [tensor, *at], [element_type(tensor.type)]).result

    def _insert(self, value: ir.Value, tensor: ir.Value) -> ir.Value:
        return emit("tensor.insert", [value, tensor, *self._place()], [tensor.type]).result
