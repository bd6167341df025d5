"""The one setting: whether single patients may be shown, and from which number on a group may be."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from .. import published

ROWS, AGGREGATES = "rows", "aggregates"
SMALL = 5
"""Fewer patients than these are not told apart, as in official statistics of health."""
HIDDEN = "hidden-"
"""What stands before the number that takes the place of an identifier: a text with it is of single patients."""

ATTRIBUTE = "data-left-out"
"""By this attribute of an element a build finds what its pages do not show there."""

_OF_COHORT = re.compile(
    r"synthetic\s+cohort\b|in this cohort|printed and reproduced", re.IGNORECASE
)


def is_own(variables: Mapping[str, str] | None = None) -> bool:
    """Whether the book is on another cohort than the one that it comes with."""
    named = (os.environ if variables is None else variables).get("COHORT")
    return bool(named) and Path(str(named)).resolve() != (published.DATA / "cohort").resolve()


def setting(variables: Mapping[str, str] | None = None) -> str:
    """What is shown of the cohort that the variable `COHORT` names.

    Parameters
    ----------
    variables : mapping of str to str, optional
        Those of the process when left out.

    Returns
    -------
    str
        `ROWS` for the cohort that the book comes with, and for another where the variable `ROWS` is
        1; otherwise `AGGREGATES`, whatever the cohort says of itself.
    """
    variables = os.environ if variables is None else variables
    return AGGREGATES if is_own(variables) and variables.get("ROWS") != "1" else ROWS


_called: set[str] = set()


def called(name: str) -> None:
    """Note what the cohort is called: a table with this name in its caption is of it."""
    _called.add(name)


def is_of_cohort(caption: str) -> bool:
    """Whether a table is of the cohort, by its caption; one without a caption is."""
    return (
        not caption or bool(_OF_COHORT.search(caption)) or any(name in caption for name in _called)
    )


def only_aggregates() -> bool:
    """Whether nothing may be shown of a single patient."""
    return setting() == AGGREGATES


def few(number: float) -> bool:
    """Whether so few patients are not told: one or more, and fewer than `SMALL`."""
    return 0 < number < SMALL
