"""Removing what nothing depends on."""
