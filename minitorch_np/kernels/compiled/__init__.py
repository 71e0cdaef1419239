"""Numba kernels: the names and signatures of `formula/`, where a benchmark shows their gain."""
