"""Functions that watch themselves: the first NaN, the branches taken."""
