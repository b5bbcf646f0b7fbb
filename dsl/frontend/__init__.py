"""Python source to MLIR."""
