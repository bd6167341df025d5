"""What a cohort declares of itself: the levels of its categories, and columns that it does not have.

A cohort of another disease has other sites and other treatments, and need not have every column. The
study that its tables are held to is then the book's, with the cohort's own levels, its own labels for
the groups that a grouping compares, and without the columns that are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..published import Column, Condition, Covariate, CoxModel, Group, Study
from . import files
from .faults import CohortError

AS_FOUND = "as found"
"""In place of levels: those that the tables have, in alphabetical order."""
Levels = dict[str, tuple[str, ...]]


def own_study(
    study: Study, path: Path, about: Mapping[str, Any], cells: dict[str, pd.DataFrame]
) -> Study:
    """The study whose contract the tables of a cohort have to meet.

    Parameters
    ----------
    study : Study
    path : Path
        What a message calls the file in which the cohort tells of itself.
    about : mapping
        What the cohort says of itself; `levels` has a list of texts, or `AS_FOUND`, for each category
        with levels of its own.
    cells : dict of DataFrames
        The cells of each table as text.

    Returns
    -------
    Study
        The same one where the cohort declares no levels and has all columns.

    Raises
    ------
    CohortError
        When what is declared is not of this form.
    """
    missing = _missing(study, cells)
    levels = _levels(study, path, about, cells)
    if not missing and not levels:
        return study
    tables = {
        name: table.model_copy(
            update={
                "columns": {
                    column: _with_levels(about, levels.get(column))
                    for column, about in table.columns.items()
                    if (name, column) not in missing
                }
            }
        )
        for name, table in study.tables.items()
    }
    groups, groupings = dict(study.groups), dict(study.groupings)
    instead: dict[str, str] = {}
    for name, of in study.groupings.items():
        if (found := _own_groups(study, of, levels)) is not None:
            own = {f"{name}: {group.label}": group for group in found}
            groups |= own
            groupings[name] = tuple(own)
            instead |= dict(zip(of, own, strict=True))
    changed = study.model_copy(update={"tables": tables, "groups": groups, "groupings": groupings})
    gone = _gone(study, changed)
    return changed.model_copy(
        update={
            "rules": tuple(
                rule
                for rule in study.rules
                if not {(rule.table, rule.column), (rule.table, rule.limit or rule.plus)} & missing
            ),
            "models": {
                name: _model(model, changed, instead, gone) for name, model in study.models.items()
            },
        }
    )


def _missing(study: Study, cells: dict[str, pd.DataFrame]) -> set[tuple[str, str | None]]:
    """Columns that a table need not have, and has not."""
    return {
        (table, name)
        for table, frame in cells.items()
        for columns in [study.tables[table].columns]
        for name, column in columns.items()
        if not column.needed
        and name not in frame
        and not files.is_misspelt(name, map(str, frame), columns)
    }


def _levels(
    study: Study, path: Path, about: Mapping[str, Any], cells: dict[str, pd.DataFrame]
) -> Levels:
    """The levels that a cohort declares, by its categories."""
    declared = about.get("levels", {})
    categories = {
        name
        for table in study.tables.values()
        for name, column in table.columns.items()
        if column.type == "category"
    }
    if not isinstance(declared, dict):
        raise CohortError(
            f"{path}, levels: a list for each category was expected, found {declared!r}"
        )
    levels: Levels = {}
    for name, given in declared.items():
        if name not in categories:
            raise CohortError(
                f"{path}, levels: one of {', '.join(sorted(categories))} was expected, "
                f"found {name!r}"
            )
        if given == AS_FOUND and not any(name in frame for frame in cells.values()):
            continue  # it may be missing
        if given == AS_FOUND:
            levels[name] = tuple(_found(cells, name))  # none, where every cell is blank
            continue
        proper = isinstance(given, list) and all(isinstance(x, str) and x.strip() for x in given)
        if not proper or not given or len(set(given)) < len(given):
            raise CohortError(
                f"{path}, levels of {name}: a list of different texts or {AS_FOUND!r} was expected, "
                f"found {given!r}"
            )
        levels[name] = tuple(given)
    return levels


def _found(cells: dict[str, pd.DataFrame], name: str) -> list[str]:
    columns = [frame[name] for frame in cells.values() if name in frame]
    return sorted({str(cell) for column in columns for cell in column.dropna()})


def _with_levels(column: Column, levels: tuple[str, ...] | None) -> Column:
    if column.type != "category" or levels is None:
        return column
    return column.model_copy(update={"levels": levels, "prior": None})


def _own_groups(study: Study, of: tuple[str, ...], levels: Levels) -> tuple[Group, Group] | None:
    """Two groups by the levels of one column, where a cohort has its own: the first, and all others."""
    conditions = [condition for group in of for condition in study.groups[group].where]
    columns = {condition.column for condition in conditions}
    if len(of) != 2 or len(conditions) != 2 or len(columns) != 1 or not columns & levels.keys():
        return None
    (column,) = columns
    if not levels[column]:
        return None
    first, *others = levels[column]
    before = study.groups[of[1]]
    rest = before.label if first != before.label else f"all but {first}"
    label = others[0] if len(others) == 1 else rest
    return (
        Group(table=before.table, label=first, where=(_one_of(column, [first]),)),
        Group(table=before.table, label=label, where=(_one_of(column, others),)),
    )


def _one_of(column: str, levels: list[str]) -> Condition:
    return Condition(column=column, one_of=tuple(levels))


def _model(
    model: CoxModel,
    study: Study,
    instead: Mapping[str, str],
    gone: Mapping[tuple[str, str], str],
) -> CoxModel:
    """A model whose covariates are the cohort's own groups, without those that it has no column for."""
    kept: dict[str, Covariate] = {}
    for name, covariate in model.covariates.items():
        if _first(gone, study.first, _columns(study, covariate)):
            continue
        if covariate.group is not None and covariate.group in instead:
            group = instead[covariate.group]
            label = _capital(study.groups[group].label)
            covariate = covariate.model_copy(update={"group": group, "label": label})
        kept[name] = covariate
    return model.model_copy(update={"covariates": kept})


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def lacks(study: Study, own: Study) -> dict[str, str]:
    """What a cohort lacks, and why: columns, and what is made of them.

    Parameters
    ----------
    study : Study
        Whose contract has every column.
    own : Study
        That of the cohort's tables.

    Returns
    -------
    dict of str
        A sentence for the name of each column that is missing, of each that would be derived from
        one, and of each covariate that is one; and for each group of levels that it does not declare.
    """
    gone = _gone(study, own)
    found = {name: why for (_, name), why in reversed(gone.items())}
    for model in study.models.values():
        for name, covariate in model.covariates.items():
            if why := _first(gone, study.first, _columns(study, covariate)):
                found.setdefault(name, why)
    return found | _groups_without_levels(study, own)


