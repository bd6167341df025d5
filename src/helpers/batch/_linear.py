"""Symmetric positive definite systems of a few unknowns, in place and compiled.

numpy.linalg works in numba too, but its calls of LAPACK cost more than a fit has to spend.
"""

from __future__ import annotations

from math import sqrt

from ._compiled import kernel


@kernel
def factor(matrix, lower, least):
    """Cholesky factor of `matrix`, into `lower`; whether there is one.

    A pivot has to keep the share `least` of its diagonal element, or rows determine each other.
    """
    p = matrix.shape[0]
    for i in range(p):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i > j:
                lower[i, j] = total / lower[j, j]
            elif total > least * matrix[i, i] and matrix[i, i] > 0.0:
                lower[i, i] = sqrt(total)
            else:
                return False
    return True


@kernel
def solve(lower, right, out):
    """Solve for one right-hand side, given the Cholesky factor."""
    p = lower.shape[0]
    for i in range(p):
        total = right[i]
        for k in range(i):
            total -= lower[i, k] * out[k]
        out[i] = total / lower[i, i]
    for i in range(p - 1, -1, -1):
        total = out[i]
        for k in range(i + 1, p):
            total -= lower[k, i] * out[k]
        out[i] = total / lower[i, i]


@kernel
def invert(lower, unit, out):
    """The inverse, given the Cholesky factor; `unit` is room for one vector."""
    p = lower.shape[0]
    for j in range(p):
        for i in range(p):
            unit[i] = 1.0 if i == j else 0.0
        solve(lower, unit, out[j])


@kernel
def dot(first, second):
    """Inner product."""
    total = 0.0
    for j in range(first.size):
        total += first[j] * second[j]
    return total


@kernel
def largest(vector):
    """Largest absolute value."""
    found = 0.0
    for j in range(vector.size):
        found = max(found, abs(vector[j]))
    return found
