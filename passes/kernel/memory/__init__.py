"""Tensors become memory."""
