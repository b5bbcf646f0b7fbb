"""Loops on memory, prepared for LLVM."""
