"""What the adjoint reads of the primal: what is stored, what is computed again."""
