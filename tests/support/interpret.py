"""Runs the IR of docs/ir.md without a compiler, by translating each function into Python text.

    result = interpret(module, "f", 1.0, 3)      # raises what the program raises
    run = execute(module, "f", 1.0, 3)           # run.results, run.output, run.failure, run.tapes

i1 is bool, i32/i64/index are int (wrapping), f64 is float, f32/f16 are NumPy scalars, tensors are NumPy arrays that
are never changed in place. It serves tests of whatever emits that IR: a slow, obvious second opinion.
"""

from __future__ import annotations

import linecache
import re
from dataclasses import dataclass, field

from iree.compiler import ir

from dsl.runtime.reports import exception_class

from . import interpret_operations as operations


class Failure(Exception):
    """Wraps the exception that a `dsl.fail` reported, with the text of its location."""


@dataclass
class Run:
    """What one execution left behind."""

    results: tuple = ()
    output: str = ""
    failure: tuple | None = None
    tapes: dict = field(default_factory=dict)
    capacity: int = 4  # of each list whose length is known only at run time
    reserved: int = 0

    @property
    def overflowed(self) -> bool:
        """Whether a list had no room, so that the run counts for nothing but `reserved`."""
        return self.reserved > self.capacity

    def reserve(self, count):
        self.reserved = max(self.reserved, count)

    def fail(self, condition, exception, message, values, place):
        if condition and self.failure is None:
            self.failure = (exception, operations.format_message(message, values), place)

    def failed(self):
        return self.failure is not None or self.overflowed

    def record(self, text, spec, kind, values):
        if self.failure is not None:
            return
        pieces = [text[0]]
        for k, value in enumerate(values):
            pieces += [operations.format_record(value, spec[k], kind[k]), text[k + 1]]
        self.output += "".join(pieces)

    def push(self, tape, values):
        self.tapes.setdefault(tape, []).append(values)

    def pop(self, tape):
        return self.tapes[tape].pop()

    def exception(self):
        """The failure as the exception that CPython would have raised, its place in `__notes__`."""
        name, message, place = self.failure
        error = (exception_class(name) or RuntimeError)(*[] if message == "" else [message])
        error.add_note(place)
        return error


