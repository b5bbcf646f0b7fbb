"""MLIR to artifact to execution."""
