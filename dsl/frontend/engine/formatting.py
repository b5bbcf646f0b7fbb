"""Strings with numbers in them: what f-strings, `str` and messages are made of."""

from __future__ import annotations

from dsl.frontend.protocols import text_of
from dsl.frontend.values.signals import Refused
from dsl.frontend.values.value import Scalar, Static, Text, Value

from .interpreter import Interpreter


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
        return text_of(m, value)
    raise Refused(f"cannot format {value.describe()} with {spec!r}", "format its numbers one by one")


def as_text(m: Interpreter, value: Value) -> Text:
    """`str(value)`, as pieces around values."""
    found = formatted(m, value)
    return found if isinstance(found, Text) else Text((found.value,), (), ())


def concatenated(parts: list[Value]) -> Value:
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
