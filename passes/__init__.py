"""MLIR to MLIR: differentiation, expansion, kernel formation."""
