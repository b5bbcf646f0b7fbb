"""Strings whose numbers are known only at run time, and `print`."""

from __future__ import annotations

from dsl.frontend.engine.formatting import as_text, concatenated
from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.engine.tags import is_none
from dsl.frontend.protocols import operate
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Static, Text, Value


@operate.of(Static, Text)
def operate_strings(m: Interpreter, symbol: str, x: Value, y: Value) -> Value | None:
    is_string = lambda v: isinstance(v, Text) or (isinstance(v, Static) and isinstance(v.value, str))
    if symbol == "+" and is_string(x) and is_string(y):
        return concatenated([x, y])
    if isinstance(x, Static) and isinstance(x.value, str) and isinstance(y, Static | Scalar):
        raise Refused(f"the operator {symbol} on strings", "use an f-string")
    return None


def record(m: Interpreter, *arguments: Value, sep: Value = NONE, end: Value = NONE, flush: Value = NONE) -> Value:
    """The builtin `print`."""
    between = Static(" ") if is_none(sep) else sep
    parts: list[Value] = []
    for k, value in enumerate(arguments):
        parts += ([between] if k else []) + [as_text(m, value)]
    parts.append(Static("\n") if is_none(end) else end)
    text = as_text(m, concatenated([as_text(m, part) for part in parts]))
    b = m.builder
    kinds = [v.dtype.printed_as(v.weak) for v in text.values]
    b.effects, b.records = b.effects + 1, b.records + 1
    b.emit("dsl.record", [b.ssa(v) for v in text.values],
           attributes={"text": b.strings(text.pieces), "spec": b.strings(text.specs), "kind": b.strings(kinds)})
    return Static(None)
