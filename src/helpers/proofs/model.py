"""The solver, and the few constraints from which the programme is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .abstract import ProofError


def solver() -> str:
    """Name and version of the solver.

    Raises
    ------
    ProofError
        When it is not installed.
    """
    return f"OR-tools CP-SAT {package().__version__}"


def package() -> Any:
    """The package, where it is installed."""
    try:
        import ortools
        import ortools.sat.python.cp_model
    except ImportError:
        raise ProofError(
            "the solver OR-tools is not installed: pip install 'oligometastatic-cervix-report[proofs]'"
        ) from None
    return ortools


class Model:
    """A model of the solver, `model`, with what is said in it again and again."""

    def __init__(self) -> None:
        package()
        from ortools.sat.python import cp_model

        self.cp = cp_model
        self.model = cp_model.CpModel()

    def both(self, one: Any, other: Any) -> Any:
        """A variable that is true exactly where two others are."""
        new = self.model.new_bool_var("")
        self.model.add_implication(new, one)
        self.model.add_implication(new, other)
        self.model.add_bool_or(~one, ~other, new)
        return new

    def weighted(self, terms: Iterable[tuple[Any, int]]) -> Any:
        """A sum of variables with whole weights."""
        pairs = [(variable, weight) for variable, weight in terms if weight]
        if not pairs:
            return 0
        variables, weights = zip(*pairs, strict=True)
        return self.cp.LinearExpr.weighted_sum(variables, weights)

    def total(self, terms: Any, most: int) -> Any:
        """A variable for a sum, so that bounds pass from one constraint to the next through it."""
        new = self.model.new_int_var(0, most, "")
        self.model.add(new == terms)
        return new
