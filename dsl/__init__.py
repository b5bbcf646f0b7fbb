"""A differentiable language inside Python."""
