"""What is asked of one's own tables: the study as the cohort's own file declares it.

Its levels are known once the words are that stand in the tables, and so before any cell is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ..contract import declared, files
from ..published import Study
from .sheets import shown
from .sources import Source
from .vocabulary import OwnColumn


def to_meet(
    study: Study, folder: Path, sources: Mapping[str, Source], *, whole: bool = False
) -> Study:
    """The study whose contract the tables in a folder will have to meet.

    Parameters
    ----------
    study : Study
    folder : Path
        Of the cohort.
    sources : mapping of Source
        One's own tables, by those of the contract.
    whole : bool
        Whether columns of which nothing is said are asked for, too, although they may be missing.

    Returns
    -------
    Study
        A category whose levels are as found, and of which nothing is found, has none.

    Raises
    ------
    CohortError
        When what the cohort declares is not of the form that is expected.
    """
    cells: dict[str, pd.DataFrame] = {}
    for name, table in study.tables.items():
        source = sources.get(name)
        said = source.said.columns if source else {}
        strange = [column for column in said if column not in table.columns]  # perhaps misspelt
        words: dict[str, list[str]] = {column: [] for column in strange}
        for column, about in table.columns.items():
            one = said.get(column, OwnColumn())
            if source and one.is_said and about.type == "category":
                words[column] = _words_of(
                    f"{name}, {column}", one, source, cells.get(table.of or "")
                )
            elif whole or one.is_said:
                words[column] = []
        if whole or source:
            cells[name] = pd.DataFrame(
                {column: pd.Series(some, dtype=object) for column, some in words.items()}
            )
    return declared.own_study(study, folder / files.ABOUT, files.about(folder), cells)


def _words_of(
    column: str, said: OwnColumn, source: Source, owner: pd.DataFrame | None
) -> list[str]:
    """The words that a category will have; one's own where none stands behind it."""
    if said.value:
        return [said.value]
    if meanings := dict(said)["values"]:
        return [word or own for own, word in meanings.items() if word or own]
    if said.owner:
        if owner is None or said.owner not in owner:
            return []  # which is told where it is read
        return list(owner[said.owner].dropna())
    given = source.first_filled(column, said.source) if said.source else None
    return [shown(cell) for _, cell, _ in given or [] if cell is not None]
