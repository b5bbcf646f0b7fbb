"""What users import: kernels, derivatives, rules of their own, compilation ahead of time."""
