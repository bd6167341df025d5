"""Exercises of "When oligometastases appear"."""

from __future__ import annotations

from math import log

from .answers import Exercise, Mistake

_TEN, _IN_FIRST_YEAR = 10, 6
"""Invented patients, and how many were diagnosed within a year."""
_RATE = -log(1 - _IN_FIRST_YEAR / _TEN) / 12
_BY_YEAR = (4, 2, 3, 1)
"""Ten other invented patients by the year of their diagnosis; the last ones later."""
_FREE = sum(_BY_YEAR) - _BY_YEAR[0]

EXERCISES = (
    Exercise(
        "one-rate-by-hand",
        right=log(2) / _RATE,
        unit="months",
        within=0.06,
        mistakes=(
            Mistake(
                12 * _TEN / 2 / _IN_FIRST_YEAR,
                "This spreads the diagnoses evenly over the year; a constant rate puts more of them early.",
            ),
            Mistake(
                -12 * log(2) / log(_IN_FIRST_YEAR / _TEN),
                "Those diagnosed and those still free have changed places.",
            ),
            Mistake(1 / _RATE, "This is the mean time; the median is shorter."),
            Mistake(
                _RATE, "This is the rate a month; turn it into the time at which half are free."
            ),
            Mistake(
                6,
                "This puts everybody diagnosed within the year in its middle; the month is not known.",
            ),
            Mistake(
                log(2) / (_IN_FIRST_YEAR / _TEN / 12),
                "The share was taken for the rate: the rate falls on fewer and fewer who are free.",
            ),
        ),
        why="With two cells the best rate makes the expected share free just the share that is seen.",
        hint="Write the share still free at twelve months by the formula, and set it equal to the data.",
    ),
    Exercise(
        "yearly-rate-by-hand",
        right=-log(1 - _BY_YEAR[1] / _FREE),
        unit="number",
        within=0.004,
        mistakes=(
            Mistake(
                -log(1 - _BY_YEAR[1] / sum(_BY_YEAR)),
                "This divides by everybody; those diagnosed in the first year are no longer free.",
            ),
            Mistake(
                _BY_YEAR[1] / _FREE,
                "This is the share diagnosed in the year; a rate lets those who are free become fewer.",
            ),
            Mistake(
                _BY_YEAR[1] / sum(_BY_YEAR),
                "This is the share of all patients; ask of those who were free when the year began.",
            ),
            Mistake(
                -log(1 - sum(_BY_YEAR[:2]) / sum(_BY_YEAR)),
                "This adds up both years; the first belongs to another rate.",
            ),
            Mistake(
                -log(1 - _BY_YEAR[1] / _FREE) / 12, "This is the rate a month; give it a year."
            ),
            Mistake(
                log(1 - _BY_YEAR[1] / _FREE),
                "A rate is not negative; the logarithm of a share below one is.",
            ),
        ),
        why="Only those who were free when the year began could be diagnosed in it.",
        hint="How many were free when the second year began, and what share of them stayed so?",
    ),
)
