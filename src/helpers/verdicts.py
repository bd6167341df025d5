"""What the book can say of a number that is not printed: three verdicts, one set of words.

- `PROVED`: every cohort that prints the numbers in question lies in the interval. Whether its ends
  are attained is said beside it.
- `WITNESSED`: cohorts attain both ends, and of one end at least nobody knows whether others go
  further. What is free is at least this; the interval is one from within.
- `SAMPLED`: a part of the cohorts that were drawn under stated measures lies there. Others that
  print the same may lie anywhere that is not excluded.

A proved interval with ends that are attained is of one of three kinds, which `kind` tells: forced, bounded or free. Of what is
only witnessed or sampled none of these words can be said.

Each function gives a row of a table, whose columns are the same wherever the book says what is known.
"""

from __future__ import annotations

from typing import Literal

Verdict = Literal["proved interval", "at least this free", "sampled"]
Known = Literal["proved", "witnessed"]
Row = dict[str, str]

PROVED: Verdict = "proved interval"
WITNESSED: Verdict = "at least this free"
SAMPLED: Verdict = "sampled"
VERDICTS = (PROVED, WITNESSED, SAMPLED)


def proved(claim: str, interval: str, evidence: str) -> Row:
    """A row of what holds in every cohort, such as by counting all sets or by an inequality.

    Parameters
    ----------
    claim : str
        What the interval is of.
    interval : str
        Both ends in words, or the one value.
    evidence : str
        By what it is proved, and whether the ends are attained.
    """
    return _row(claim, PROVED, interval, evidence)


def certified(
    claim: str,
    interval: str,
    low: Known,
    high: Known,
    words: tuple[str, str] | None = None,
) -> Row:
    """A row of an interval whose ends cohorts attain, each proved to be the last or not.

    Parameters
    ----------
    claim, interval : str
    low, high : {"proved", "witnessed"}
        Of the ends; `certificates.Certificates.table` has them.
    words : (str, str), optional
        How each end is known, such as `low_evidence` and `high_evidence` of that table; left out,
        whether it is proved.
    """
    one, other = words or (low, high)
    evidence = f"both ends {one}" if one == other else f"low: {one}; high: {other}"
    return _row(claim, of_ends(low, high), interval, evidence)


def sampled(claim: str, interval: str, evidence: str) -> Row:
    """A row of what drawn or simulated cohorts show.

    Parameters
    ----------
    claim, interval : str
    evidence : str
        Which part of how many cohorts, and under which measures.
    """
    return _row(claim, SAMPLED, interval, evidence)


def of_ends(low: Known, high: Known) -> Verdict:
    """The verdict on an interval with such ends: proved if both are."""
    return PROVED if low == high == "proved" else WITNESSED


def kind(
    least: float, most: float, possible: tuple[float, float]
) -> Literal["forced", "bounded", "free"]:
    """Of which kind a proved interval is.

    Parameters
    ----------
    least, most : float
        Its ends.
    possible : (float, float)
        What could be if the number were not printed.
    """
    if least == most:
        return "forced"
    return "free" if (least, most) == possible else "bounded"


def _row(claim: str, verdict: Verdict, interval: str, evidence: str) -> Row:
    return {"claim": claim, "verdict": verdict, "interval": interval, "evidence": evidence}
