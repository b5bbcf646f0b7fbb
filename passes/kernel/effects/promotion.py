"""Cells become SSA values.

A cell is a mutable scalar of the whole kernel (a stack pointer, the number of the first failure), read by
`dsl.cell_get` and written by `dsl.cell_set`. Memory would hold it, but SPIR-V has no alloca here, and a value in a
register is what one wants in a loop anyway. So each cell is threaded through the structured control flow: an scf
operation that writes a cell takes its value in and gives it back.

Before: `%s = "dsl.cell_get"() {cell = "n"}` … `"dsl.cell_set"(%s1) {cell = "n"}` inside an scf.for.
After: the scf.for carries `%s` as an iteration argument and yields `%s1`.

Sound because control flow is structured and cells are visible to nothing else: the value at each point is the last one
set on the only path to it.
"""

from iree.compiler import ir

from dsl.passes.ir import edit, ops

visits = ops.Visitors()


def promote(func, initial: dict) -> dict:
    """Replace all cell operations in `func`; `initial` maps each cell to its value on entry. Returns the final ones."""
    env = dict(initial)
    _block(func.regions[0].blocks[0], env)
    return env


def _block(block, env):
    for view in list(block.operations):
        op = view.operation
        if op.name == "dsl.cell_get":
            op.results[0].replace_all_uses_with(env[_cell(op)])
            op.erase()
        elif op.name == "dsl.cell_set":
            env[_cell(op)] = op.operands[0]
            op.erase()
        elif len(op.regions):
            _structured(op, env)


def _structured(op, env):
    cells = _written(op)
    if not cells:
        for region in op.regions:
            for block in region.blocks:
                _block(block, dict(env))
        return
    values = [env[cell] for cell in cells]
    types = [value.type for value in values]
    operands = list(op.operands) + ([] if op.name == "scf.if" else values)
    count = len(op.results)
    new = edit.rebuild(op, operands, [result.type for result in op.results] + types)
    visits[new.name](new, cells, types, env)
    for k, cell in enumerate(cells):
        env[cell] = new.results[count + k]


@visits("scf.if")
def _if(op, cells, types, env):
    edit.ensure_else(op)
    for region in op.regions:
        inner = dict(env)
        _block(region.blocks[0], inner)
        _extend(region.blocks[0], [inner[cell] for cell in cells])


@visits("scf.for", "scf.while")
def _loop(op, cells, types, env):
    """scf.for has one region, scf.while two (before, after): each takes the cells in and hands them on."""
    for region in op.regions:
        block = region.blocks[0]
        inner = dict(env)
        for cell, type in zip(cells, types):
            inner[cell] = block.add_argument(type, op.location)
        _block(block, inner)
        _extend(block, [inner[cell] for cell in cells])


def _extend(block, values):
    edit.replace_operands(edit.terminator(block), list(edit.terminator(block).operands) + values)


def _cell(op) -> str:
    return ir.StringAttr(op.attributes["cell"]).value


def _written(op) -> list:
    """The cells set anywhere inside `op`, in the order of their first write."""
    return list(dict.fromkeys(_cell(inner) for inner in edit.walk(op) if inner.name == "dsl.cell_set"))