class Translator:
    """Writes one `func.func` as the text of a Python function of the same arguments plus the `Run`."""

    def __init__(self):
        self.names: dict = {}
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}

    def name(self, value) -> str:
        return self.names.setdefault(value, f"v{len(self.names)}")

    def line(self, depth: int, text: str):
        self.lines.append("    " * depth + text)

    def constant(self, value) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def function(self, op) -> str:
        block = op.regions[0].blocks[0]
        name = f"f_{op.attributes['sym_name'].value}"
        arguments = [self.name(a) for a in block.arguments]
        self.line(0, f"def {name}({', '.join(['run', *arguments])}):")
        self.block(block, 1)
        return name

    def block(self, block, depth: int):
        for op in block.operations:
            self.operation(op.operation, depth)

    def assign(self, depth: int, targets, sources):
        targets, sources = list(targets), list(sources)
        if targets:
            self.line(depth, f"{', '.join(targets)} = {', '.join(sources)}")

    def names_of(self, values) -> list[str]:
        return [self.name(v) for v in values]

    def operation(self, op, depth: int):
        structured = getattr(self, "emit_" + re.sub(r"\W", "_", op.name), None)
        if structured is not None:
            return structured(op, depth)
        expression = operations.expression(op, self.names_of(op.operands), self.constant)
        results = self.names_of(op.results)
        self.line(depth, f"{', '.join(results)} = {expression}" if results else expression)

    def emit_func_return(self, op, depth):
        self.line(depth, f"return ({''.join(n + ', ' for n in self.names_of(op.operands))})")

    def emit_func_call(self, op, depth):
        callee = op.attributes["callee"].value
        call = f"f_{callee}({', '.join(['run', *self.names_of(op.operands)])})"
        results = self.names_of(op.results)
        self.line(depth, f"{', '.join(results)}, = {call}" if results else call)

    def region(self, region, depth, results):
        """The operations of a region; what it yields is assigned to `results`."""
        if not len(region.blocks):
            return self.line(depth, "pass")
        operations_ = list(region.blocks[0].operations)
        for op in operations_[:-1]:
            self.operation(op.operation, depth)
        self.assign(depth, results, self.names_of(operations_[-1].operands))
        self.line(depth, "pass")

    def emit_linalg_generic(self, op, depth):
        """All indices in their order; elements that are read and written are those that the maps name."""
        *inputs, initial = self.names_of(op.operands)
        (result,) = self.names_of(op.results)
        maps = [[f"d{e.position}" for e in map(ir.AffineDimExpr, ir.AffineMapAttr(a).value.results)]
                for a in op.attributes["indexing_maps"]]
        shapes = [ir.ShapedType(v.type).shape if dims else () for v, dims in zip(op.operands, maps)]
        extents = {d: n for shape, dims in zip(shapes, maps) for d, n in zip(dims, shape)}
        self.line(depth, f"{result} = {initial}.copy()")
        for k in range(len(extents)):
            self.line(depth + k, f"for d{k} in range({extents[f'd{k}']}):")
        inside = depth + len(extents)
        arguments = zip(op.regions[0].blocks[0].arguments, [*inputs, result], maps, op.operands)
        for argument, tensor, dims, value in arguments:
            is_number = not isinstance(value.type, ir.ShapedType)
            element = tensor if is_number else f"element({', '.join([tensor, *dims])})"
            self.line(inside, f"{self.name(argument)} = {element}")
        self.region(op.regions[0], inside, [f"{result}[{', '.join(maps[-1]) or '()'}]"])

    def emit_scf_if(self, op, depth):
        results = self.names_of(op.results)
        self.line(depth, f"if {self.name(op.operands[0])}:")
        self.region(op.regions[0], depth + 1, results)
        if len(op.regions) > 1 and len(op.regions[1].blocks):
            self.line(depth, "else:")
            self.region(op.regions[1], depth + 1, results)

    def emit_scf_for(self, op, depth):
        low, high, step, *initial = self.names_of(op.operands)
        induction, *carried = self.names_of(op.regions[0].blocks[0].arguments)
        self.assign(depth, carried, initial)
        self.line(depth, f"for {induction} in range({low}, {high}, {step}):")
        self.region(op.regions[0], depth + 1, carried)
        self.assign(depth, self.names_of(op.results), carried)

    def emit_scf_while(self, op, depth):
        before, after = op.regions[0].blocks[0], op.regions[1].blocks[0]
        entry, carried = self.names_of(before.arguments), self.names_of(after.arguments)
        self.assign(depth, entry, self.names_of(op.operands))
        self.line(depth, "while True:")
        *body, condition = list(before.operations)
        for inner in body:
            self.operation(inner.operation, depth + 1)
        test, *forwarded = self.names_of(condition.operands)
        results = self.names_of(op.results)
        self.line(depth + 1, f"if not {test}:")
        self.assign(depth + 2, results, forwarded)
        self.line(depth + 2, "break")
        self.assign(depth + 1, carried, forwarded)
        self.region(op.regions[1], depth + 1, entry)


def translate(module) -> dict:
    """Every function of the module as a Python callable, by name."""
    translator, names = Translator(), {}
    for op in module.body.operations:
        if op.operation.name == "func.func" and len(op.operation.regions[0].blocks):
            names[op.operation.attributes["sym_name"].value] = translator.function(op.operation)
    text = "\n".join(translator.lines)
    namespace = {**operations.NAMESPACE, **translator.constants}
    filename = f"<interpreted {id(text)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), namespace)
    return {name: namespace[python] for name, python in names.items()}


def execute(module, name: str, *arguments) -> Run:
    """Runs `@name`; a failure is reported in the result, not raised."""
    return run_with_room(translate(module)[name], arguments)


def run_with_room(function, arguments) -> Run:
    """Runs a translated function, again with more room where its lists had too little."""
    run = Run()
    with operations.quiet():
        while True:
            try:
                run.results = function(run, *arguments)
            except (KeyError, IndexError):  # from the tape of a run that counts for nothing
                if not run.overflowed:
                    raise
            if not run.overflowed:
                return run
            run = Run(capacity=max(run.reserved, 2 * run.capacity))


def interpret(module, name: str, *arguments):
    """The results of `@name` as a tuple; raises the exception that the program reports."""
    run = execute(module, name, *arguments)
    if run.failure is not None:
        raise run.exception()
    return run.results