def _gone(study: Study, own: Study) -> dict[tuple[str, str], str]:
    """Why a column is not there, by table and name: those of the contract, and what is made of them."""
    gone = {
        (table, name): f"This cohort has no column {name} in {table}.csv."
        for table, spec in study.tables.items()
        for name in spec.columns
        if name not in own.tables[table].columns
    }
    for name, derived in study.derived.items():
        if (why := gone.get((derived.child, derived.column or ""))) is not None:
            gone[derived.table, name] = why
    for endpoint in study.endpoints.values():
        parts = study.parts(endpoint)[0] if endpoint.derived else []
        if why := _first(gone, study.first, parts):
            gone |= {(study.first, name): why for name in (endpoint.time, endpoint.event)}
    for name, groups in study.groupings.items():
        tested = [test.column for group in groups for test in study.groups[group].where]
        if why := _first(gone, study.first, tested):
            gone[study.first, name] = why
    return gone


def _groups_without_levels(study: Study, own: Study) -> dict[str, str]:
    """Why nobody can be in a group, by its name: the cohort has other levels than those asked for."""
    found: dict[str, str] = {}
    for name, group in study.groups.items():
        for test in group.where:
            column = own.tables[group.table].columns.get(test.column)
            if column is not None and not can_hold(column.levels, test):
                others = study.tables[group.table].columns[test.column].levels
                absent = ", ".join(level for level in others if level not in column.levels)
                found[name] = f"This cohort has no {test.column} {absent}."
    return found


def can_hold(levels: tuple[str, ...], test: Condition) -> bool:
    """Whether a column with levels, or with none, can meet a condition.

    One of no levels, as all sites but the only one, has nobody, and is met as far as it goes.
    """
    return not levels or not test.one_of or not set(levels).isdisjoint(test.one_of)


def words(study: Study, own: Study) -> dict[str, str]:
    """What a cohort calls the groups that the book compares, by what the book calls them."""
    found: dict[str, str] = {}
    for name, groups in study.groupings.items():
        for before, now in zip(groups, own.groupings[name], strict=True):
            found[study.groups[before].label] = own.groups[now].label
    return {old: new for old, new in found.items() if old != new}


def _columns(study: Study, covariate: Covariate) -> Iterator[str]:
    if covariate.column is not None:
        yield covariate.column
    else:
        yield from (condition.column for condition in study.groups[covariate.group or ""].where)


def _first(gone: Mapping[tuple[str, str], str], table: str, names: Iterable[str]) -> str | None:
    return next((gone[table, name] for name in names if (table, name) in gone), None)


def reason(error: BaseException, lacking: Mapping[str, str]) -> str | None:
    """Why an error arose, where it names a column that a cohort lacks; None for every other error.

    Libraries put the name of a column in quotation marks, or at the end after a colon.
    """
    named = [*re.findall("'([^']*)'", str(error)), *re.findall(r": (\w+)'?\Z", str(error))]
    return next((lacking[name] for name in named if name in lacking), None)
