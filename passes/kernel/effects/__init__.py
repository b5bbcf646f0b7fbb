"""Tapes, checks, prints and scalars become memory."""
