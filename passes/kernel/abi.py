"""The function becomes an executable with one dispatch around it.

Before: func.func @f(%block: memref<8xi64>, %stack: memref<?xf64>, %capacity: index) that works on memory.
After: a stream.executable holding it, its memrefs now views of bindings, and a host function @call that takes one
!hal.buffer for each binding and one i64 for each capacity, dispatches the executable once and does nothing else. The
buffers belong to the caller, so IREE allocates and copies nothing: a call costs little over a microsecond.
"""

from iree.compiler import ir

from .build import Builder
from .layout import Layout
from .structured import terminator

_SKELETON = """
stream.executable private @kernel {{
  stream.executable.export public @{name} workgroups() -> (index, index, index) {{
    %c1 = arith.constant 1 : index
    stream.return %c1, %c1, %c1 : index, index, index
  }}
  builtin.module {{
  }}
}}
util.func public @call({parameters}) {{
  {imports}
  {tied_names} = flow.dispatch @kernel::@{name}({operands}) : ({types}) -> ({tied})
  util.optimization_barrier {tied_names_flat} : {tied_types}
  util.return
}}
"""


def sync_type(func) -> None:
    """Make the function's type agree with its body, whose arguments and results the passes have changed."""
    body = func.regions[0].blocks[0]
    inputs = [argument.type for argument in body.arguments]
    outputs = [value.type for value in terminator(body).operands]
    func.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(inputs, outputs))
    for name in ("res_attrs", "arg_attrs"):
        if name in func.attributes:
            del func.attributes[name]


def wrap(module, layout: Layout, attributes: str) -> None:
    """Replace the function by its executable and @call; `attributes` is the text of the kernel's own attributes."""
    _bind(layout)
    sync_type(layout.func)
    parsed = ir.Module.parse(_host_text(layout), module.context)
    executable = parsed.body.operations[0].operation
    inner = executable.regions[0].blocks[0].operations[1].regions[0].blocks[0]
    for named in ir.DictAttr(ir.Attribute.parse(attributes, module.context)):
        layout.func.attributes[named.name] = named.attr
    inner.append(layout.func)
    for view in list(parsed.body.operations):
        module.body.append(view.operation)


def _bind(layout: Layout) -> None:
    """Bindings first, then capacities; each memref argument becomes a view of its binding."""
    body = layout.func.regions[0].blocks[0]
    old = len(body.arguments)
    binding_type = ir.Type.parse("!stream.binding")
    with Builder(layout.func, ir.InsertionPoint.at_block_begin(body)) as b:
        zero = b.index(0)
        bindings = [body.add_argument(binding_type, layout.func.location) for _ in layout.buffers]
        capacities = {}
        for _, capacity in layout.buffers:
            if capacity is not None:
                capacities[capacity] = body.add_argument(ir.IndexType.get(), layout.func.location)
        for binding, (buffer, capacity) in zip(bindings, layout.buffers):
            dynamic = [] if capacity is None else [capacities[capacity]]
            view = ir.Operation.create(
                "stream.binding.subspan", results=[buffer.type], operands=[binding, zero, *dynamic]
            )
            buffer.replace_all_uses_with(view.results[0])
        for capacity, argument in capacities.items():
            capacity.replace_all_uses_with(argument)
    for _ in range(old):
        body.erase_argument(0)


def _host_text(layout: Layout) -> str:
    parameters, imports, operands, types, tied, tied_types = [], [], [], [], [], []
    sizes = []
    for k, binding in enumerate(layout.bindings):
        size = ""
        extents = binding["shape"]
        if extents is None:
            size = f"{{%n{k}}}"
            sizes.append(k)
            imports.append(f"%n{k} = arith.index_cast %c{k} : i64 to index")
        tensor = f"tensor<{''.join(f'{e}x' for e in extents or ['?'] * (extents is None))}{binding['type']}>"
        parameters.append(f"%b{k}: !hal.buffer")
        imports.append(f"%t{k} = hal.tensor.import %b{k} : !hal.buffer -> {tensor}{size}")
        operands.append(f"%t{k}")
        types.append(tensor + size)
        if binding["kind"] != "array" or _updated(layout, k):
            tied.append(f"%t{k}{size}")
            tied_types.append(tensor)
    names = f"%r:{len(tied)}"
    return _SKELETON.format(
        name=layout.entry,
        parameters=", ".join(parameters + [f"%c{k}: i64" for k in sizes]),
        imports="\n  ".join(imports),
        operands=", ".join(operands + [f"%n{k}" for k in sizes]),
        types=", ".join(types + ["index"] * len(sizes)),
        tied=", ".join(tied),
        tied_names=names,
        tied_names_flat=", ".join(f"%r#{k}" for k in range(len(tied))),
        tied_types=", ".join(tied_types),
    )


def _updated(layout: Layout, binding: int) -> bool:
    return any(leaf.get("binding") == binding and leaf.get("updated") for leaf in layout.args)
