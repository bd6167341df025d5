"""Names of columns that mean the same: words of the field, and how alike two names are.

difflib and rapidfuzz compare letters; that `fu` is a follow-up and `dob` no date of treatment they
cannot know.
"""

from __future__ import annotations

import re

_SAME = """
patient patients pat patid subject participant case mrn pid
id identifier nr no num number code key record
died dead death deaths deceased exitus vital status event mortality
follow followup fu futime rfstime dtime os survival surv observation observed time duration
diameter size tsize
age
histology histological histologic hist histo morphology pathology
stage figo
grade tgrade grading
site sites location localisation localization organ region
treatment treated therapy rt tx rx irradiation radiotherapy sbrt
systemic chemo chemotherapy
progression progressed progress progressive pd pfs
recurrence recurrent recurred recur relapse relapsed recurrences rec
regional locoregional nodal pelvic
local
lesion lesions metastasis metastases met mets tumor tumour node
diagnosis diagnosed dx diag
oligometastasis oligometastases oligomet oligomets oligo
negative neg clear
contact seen visit alive
last latest
birth born dob birthday
start begin began started
scan imaging
ct
"""
_CANONICAL = {word: line.split()[0] for line in _SAME.strip().splitlines() for word in line.split()}
_UNITS = {
    **dict.fromkeys(("day", "days", "d"), "days"),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), "weeks"),
    **dict.fromkeys(("month", "months", "mo", "mos", "mths"), "months"),
    **dict.fromkeys(("year", "years", "yr", "yrs"), "years"),
    "mm": "mm",
    "cm": "cm",
}
_EMPTY = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "at",
        "by",
        "for",
        "from",
        "had",
        "has",
        "his",
        "her",
        "its",
        "in",
        "is",
        "of",
        "on",
        "or",
        "that",
        "the",
        "their",
        "to",
        "up",
        "was",
        "with",
        "since",
        "until",
        "did",
        "not",
        "show",
        "max",
        "maximum",
        "largest",
        "longest",
    ]
)
_DATES = frozenset({"date", "dat", "dt", "start", "day"})
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


def words(name: str, dates: bool = False) -> frozenset[str]:
    """What a name says, in words that stand for all that mean the same.

    Parameters
    ----------
    name : str
        Of a column, or a sentence.
    dates : bool
        Whether it is of a date, so that this needs no word.
    """
    parts = [part.lower() for part in _PARTS.findall(name)]
    told = [_CANONICAL.get(part, part) for part in parts if part not in _EMPTY]
    if dates:
        return frozenset(word for word in told if word not in _DATES)
    return frozenset(word for word in told if word not in _UNITS) or frozenset(told)


def unit_in(name: str) -> str:
    """The unit that a name tells; empty where it tells none."""
    told = [_UNITS[part] for part in map(str.lower, _PARTS.findall(name)) if part in _UNITS]
    return told[-1] if told else ""


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two names say the same, from 0 to 1: the share of words that both have (Dice)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
