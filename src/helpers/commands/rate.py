"""`python -m helpers forced`: what a printed rate forces, in words or as JSON."""

from __future__ import annotations

import re

import click

from .shared import Refused

ONE, EACH = 6_000_000, 600_000
"""Exponents that tables of sets may have for one size, and for each of a range: seconds of counting."""


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
@click.option("--complete", is_flag=True, help="Nobody was lost before the rate is read")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON")
def forced(
    printed: str, n: str, decimals: int | None, followed: int, complete: bool, as_json: bool
) -> None:
    """Say how many deaths a printed survival rate means.

    Each death multiplies a Kaplan-Meier rate by 1 - 1/a, where a is the number at risk. The bounds
    are exact for a group of any size; where they are not too many, all sets of such numbers whose
    product prints as the rate are counted too. What holds for deaths holds for any other event.

    \b
    Examples:
      python -m helpers forced --rate 93.5 --n 37
      python -m helpers forced --rate 91.7 --n 12:40
    """
    from ..forced import ForcedError, bounds, countable, smallest_size
    from . import rate_words

    try:
        _check_share(printed)
        found = bounds(printed, _sizes(n), decimals=decimals, followed=followed, complete=complete)
        counted = None
        if not complete:
            affordable = ONE if len(found.sizes) == 1 else EACH
            counted = countable(found.percentage, found.sizes, followed, affordable)
        smallest = smallest_size(printed, decimals=decimals, followed=followed, complete=complete)
        say = rate_words.as_json if as_json else rate_words.as_text
        click.echo(say(found, counted, smallest))
    except ForcedError as error:
        raise Refused(f"--{error}") from None


def _check_share(text: str) -> None:
    """Ask back where a rate looks like a share."""
    from ..forced import ForcedError, percentage

    if re.fullmatch(r"\s*0?\.[0-9]*[1-9][0-9]*\s*", text):
        digits = text.strip().partition(".")[2]
        percent = f"{int(digits[:2].ljust(2, '0'))}{'.' if digits[2:] else ''}{digits[2:]}"
        less = percentage(f"0.{digits}%").text
        raise ForcedError(
            f"rate: is {percent}% meant by {text.strip()}? Write {percent}, or {less}% for less "
            f"than one percent"
        )


def _sizes(text: str) -> range:
    """The sizes that `37` or `12:40` means."""
    from ..forced import ForcedError
    from ..forced.asked import MOST_PATIENTS

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
    if last > MOST_PATIENTS:
        raise ForcedError(f"n: at most {MOST_PATIENTS} patients were expected, found {text!r}")
    return range(first, last + 1)
