"""`python -m helpers forced`: what a printed rate forces, in words or as JSON.

pandas' `to_string` would align the table too, but writes no number with thousands apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from .shared import Refused

if TYPE_CHECKING:
    import pandas as pd

    from ..forced import PrintedRate


@click.command("forced", short_help="Say how many deaths a printed survival rate means.")
@click.option(
    "--rate", "printed", required=True, metavar="PERCENT", help="As printed, such as 93.5"
)
@click.option("--n", required=True, help="Patients, such as 37, or a range, such as 12:40")
@click.option("--decimals", type=int, help="Decimals printed  [those of the rate]")
@click.option(
    "--followed",
    type=int,
    default=1,
    show_default=True,
    help="Patients who must still be followed when the rate is read, unless it is 0",
)
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON")
def forced(printed: str, n: str, decimals: int | None, followed: int, as_json: bool) -> None:
    """Say how many deaths a printed survival rate means.

    Each death multiplies a Kaplan-Meier rate by 1 - 1/a, where a is the number at risk. All sets of
    such numbers whose product prints as the rate are counted, exactly. What holds for deaths holds
    for any other event.

    \b
    Examples:
      python -m helpers forced --rate 93.5 --n 37
      python -m helpers forced --rate 91.7 --n 12:40
    """
    from ..forced import ForcedError, rate, smallest_size

    try:
        found = rate(printed, _sizes(n), decimals=decimals, followed=followed)
        smallest = smallest_size(printed, decimals=decimals, followed=followed)
    except ForcedError as error:
        raise Refused(f"--{error}") from None
    click.echo(_as_json(found, smallest) if as_json else _as_text(found, smallest))


def _sizes(text: str) -> range:
    """The sizes that `37` or `12:40` means."""
    from ..forced import ForcedError
    from ..forced.subsets import MOST_SIZES

    match = re.fullmatch(r"\s*(-?[0-9]+)\s*(?::\s*([0-9]+)\s*)?", text)
    if match is None:
        raise ForcedError(
            f"n: a number such as 37, or a range such as 12:40, was expected, found {text!r}"
        )
    first, last = int(match[1]), int(match[2] or match[1])
    if first < 1:
        raise ForcedError(f"n: at least 1 patient was expected, found {text!r}")
    if last < first:
        raise ForcedError(f"n: the smaller number first was expected, found {text!r}")
    if last > MOST_SIZES:
        raise ForcedError(f"n: at most {MOST_SIZES} patients were expected, found {text!r}")
    return range(first, last + 1)


def _as_json(found: PrintedRate, smallest: int | None) -> str:
    """Everything for a machine."""
    told = {
        "rate": found.percentage.text,
        "followed": found.followed,
        "smallest_n": smallest,
        "deaths": found.deaths,
        "by_size": _records(found.by_size),
        "by_deaths": _records(found.by_deaths),
        "by_position": _records(found.by_position),
    }
    return json.dumps(told, indent=1, default=int)


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    import pandas as pd

    return [
        {str(name): None if value is pd.NA else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def _as_text(found: PrintedRate, smallest: int | None) -> str:
    """An answer in words, and a table of what stands behind it."""
    from ..forced.subsets import MOST_SIZES

    first, last = found.sizes[0], found.sizes[-1]
    group = _patients(last) if first == last else f"{first} to {_patients(last)}"
    printed = f"{found.percentage.text}%"
    if not found.n_sets:
        answer = f"No group of {group} prints {printed}"
        if smallest is None:
            return f"{answer}, nor any of up to {MOST_SIZES} that can be counted."
        return f"{answer}. The smallest that does has {_patients(smallest)}."
    lines = [f"{printed} of {group}: {_deaths(found.deaths)}."]
    if smallest is not None:
        lines.append(f"The smallest group that prints it has {_patients(smallest)}.")
    if found.depends_on_rounding:
        row = found.by_size.iloc[-1]
        lines.append(
            f"Of {last}, halves rounded up: {row['half_up']:,} sets; to even: {row['half_even']:,}."
        )
    rows: list[tuple[str, ...]]
    if first == last:
        lines.append("A set is the number at risk at each death.")
        rows = [("deaths", "sets", "at risk at the last", "still followed", "such as")]
        for of_deaths in found.by_deaths.to_dict("records"):
            at_last = _span(of_deaths["last_min"], of_deaths["last_max"])
            rows.append(
                (
                    str(of_deaths["deaths"]),
                    f"{of_deaths['sets']:,}",
                    at_last if of_deaths["deaths"] else "-",
                    _span(of_deaths["followed_min"], of_deaths["followed_max"]),
                    _runs(of_deaths["witness_max"]),
                )
            )
    else:
        rows = [("patients", "sets", "deaths", "still followed")]
        for of_size in found.by_size.to_dict("records"):
            deaths, followed = "none fits", "-"
            if of_size["sets"]:
                deaths = _span(of_size["deaths_min"], of_size["deaths_max"])
                followed = _span(of_size["followed_min"], of_size["followed_max"])
            rows.append((str(of_size["n"]), f"{of_size['sets']:,}", deaths, followed))
    return "\n".join([*lines, "", *_aligned(rows)])


def _patients(n: int) -> str:
    return f"{n} patient" if n == 1 else f"{n} patients"


def _deaths(deaths: Sequence[int]) -> str:
    """How many deaths there can be, in words."""
    first, last = deaths[0], deaths[-1]
    if first == last:
        return {0: "no death", 1: "exactly 1 death"}.get(first, f"exactly {first} deaths")
    if len(deaths) == last - first + 1:
        return f"{first} to {last} deaths"
    return f"{', '.join(map(str, deaths[:-1]))} or {last} deaths"


def _span(least: object, most: object) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _runs(sizes: Sequence[int]) -> str:
    """Falling numbers, those in a row as their ends: 37-35, 12."""
    runs: list[list[int]] = []
    for size in sizes:
        if runs and runs[-1][-1] == size + 1:
            runs[-1].append(size)
        else:
            runs.append([size])
    return ", ".join(
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
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
