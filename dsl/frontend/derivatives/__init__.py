"""Derivatives taken inside a kernel, as operations with regions."""
