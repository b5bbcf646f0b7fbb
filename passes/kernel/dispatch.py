"""The function becomes an executable with one dispatch around it.

Before: func.func @f(%block: memref<8xi64>, %stack: memref<?xf64>) that works on memory.
After: a stream.executable holding it, its memrefs now views of bindings, and a host function @call that takes one
!hal.buffer for each binding, dispatches the executable once and does nothing else. The buffers belong to the caller, so
IREE allocates and copies nothing: a call costs little over a microsecond.

The size of a stack is known to the host only at run time. A GPU must be told how much of it to bind, so there @call
also takes an i64 for each stack. A CPU gets a pointer, whatever size is declared: there stacks are declared as small as
they may be, nothing in the call varies, and IREE records the command buffer once (1.1 µs a call where it was 1.8).
"""

from dataclasses import dataclass
from functools import reduce

from iree.compiler import ir
from iree.compiler.dialects import arith

from dsl.passes.ir import edit

from .layout import Layout, load_capacity
from .op_builder import index_constant

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


def wrap(module, layout: Layout, attributes: str) -> None:
    """Replace the function by its executable and @call; `attributes` is the text of the kernel's own attributes."""
    _bind(layout)
    edit.reset_signature(layout.func)
    parsed = ir.Module.parse(_host_text(layout), module.context)
    executable = parsed.body.operations[0].operation
    inner = executable.regions[0].blocks[0].operations[1].regions[0].blocks[0]
    for named in ir.DictAttr(ir.Attribute.parse(attributes, module.context)):
        layout.func.attributes[named.name] = named.attr
    called = [op.operation for op in module.body.operations if op.operation != layout.func]
    for op in [*called, layout.func]:
        inner.append(op)
    for view in list(parsed.body.operations):
        module.body.append(view.operation)


def _bind(layout: Layout) -> None:
    """Each memref argument becomes a view of its binding."""
    body = layout.func.regions[0].blocks[0]
    old = len(body.arguments)
    binding_type = ir.Type.parse("!stream.binding")
    block = None
    with edit.at_start(body), layout.func.location:
        zero = index_constant(0)
        for k, buffer in enumerate(layout.buffers):
            binding = body.add_argument(binding_type, layout.func.location)
            room = [load_capacity(block, stack) for stack in layout.stacks_in(k)]
            dynamic = [reduce(arith.addi, room)] if room else []
            view = ir.Operation.create(
                "stream.binding.subspan", results=[buffer.type], operands=[binding, zero, *dynamic]
            ).results[0]
            block = block or view
            buffer.replace_all_uses_with(view)
    for _ in range(old):
        body.erase_argument(0)


@dataclass
class _Argument:
    """How @call sees a binding."""

    number: int
    tensor: str
    size: str  # "{%nK}" where the size is a parameter
    written: bool

    @property
    def imported(self) -> str:
        convert = f"%n{self.number} = arith.index_cast %c{self.number} : i64 to index\n  " if self.size else ""
        number = self.number
        return f"{convert}%t{number} = hal.tensor.import %b{number} : !hal.buffer -> {self.tensor}{self.size}"


def _host_text(layout: Layout) -> str:
    arguments = [_argument(layout, k) for k in range(len(layout.bindings))]
    sized = [a for a in arguments if a.size]
    written = [a for a in arguments if a.written]
    return _SKELETON.format(
        name=layout.entry,
        parameters=", ".join([f"%b{a.number}: !hal.buffer" for a in arguments] + [f"%c{a.number}: i64" for a in sized]),
        imports="\n  ".join(a.imported for a in arguments),
        operands=", ".join(f"%t{a.number}" for a in arguments),
        types=", ".join(a.tensor + a.size for a in arguments),
        tied=", ".join(f"%t{a.number}{a.size}" for a in written),
        tied_names=f"%r:{len(written)}",
        tied_names_flat=", ".join(f"%r#{k}" for k in range(len(written))),
        tied_types=", ".join(a.tensor for a in written),
    )


def _argument(layout: Layout, k: int) -> _Argument:
    binding, stacks = layout.bindings[k], layout.stacks_in(k)
    extents, size = binding["shape"], ""
    if extents is None:
        minimum = sum(stack.minimum for stack in stacks)
        extents, size = (["?"], f"{{%n{k}}}") if layout.sized_call else ([minimum], "")
    tensor = f"tensor<{''.join(f'{extent}x' for extent in extents)}{binding['type']}>"
    updated = any(leaf.get("binding") == k and leaf.get("updated") for leaf in layout.args)
    return _Argument(k, tensor, size, updated or binding["kind"] != "array")
