"""What every page of a short book opens with: its study, from the environment, and the banner."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path

from IPython.display import HTML, display

from .. import figures, page, published
from ..cohort import Cohort
from ..ensemble import Ensemble
from ..notice import Notice
from ..published import Study
from . import work
from .tabulated import Drawn
from .work import Outcome

STUDY, WORK = "study.yaml", "work"
"""Beside the notebooks of a short book: its study, and what was computed for it."""


@dataclass(frozen=True)
class Opened:
    """A study and what came of the work on it.

    Attributes
    ----------
    study : Study
    file : Path
        Where it was read.
    outcome : Outcome
    """

    study: Study
    file: Path
    outcome: Outcome

    @cached_property
    def cohort(self) -> Cohort | None:
        """A cohort that prints the numbers of the study, if there is one."""
        return self.outcome.load_cohort(self.study) if self.outcome.cohort else None

    @cached_property
    def ensemble(self) -> Ensemble | None:
        """Many such cohorts, if there are any."""
        return self.outcome.load_ensemble(self.study) if self.outcome.ensemble else None

    def why_no_cohort(self) -> None:
        """Say why there is no cohort, and what that proves."""
        proved = self.outcome.how == "impossible"
        head = (
            "No cohort prints these numbers as they are read here. This is proved:"
            if proved
            else "No cohort was found. This proves nothing: one may exist that the search missed. It "
            f"looked at {self.outcome.evaluations:,} cohorts and ended with this:"
        )
        items = "".join(f"<li>{escape(one)}</li>" for one in self.outcome.why)
        display(HTML(f"<p>{escape(head)}</p><ul>{items}</ul>"))

    def why_no_ensemble(self) -> None:
        """Say why there are not many cohorts."""
        if self.cohort is None:
            self.why_no_cohort()
        else:
            display(
                HTML(f"<p>Many cohorts were not drawn: {escape(self.outcome.no_ensemble)}.</p>")
            )


def start() -> Opened:
    """Open the study that the environment names, set the style of figures, and show the banner.

    Returns
    -------
    Opened
        Of the file in the environment variable `PUBLISHED`; what `prepare` left is in the folder
        that `SHORT_BOOK_WORK` names. Where they are not set, of `STUDY` and `WORK` beside the
        notebook, where `make notebooks` puts them.

    Raises
    ------
    ShortBookError
        When `prepare` has not run.
    PublishedError
        When the file is no study.
    """
    file = Path(os.environ.get("PUBLISHED") or STUDY)
    study = published.load(file)
    outcome = work.read(Path(os.environ.get("SHORT_BOOK_WORK") or WORK))
    figures.style()
    display(HTML(notice_of(study).html()))
    return Opened(study, file, outcome)


def reference(study: Study) -> str:
    """How the study is cited, as far as its file says, without its address."""
    about = study.study
    words = [
        about.authors,
        about.title,
        " ".join(filter(None, [about.journal, str(about.year or "")])),
    ]
    return " ".join(f"{one.rstrip('.')}." for one in words if one)


def cite(study: Study) -> None:
    """Show how the study is cited."""
    text = escape(reference(study))
    if study.study.doi:
        doi = escape(study.study.doi)
        text += f' <a href="https://doi.org/{doi}">doi:{doi}</a>'
    display(HTML(f"<p>The study: {text}</p>"))


def show(drawn: Drawn) -> None:
    """Show curves of a synthetic cohort, with their caption."""
    what = drawn.label
    figure = figures.kaplan_meier(
        drawn.fits, what=what, x_label=f"{what[0].upper()}{what[1:]}, {drawn.unit}"
    )
    if drawn.unit != "months":
        figure = replace(
            figure,
            alt=re.sub(r"\bmonth(s?)\b", rf"{drawn.unit.removesuffix('s')}\1", figure.alt),
            table=figure.table.rename(columns={"months": drawn.unit}),
        )
    page.show(figure)
    words = (
        f"Kaplan–Meier estimate of {what}, synthetic cohort. Bands are point-wise 95% intervals, "
        "ticks are censored."
    )
    display(HTML(f"<p><em>{escape(words)}</em></p>"))


def notice_of(study: Study) -> Notice:
    """What every page says of its cohorts."""
    return Notice(
        lead="Invented data.",
        text=f"No row is a real patient of the study “{study.study.title}”. Numbers called printed "
        "are those of the file; everything else is computed from cohorts that were made to print "
        "them.",
    )
