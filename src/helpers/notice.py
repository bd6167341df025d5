"""What every page says about its cohort: notebooks as HTML, pages of prose through Sphinx."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

from . import disclosure, markup
from .cohort import Cohort

CONTAINS_PATIENTS = "Contains single patients: not for publication."
"""The first words of every page that may show rows of a reader's own cohort."""
AGGREGATES = "Single patients are left out, and so are numbers of fewer than five."
"""What every other page on a reader's own cohort says."""
NOT_SHOWN = "not-shown"
"""The page that lists what is left out of a book of aggregates."""
HOW_IT_IS_MADE = "02-from-abstract-to-cohort"
"""The chapter that tells how the shipped cohort was made."""


@dataclass(frozen=True)
class Notice:
    """The banner of a page.

    Attributes
    ----------
    lead : str
        Its first words: what to know before all else.
    text : str
        What that means for the reader.
    link : str
        Words that lead to `HOW_IT_IS_MADE`; empty in a book that has no such chapter.
    """

    lead: str
    text: str
    link: str = ""

    def html(self, address: str = f"{HOW_IT_IS_MADE}.ipynb") -> str:
        """The banner for a notebook.

        Parameters
        ----------
        address : str
            Where the link leads.
        """
        link = f' <a href="{escape(address)}">{escape(self.link)}</a>' if self.link else ""
        return (
            f'<div class="{markup.BANNER}" role="note" style="border-left: 0.3rem solid #b45309; '
            f'padding: 0.5rem 0.9rem"><strong>{escape(self.lead)}</strong> {escape(self.text)}'
            f"{link}</div>"
        )


def of(cohort: Cohort) -> Notice:
    """The notice for a cohort: that it is invented, or else its name; and what is shown of a reader's own."""
    if not disclosure.is_own():
        return _of(cohort)
    found = _of(cohort)
    if disclosure.only_aggregates():
        return replace(found, text=f"{AGGREGATES} {found.text}")
    return replace(found, lead=CONTAINS_PATIENTS, text=f"{found.lead} {found.text}")


def _of(cohort: Cohort) -> Notice:
    if cohort.synthetic:
        return Notice(
            lead="Invented data.",
            text="No row is a real patient of the study.",
            link="How it was made.",
        )
    return Notice(
        lead=f"Cohort: {cohort.name.rstrip('.')}.",
        text=" ".join(
            (
                "Results on these pages are those of this cohort, not of the synthetic one that the "
                "book comes with. Numbers called printed are those of the published abstract. The text "
                "speaks of its patients, women with cervical cancer, and says neck for supraclavicular.",
                *(
                    f"Where the text says {old}, it is {new} here."
                    for old, new in cohort.words.items()
                ),
                *dict.fromkeys(cohort.lacking.values()),
            )
        ),
        link="How the synthetic one was made.",
    )
