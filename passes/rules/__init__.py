"""Derivative rules, one or two lines an operation, in files named like the library's (`dsl/library`)."""

from . import arith, math, strong_zero
from .rule_table import RULES, Rule

__all__ = ["RULES", "Rule", "arith", "math", "strong_zero"]
