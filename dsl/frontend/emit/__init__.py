"""Arithmetic on single numbers, as MLIR."""
