"""Products of matrices and vectors as calls of functions inside the kernel."""
