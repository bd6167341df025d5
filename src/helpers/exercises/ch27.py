"""Exercises of "Competing events"."""

from __future__ import annotations

from .answers import Exercise, Mistake

EXERCISES = (
    Exercise(
        "two-hazards",
        right=(1 / 3, 1 / 6),
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake((1 / 6, 1 / 3), "The two have changed places: the dead stay in the second."),
            Mistake(
                (1 / 2, 1 / 5),
                "The patients at risk were counted after the event; she who has it counts as well.",
            ),
            Mistake((1 / 3, 1 / 3), "The dead were left out of both risk sets."),
            Mistake(
                (1 / 8, 1 / 8), "This divides by everybody, also those who have had the event."
            ),
            Mistake(
                (1 / 3, 1 / 8),
                "In the second set stay those who died, but not those who had the event before.",
            ),
        ),
        why="Of those alive and free one has it; with the dead, twice as many are in the set.",
        hint="List who is in each risk set just before the month: once without the dead, once with.",
    ),
    Exercise(
        "fine-gray-weight",
        right=7 / 8 * 3 / 4,
        unit="proportion",
        within=0.004,
        mistakes=(
            Mistake(1.0, "This keeps her whole; but had she lived, she might have been lost."),
            Mistake(0.0, "This takes her out, as the cause-specific hazard does."),
            Mistake(1 - 1 / 8 - 1 / 4, "The shares were subtracted; they have to be multiplied."),
            Mistake(7 / 8, "There was a second censoring before month twelve."),
            Mistake(3 / 4, "There was an earlier censoring after her death."),
        ),
        why="Each censoring after her death leaves of her the share that it leaves of the others.",
        hint="Which share of those watched stays after each censoring between her death and then?",
    ),
    Exercise(
        "drug-prevents",
        right="unsupported",
        unit="choice",
        mistakes=(
            Mistake(
                "supported",
                "The ratio says that fewer had the event. There are two ways for that to happen.",
            ),
            Mistake(
                "contradicted",
                "Nothing that is reported speaks against it; something is missing that would tell.",
            ),
        ),
        why="Fewer metastases may come from fewer metastases on their way, or from earlier deaths.",
        hint="What happens to this ratio if a drug does nothing but shorten life?",
    ),
)
