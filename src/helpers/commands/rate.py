"""`python -m helpers forced`: what a printed rate forces, in words or as JSON."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from . import interval_words, rate_words, rates_words
from .shared import Refused

if TYPE_CHECKING:
    from ..forced import Interval, Together

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"

ONE, EACH = 6_000_000, 600_000
"""Exponents that tables of sets may have for one size, and for each of a range: seconds of counting."""


@click.command("forced", short_help="Say how many deaths a printed survival rate means.")
@click.option(
    "--rate",
    "printed",
    required=True,
    multiple=True,
    metavar="PERCENT",
    help="As printed, such as 93.5; of several each with its time, such as 12:95.8",
)
@click.option("--n", help="Patients, such as 37, or a range, such as 12:40")
@click.option("--decimals", type=int, help="Decimals printed  [those of the rate]")
@click.option(
    "--followed",
    type=int,
    default=1,
    show_default=True,
    help="Patients who must still be followed when the rate is read, unless it is 0",
)
@click.option("--complete", is_flag=True, help="Nobody was lost before the rate is read")
@click.option(
    "--at-risk", multiple=True, metavar="TIME:N", help="Number at risk at a time, such as 24:14"
)
@click.option(
    "--median-follow-up", "median", metavar="TIME", help="Of everybody, dead or alive, as printed"
)
@click.option(
    "--interval", metavar="FROM-TO", help="Interval printed with the rate, such as 70.1-97.3"
)
@click.option("--level", type=float, default=95, show_default=True, help="Of the interval")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON")
def forced(
    printed: tuple[str, ...],
    n: str | None,
    decimals: int | None,
    followed: int,
    complete: bool,
    at_risk: tuple[str, ...],
    median: str | None,
    interval: str | None,
    level: float,
    as_json: bool,
) -> None:
    """Say how many deaths a printed survival rate means.

    Each death multiplies a Kaplan-Meier rate by 1 - 1/a, where a is the number at risk. The bounds
    are exact for a group of any size; where they are not too many, all sets of such numbers whose
    product prints as the rate are counted too. Of several rates of one group it is said whether
    they can all be; of an interval, which type it is and how many patients it takes. What holds for deaths holds for any other event.

    \b
    Examples:
      python -m helpers forced --rate 93.5 --n 37
      python -m helpers forced --rate 91.7 --n 12:40
      python -m helpers forced --rate 12:95.8 --rate 24:87.6 --n 60
      python -m helpers forced --rate 24:76.4 --at-risk 24:14 --n 33
      python -m helpers forced --rate 90.9 --interval 68.3-97.6
    """
    from ..forced import ForcedError

    if n is None and interval is None:
        raise click.MissingParameter(param_hint="'--n'", param_type="option")
    try:
        sizes, rates = range(0) if n is None else _sizes(n), [_rate(text) for text in printed]
        if interval is not None:
            if len(rates) > 1 or at_risk or median is not None or complete:
                raise ForcedError("interval: it was expected with one rate and nothing else")
            found = _interval(rates[0][1], interval, decimals, level)
            tell = interval_words.interval_as_json if as_json else interval_words.interval_as_text
            say = tell(found, sizes)
        elif len(rates) == 1 and not at_risk and median is None:
            say = _of_one(rates[0][1], sizes, decimals, followed, complete, as_json)
        else:
            known = _together(rates, decimals, followed, complete, at_risk, median)
            in_words = rates_words.rates_as_json if as_json else rates_words.rates_as_text
            say = in_words(known, sizes)
    except ForcedError as error:
        raise Refused(f"--{error}") from None
    click.echo(say)


def _interval(text: str, interval: str, decimals: int | None, level: float) -> Interval:
    """A rate with its interval."""
    from ..forced import ForcedError, Interval, percentage

    match = re.fullmatch(rf"\s*({_NUMBER})\s*%?\s*(?:-|–|to|:|,)\s*({_NUMBER})\s*%?\s*", interval)
    if match is None:
        raise ForcedError(
            f"interval: two percentages such as 70.1-97.3 were expected, found {interval!r}"
        )
    low, high = (percentage(end, decimals) for end in match.groups())
    return Interval(percentage(text, decimals), low, high, level / 100)


def _of_one(
    text: str, sizes: range, decimals: int | None, followed: int, complete: bool, as_json: bool
) -> str:
    """What one rate forces, counted where that is affordable."""
    from ..forced import bounds, countable, smallest_size

    found = bounds(text, sizes, decimals=decimals, followed=followed, complete=complete)
    counted = None
    if not complete:
        counted = countable(found.percentage, sizes, followed, ONE if len(sizes) == 1 else EACH)
    smallest = smallest_size(text, decimals=decimals, followed=followed, complete=complete)
    return (rate_words.rate_as_json if as_json else rate_words.rate_as_text)(
        found, counted, smallest
    )


def _together(
    rates: list[tuple[str | None, str]],
    decimals: int | None,
    followed: int,
    complete: bool,
    at_risk: tuple[str, ...],
    median: str | None,
) -> Together:
    """Several rates, or one and what else is known."""
    from ..forced import ForcedError, TimedRate, Together, percentage
    from ..published import rounding

    found = []
    for time, text in rates:
        if time is None:
            raise ForcedError(
                f"rate: its time was expected too, such as 12:{text}, for it is not asked alone"
            )
        found.append(TimedRate(Fraction(time), percentage(text, decimals)))
    numbers = {}
    for text in at_risk:
        match = re.fullmatch(rf"\s*({_NUMBER})\s*:\s*([0-9]+)\s*", text)
        if match is None:
            raise ForcedError(
                f"at-risk: a time and a number such as 24:14 were expected, found {text!r}"
            )
        numbers[Fraction(match[1])] = int(match[2])
    limits = None
    if median is not None:
        match = re.fullmatch(_NUMBER, median.strip())
        if match is None:
            raise ForcedError(f"median-follow-up: a time such as 31 was expected, found {median!r}")
        places = len(median.strip().partition(".")[2])
        limits = rounding.limits(Fraction(match[0]), places, habits=rounding.HABITS)
    return Together(tuple(found), numbers, limits, followed, complete)


def _rate(text: str) -> tuple[str | None, str]:
    """The time, where there is one, and the percentage of `93.5` or `12:95.8`."""
    from ..forced import ForcedError

    time, colon, rest = text.rpartition(":")
    if colon and not re.fullmatch(_NUMBER, time.strip()):
        raise ForcedError(
            f"rate: a time and a percentage such as 12:95.8 were expected, found {text!r}"
        )
    _check_share(rest)
    return (time.strip() if colon else None), rest


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
