"""Integers as linear forms of others: what can be told of two indices without running the program."""

from __future__ import annotations

from dataclasses import dataclass

from iree.compiler import ir

from . import edit


@dataclass(frozen=True)
class Linear:
    """The sum of `constant` and of each value times its factor, modulo 2**64."""

    terms: dict[ir.Value, int]
    constant: int

    def __sub__(self, other: Linear) -> Linear:
        return self.plus(other, -1)

    def plus(self, other: Linear, factor: int) -> Linear:
        terms = dict(self.terms)
        for value, count in other.terms.items():
            terms[value] = terms.get(value, 0) + factor * count
        return Linear({v: n for v, n in terms.items() if n}, self.constant + factor * other.constant)

    def substituted(self, value: ir.Value, by: Linear) -> Linear:
        rest = Linear({v: n for v, n in self.terms.items() if v != value}, self.constant)
        return rest.plus(by, self.terms[value])


def linear(value: ir.Value) -> Linear:
    """The linear form of an i64 or index, through sums, differences, casts and products with constants."""
    op = edit.defining_op(value)
    name = op.name if op is not None else ""
    if name == "arith.constant":
        return Linear({}, ir.IntegerAttr(op.attributes["value"]).value)
    if name == "arith.index_cast" and str(op.operands[0].type) in ("i64", "index"):
        return linear(op.operands[0])
    if name in ("arith.addi", "arith.subi"):
        first, second = map(linear, op.operands)
        return first.plus(second, 1 if name == "arith.addi" else -1)
    if name == "arith.muli":
        first, second = map(linear, op.operands)
        if not second.terms:
            return Linear({}, 0).plus(first, second.constant)
    return Linear({value: 1}, 0)
