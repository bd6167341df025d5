"""What `python -m helpers forced` says of one rate: in words with a table, or as JSON.

pandas' `to_string` would align the table too, but writes no number with thousands apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ..forced import Bounds, PrintedRate

MOST_ROWS = 40
"""Rows of a table, beyond which its middle is left out."""


def rate_as_json(found: Bounds, counted: PrintedRate | None, smallest: int | None) -> str:
    """Everything for a machine; what is not counted is null."""
    sizes = counted.sizes if counted is not None else ()
    by_size, by_deaths, by_position = (
        ([], [], [])
        if counted is None
        else map(_records, (counted.by_size, counted.by_deaths, counted.by_position))
    )
    uncounted = {"sets": None, "half_up": None, "half_even": None}
    for size in found.by_size:
        if size.n in sizes:
            continue
        row = asdict(size)
        del row["decided"]
        by_size.append({"n": row.pop("n"), **uncounted, **row})
        if size.decided:
            for bound in found.by_deaths(size.n):
                row = asdict(bound)
                head = {"n": row.pop("n"), "deaths": row.pop("deaths")}
                by_deaths.append({**head, **uncounted, **row})
    told = {
        "rate": found.percentage.text,
        "followed": found.followed,
        "smallest_n": smallest,
        "deaths": found.deaths,
        "by_size": by_size,
        "by_deaths": by_deaths,
        "by_position": by_position,
    }
    return json.dumps(told, indent=1, default=int)


def rate_as_text(found: Bounds, counted: PrintedRate | None, smallest: int | None) -> str:
    """An answer in words, and a table of what stands behind it."""
    first, last = found.sizes[0], found.sizes[-1]
    group = patients(last) if first == last else f"{first} to {patients(last)}"
    printed = f"{found.percentage.text}%"
    sizes = () if counted is None else counted.sizes
    open_sizes = [size.n for size in found.by_size if not size.decided and size.n not in sizes]
    possible = sorted({*found.deaths, *(() if counted is None else counted.deaths)})
    if not possible and not open_sizes:
        answer = f"No group of {group} prints {printed}{_condition(found)}"
        if smallest is None:
            return f"{answer}; whether a larger one does would take too long to try."
        if smallest <= last:
            return f"{answer}."
        return f"{answer}. The smallest that does has {patients(smallest)}."
    lines = []
    if possible:
        lines.append(f"{printed} of {group}{_condition(found)}: {deaths_in_words(possible)}.")
    if open_sizes:
        lines.append(
            f"With {spans(open_sizes)} patients a rate of so many decimals has too many sets to try."
        )
    if smallest is not None:
        lines.append(f"The smallest group that prints it has {patients(smallest)}.")
    if counted is not None and sizes[-1] == last and counted.depends_on_rounding:
        row = counted.by_size.iloc[-1]
        lines.append(
            f"Of {last}, halves rounded up: {row['half_up']:,} sets; to even: {row['half_even']:,}."
        )
    uncounted = [n for n in found.sizes if n not in sizes]
    if uncounted and possible and not found.complete:
        those = f"{uncounted[0]} or more" if first < last else f"{uncounted[0]}"
        lines.append(f"The sets of {those} patients are too many to count; the bounds are exact.")
    if first == last:
        if not possible:
            return "\n".join(lines)
        if not found.complete:
            lines.append("A set is the number at risk at each death.")
        rows = _by_deaths(found, counted)
    else:
        rows = _by_size(found, counted)
    return "\n".join([*lines, "", *aligned(rows)])


def _condition(found: Bounds) -> str:
    return " with nobody lost" if found.complete else ""


def _by_deaths(found: Bounds, counted: PrintedRate | None) -> list[tuple[str, ...]]:
    """A row for each number of deaths in a group of one size."""
    head = ("deaths", "sets", "at risk at the last", "still followed", "such as")
    if counted is not None:
        bounds = _records(counted.by_deaths)
    else:
        bounds = [asdict(row) for row in found.by_deaths(found.sizes[0])]
    rows = [
        (
            str(row["deaths"]),
            f"{row['sets']:,}" if "sets" in row else "",
            span(row["last_min"], row["last_max"]) if row["deaths"] else "-",
            span(row["followed_min"], row["followed_max"]),
            runs(row["witness_max"]),
        )
        for row in bounds
    ]
    if counted is None:
        return shortened([(row[0], *row[2:]) for row in (head, *rows)])
    return shortened([head, *rows])


def _by_size(found: Bounds, counted: PrintedRate | None) -> list[tuple[str, ...]]:
    """A row for each size of the group."""
    sets = {} if counted is None else {row["n"]: row for row in _records(counted.by_size)}
    rows: list[tuple[str, ...]] = [("patients", "sets", "deaths", "still followed")]
    for size in found.by_size:
        row, count = asdict(size), "-"
        if size.n in sets:
            row, count = {**row, **sets[size.n], "decided": True}, f"{sets[size.n]['sets']:,}"
        deaths, followed = ("none fits" if row["decided"] else "not decided"), "-"
        if row["deaths_min"] is not None:
            deaths = span(row["deaths_min"], row["deaths_max"])
            followed = span(row["followed_min"], row["followed_max"])
        rows.append((str(size.n), count, deaths, followed))
    return rows if sets else [(row[0], *row[2:]) for row in rows]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    import pandas as pd

    return [
        {str(name): None if value is pd.NA else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def patients(n: int) -> str:
    """So many patients."""
    return f"{n} patient" if n == 1 else f"{n} patients"


def deaths_in_words(deaths: Sequence[int]) -> str:
    """How many deaths there can be, in words."""
    if len(deaths) == 1:
        return {0: "no death", 1: "exactly 1 death"}.get(deaths[0], f"exactly {deaths[0]} deaths")
    return f"{spans(deaths)} deaths"


def spans(numbers: Sequence[int]) -> str:
    """Rising numbers in words, those in a row as their ends: 2, 4 to 7 or 9."""
    parts = [span(*ends) if ends[1] - ends[0] != 1 else f"{ends[0]}, {ends[1]}"
             for ends in _ends(numbers)]  # fmt: skip
    words = ", ".join(parts)
    head, comma, tail = words.rpartition(", ")
    return f"{head} or {tail}" if comma else words


def _ends(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last
            first = number
        last = number
    yield first, last


def span(least: object, most: object) -> str:
    """From one number to another."""
    return str(least) if least == most else f"{least} to {most}"


def runs(sizes: Sequence[int]) -> str:
    """Falling numbers, those in a row as their ends: 37-35, 12."""
    found: list[list[int]] = []
    for size in sizes:
        if found and found[-1][-1] == size + 1:
            found[-1].append(size)
        else:
            found.append([size])
    return ", ".join(
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in found
    )


def shortened(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """A table without its middle, where it is long."""
    if len(rows) <= MOST_ROWS + 1:
        return rows
    half = MOST_ROWS // 2
    gap = tuple("..." for _ in rows[0])
    return [*rows[: half + 1], gap, *rows[-half:]]


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns to the right, but a last one of words to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    words = rows[0][-1] == "such as"
    return [
        "  ".join(
            cell if words and place == len(row) - 1 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
