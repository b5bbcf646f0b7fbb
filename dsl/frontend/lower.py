"""The entry of the front end: a Python function and example arguments, or their types, to an MLIR module."""

from __future__ import annotations

import inspect

import numpy as np
from iree.compiler import ir

from dsl.calling import pytree
from dsl.calling.binding import bind_arguments
from dsl.calling.lowered import Lowered
from dsl.calling.pytree import Tree
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.names import result_of
from dsl.frontend.engine.pools import make_pools
from dsl.frontend.protocols import constant
from dsl.frontend.values.frames import RESULT, Frame
from dsl.frontend.values.pooled import PoolPlan
from dsl.frontend.values.signals import Dead, KeepInPool, Specialize
from dsl.frontend.values.value import NONE, Tuple
from dsl.passes.ir.diagnostics import CompileError

from . import write_back
from .arguments import Inputs, Outputs
from .many_frames import many_frames
from .registry import interpreter
from .syntax import source


def lower(function, args: tuple = (), kwargs: dict | None = None, *, options: dict | None = None) -> Lowered:
    """Lowers a Python function for arguments of these types."""
    plain = source.undecorated(function)
    values = bind_arguments(plain, args, kwargs or {})
    try:
        with many_frames() as usual:
            return restarting(plain, values, {"recursion_limit": usual, **(options or {})})
    except CompileError as error:
        # without the frames in between: they hold pieces of IR that are gone, which must not be looked at
        raise error.with_traceback(None) from error.__cause__


def restarting(function, values: dict, options: dict | None) -> Lowered:
    """Lowers; again where the size of an array turns out to depend on an argument, or lists lie in a pool."""
    specialized: dict = {}
    pools = PoolPlan()
    while True:
        try:
            return lower_bound(function, values, options, specialized, pools)
        except KeepInPool:
            continue
        except Specialize as request:
            specialized.update(known_values(function, values, request.leaves))


def known_values(function, values: dict, wanted: set) -> dict:
    """The values of argument leaves that decide the sizes of arrays."""
    trees = [pytree.tree_of(value, name) for name, value in values.items()]
    tree = Tree(pytree.TUPLE, None, tuple(trees), tuple(range(len(trees))))
    leaves = tree.flattener()(tuple(values.values()))
    found = {}
    for k in wanted:
        leaf = tree.leaves()[k]
        if not isinstance(leaves[k], int | np.integer) or isinstance(leaves[k], np.bool_):
            info = source.find(function)
            place = info.place(info.node)
            raise CompileError(
                f"the size of an array depends on the argument {leaf.path}, of which only the type is given",
                place.filename, place.line, place.column, "give its value, such as 100, in place of the type")
        found[k] = int(leaves[k])
    return found


def lower_bound(function, values: dict, options: dict | None, specialized: dict, pools: PoolPlan) -> Lowered:
    """Lowers; a program that is refused once more without predictions, which are not to refuse any, and then with tags
    for objects that names may mean, rather than that these are changed no more. Before that, with the lists in a pool
    for which that was asked."""
    m = interpreter(options)
    m.pool_plan = pools
    try:
        return lower_once(m, function, values, specialized)
    except CompileError as refused:
        error = refused
    if pools.settle():
        raise KeepInPool from error
    for attempt in ({"predicts": False}, {"predicts": False, "tells_apart": True}):
        if m.store.has_frozen if "tells_apart" in attempt else m.has_predicted:
            m = interpreter({**(options or {}), **attempt})
            m.pool_plan = pools
            try:
                return lower_once(m, function, values, specialized)
            except CompileError as refused:
                if pools.settle():
                    raise KeepInPool from refused
                error = error if "tells_apart" in attempt else refused
    raise error


def lower_once(m: Interpreter, function, values: dict, specialized: dict) -> Lowered:
    info = source.find(function)
    m.recursion_limit = m.options["recursion_limit"]
    b = m.builder
    trees = {name: pytree.tree_of(value, name) for name, value in values.items()}
    in_tree = Tree(pytree.TUPLE, None, tuple(trees.values()), tuple(range(len(trees))))
    inputs = Inputs(m, in_tree, specialized)
    frame = m.frame = Frame(m.store, info, function)
    m.node = info.node
    b.location = m.location(info.node)
    with b.aside(*[inputs.type_of(leaf) for leaf in inputs.leaves]) as block:
        m.entry_block = block
        m.visit(lambda m, node: inputs.bind(block.arguments), info.node)
        make_pools(m)
        arguments = dict(zip(trees, inputs.values))
        value = run(m, info, function, arguments, frame)
        m.node = (frame.origins.get(RESULT) or (info, info.node))[1]
        b.location = m.location(m.node)
        outputs = m.visit(lambda m, node: Outputs(m, inputs, value), m.node)
        m.visit(lambda m, node: b.emit("func.return", [b.ssa(leaf) for leaf in outputs.values]), m.node)
        entry = emit_function(m, function.__name__, block, outputs)
    in_tree = write_back.marked(in_tree, inputs)
    verify(b.module)
    place = info.place(info.node)
    return Lowered(b.module, entry, tuple(trees), in_tree, outputs.tree, inputs.leaves, outputs.leaves,
                   outputs.mutated, outputs.rebound, dict(specialized), list(m.store.guards.found.values()),
                   m.always_fails, (place.filename, place.line, place.column))


def run(m: Interpreter, info, function, arguments: dict, frame: Frame):
    """Visits the entry function's body."""
    parameters = inspect.signature(function).parameters
    for name, parameter in parameters.items():
        if name not in arguments:
            if parameter.kind is parameter.VAR_POSITIONAL:
                arguments[name] = Tuple(())
            elif parameter.kind is parameter.VAR_KEYWORD:
                arguments[name] = constant(m, {})
            else:
                arguments[name] = constant(m, parameter.default)
    for name, value in arguments.items():
        frame.slots[name] = value
        frame.origins[name] = (info, info.node)
    if info.first_yield is not None:
        raise m.error(f"{info.name} is a generator function", "go over it in a kernel: for x in f(...)",
                      node=info.first_yield)
    reached = m.execute(info.body)
    try:
        return result_of(m, frame, reached, info.node)
    except Dead:
        m.always_fails = True
        return NONE


def emit_function(m: Interpreter, name: str, block, outputs: Outputs) -> str:
    b = m.builder
    name = name if name.isidentifier() else "kernel"
    results = [b.type_of(value) for value in outputs.values]
    with b.context, b.inside(b.module.body):
        attributes = {
            "sym_name": b.string(name),
            "function_type": ir.TypeAttr.get(ir.FunctionType.get([a.type for a in block.arguments], results)),
        }
        if outputs.mutated:
            updated = {result: argument for argument, result in outputs.mutated.items()}
            attributes["res_attrs"] = ir.ArrayAttr.get([
                ir.DictAttr.get({"dsl.updates": ir.IntegerAttr.get(b.i64, updated[k])} if k in updated else {})
                for k in range(len(results))])
        op = b.emit("func.func", attributes=attributes, regions=1)
        block.append_to(op.regions[0])
    b.discard()
    return name


def verify(module: ir.Module) -> None:
    try:
        module.operation.verify()
    except ir.MLIRError as error:
        raise CompileError(f"the front end made an invalid program, which is a mistake of ours: {error}") from None


