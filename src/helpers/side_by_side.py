"""What R gave for analyses that a chapter makes in Python, with the code that gave it.

`tests/reference/side_by_side.R` ran on the shipped cohort and wrote `data/python_and_r.json`, which
travels with the package: neither a reader nor a build needs R. Nothing here computes a statistic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import Markdown
from numpy.typing import ArrayLike

from . import published
from .headings import heading

FILE = "python_and_r.json"


class StaleReferenceError(ValueError):
    """R ran on another cohort than the one that is there."""


@dataclass(frozen=True)
class Block:
    """A piece of R.

    Attributes
    ----------
    code : str
        What was run.
    printed : str
        What R printed.
    numbers : dict
        Numbers and lists of numbers by name, in full precision; None where R has NA.
    """

    code: str
    printed: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True)
class Reference:
    """What R gave.

    Attributes
    ----------
    version : str
        Of R and of its package survival.
    blocks : dict of Block
    """

    version: str
    blocks: Mapping[str, Block]

    def __getitem__(self, block: str) -> Mapping[str, Any]:
        """The numbers of a block."""
        return self.blocks[block].numbers

    def show(self, block: str) -> Markdown:
        """The code of a block, and what R printed.

        Parameters
        ----------
        block : str

        Returns
        -------
        Markdown
            Shows itself in any notebook; the book puts it into a tab beside the Python.
        """
        found = self.blocks[block]
        return Markdown(
            f"```r\n{found.code}\n```\n\n{self.version} printed:\n\n```none\n{found.printed}\n```"
        )

    def beside(self, block: str, **python: ArrayLike) -> pd.DataFrame:
        """Values of Python beside those of R.

        Parameters
        ----------
        block : str
        **python : float or array-like of float
            By the names that they have in the block.

        Returns
        -------
        DataFrame
            A row a number: `quantity` in words, `python`, `R`, and `apart`, the size of their difference.

        Raises
        ------
        ValueError
            When the two have not the same number of values.
        """
        rows = []
        for name, given in python.items():
            mine = np.atleast_1d(np.asarray(given, dtype=float))
            theirs = np.atleast_1d(np.asarray(self[block][name], dtype=float))
            if mine.shape != theirs.shape:
                raise ValueError(f"{block}, {name}: {theirs.size} numbers in R, {mine.size} here")
            for place, (one, other) in enumerate(zip(mine, theirs, strict=True), 1):
                words = heading(name)
                quantity = words if mine.size == 1 else f"{words} ({place})"
                rows.append((quantity, one, other, f"{abs(one - other):.0e}"))
        return pd.DataFrame(rows, columns=["quantity", "python", "R", "apart"])


def load(path: Path | None = None) -> Reference:
    """Read what R gave for the shipped cohort.

    Parameters
    ----------
    path : Path, optional
        Of the file that the R script wrote; the one that comes with the package when left out.

    Returns
    -------
    Reference

    Raises
    ------
    StaleReferenceError
        When a table of the cohort has changed since R read it.
    """
    told = json.loads((path or published.DATA / FILE).read_text(encoding="utf-8"))
    about = told["provenance"]
    for name, digest in about["inputs"].items():
        table = published.DATA / Path(name).relative_to("data")
        if hashlib.sha256(table.read_bytes()).hexdigest() != digest:
            raise StaleReferenceError(
                f"{name} has changed since R read it: run make reference, which needs R"
            )
    version = f"R {about['r']} with survival {about['packages']['survival']}"
    return Reference(version, {id: Block(**block) for id, block in told["blocks"].items()})
