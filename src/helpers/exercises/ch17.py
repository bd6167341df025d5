"""Exercises of "Six abstracts"."""

from __future__ import annotations

from .answers import Exercise, Mistake

_RATE, _ERROR = 65.5, 11.9
"""Local control of adrenal metastases at a year, in percent, and its standard error."""

_LEFT = 100 - _RATE

EXERCISES = (
    Exercise(
        "error-as-patients",
        right=_RATE * _LEFT / _ERROR**2,
        unit="count",
        within=0.3,
        mistakes=(
            Mistake(46, "The group is so large, but some were lost; or 1 − S is missing."),
            Mistake(_RATE * _LEFT / _ERROR / 100, "The standard error is to be squared."),
            Mistake(_RATE * _LEFT / _ERROR, "The standard error is to be squared."),
            Mistake(100 * _LEFT / _ERROR**2, "The rate itself is missing from S (1 − S)."),
        ),
        why="A share of so many patients, none of them lost, has just this standard error.",
        hint="Take rate and standard error both in percent, or both as shares, and solve for n.",
    ),
    Exercise(
        "at-risk-at-the-failure",
        right=65,
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(68, "So it is if nobody was lost before; some may have been."),
            Mistake(67, "As few as this is possible, but not the fewest; or it is who remained."),
            Mistake(64, "With so many at risk the rate would round to a tenth less."),
        ),
        why="One of 65 is the largest share that still prints as it is printed.",
        hint="Ask forced.bounds for the rate at two years, and look at the last at risk.",
    ),
    Exercise(
        "elsewhere-at-least",
        right=8,
        unit="count",
        within=0.4,
        mistakes=(
            Mistake(
                11, "These are all first events; some may be deaths, and one the local failure."
            ),
            Mistake(10, "This takes away the local failure, and not the deaths."),
            Mistake(9, "This takes away the deaths, and not the local failure."),
            Mistake(0, "So it is if many were lost; here nobody is supposed to be."),
        ),
        why="First events, less the one local failure and the deaths that may be first events.",
        hint="With complete=True each rate has a single number of events.",
    ),
    Exercise(
        "not-to-be-trusted",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake("supported", "A reading was refuted, and not the data: another reading fits."),
            Mistake("contradicted", "Nothing in the numbers shows that the data are sound."),
        ),
        why="What fits nothing refutes what was supposed of it, and that was ours.",
        hint="Is there a group, or a method, whose data would print just this number?",
    ),
)
