"""Mathematical functions as arithmetic: `expand_math`."""
from .expand import expand_math

__all__ = ["expand_math"]
