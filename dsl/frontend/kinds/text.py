"""Strings whose numbers are known only at run time, and `print`."""

from __future__ import annotations

from dsl.frontend.engine.interpreter import Interpreter
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import NONE, Scalar, Static, Text, Value

KNOWN = (str, type(None), type, bytes)


def formatted(m: Interpreter, value: Value, spec: str = "") -> Value:
    """`format(value, spec)`; the spec may begin with a conversion, `!r`."""
    if isinstance(value, Scalar) and not value.is_constant:
        return Text(("", ""), (value,), (spec,))
    if isinstance(value, Text):
        if spec not in ("", "!s"):
            raise Refused("a string of run-time values cannot be padded or quoted", "format the numbers themselves")
        return value
    if isinstance(value, Scalar | Static):
        known = value.python() if isinstance(value, Scalar) else value.value
        conversion, spec = (spec[:2], spec[2:]) if spec.startswith("!") else ("", spec)
        known = {"!r": repr, "!s": str, "!a": ascii}[conversion](known) if conversion else known
        return Static(format(known, spec))
    if not spec or spec in ("!r", "!s"):
        from dsl.frontend.engine.object_dispatch import text_of_object

        return text_of_object(m, value)
    raise Refused(f"cannot format {value.describe()} with {spec!r}", "format its numbers one by one")


def as_text(m: Interpreter, value: Value) -> Text:
    """`str(value)`, as pieces around values."""
    found = formatted(m, value)
    return found if isinstance(found, Text) else Text((found.value,), (), ())


def join(parts: list[Value]) -> Value:
    """Strings one after another."""
    pieces, values, specs = [""], [], []
    for part in parts:
        if isinstance(part, Static):
            pieces[-1] += part.value
            continue
        pieces[-1] += part.pieces[0]
        pieces.extend(part.pieces[1:])
        values.extend(part.values)
        specs.extend(part.specs)
    return Text(tuple(pieces), tuple(values), tuple(specs)) if values else Static(pieces[0])


def record(m: Interpreter, *arguments: Value, sep: Value = NONE, end: Value = NONE, flush: Value = NONE) -> Value:
    """The builtin `print`."""
    between = Static(" ") if is_none(sep) else sep
    parts: list[Value] = []
    for k, value in enumerate(arguments):
        parts += ([between] if k else []) + [as_text(m, value)]
    parts.append(Static("\n") if is_none(end) else end)
    text = as_text(m, join([as_text(m, part) for part in parts]))
    b = m.builder
    kinds = [v.dtype.printed_as(v.weak) for v in text.values]
    b.effects += 1
    b.emit("dsl.record", [b.ssa(v) for v in text.values],
           attributes={"text": b.strings(text.pieces), "spec": b.strings(text.specs), "kind": b.strings(kinds)})
    return Static(None)


def is_none(value: Value) -> bool:
    return isinstance(value, Static) and value.value is None
