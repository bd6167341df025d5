"""No result is typed by hand: prose quotes code through `glue`, and print through `printed`."""

from __future__ import annotations

from pathlib import Path

import books
import pytest
from prose import Finding, findings

from helpers import published
from helpers.published import KaplanMeier

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/*.md"), *ROOT.glob("README.md")])


def _names_of_estimands() -> list[str]:
    """The horizon and the cut-point, which name what is estimated, as the YAML has them."""
    study = published.load()
    months = {e.estimand.time for e in study.targets if isinstance(e.estimand, KaplanMeier)}
    assert months, "the study has no rate at a time"
    names = [rf"{study['cut-point'].value} mm"]
    for time in months:
        names += [rf"{time:g} months", rf"{time / 12:g}[- ]years?"]
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_result_is_typed_by_hand(page: Path):
    typed = findings(page.read_text(encoding="utf-8"), _names_of_estimands())
    name = page.relative_to(ROOT)
    told = "\n".join(f"  {name}:{found.line}: {found.text}" for found in typed)
    assert not typed, (
        f"typed by hand:\n{told}\nUse {{printed}}`id` or {{glue}}`name`; an example made up for "
        "teaching goes between <!-- by hand --> and <!-- /by hand -->"
    )


def test_pages_are_found():
    names = {page.name for page in PAGES}
    assert {"index.md", "glossary.md", f"{books.chapter('overall-survival')}.md"} <= names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Survival was 40.1% at last.", "40.1%"),
        ("Survival was 40 % at last.", "40 %"),
        ("Almost 40 per cent lived.", "40 per cent"),
        ("A hazard ratio of 2.31 is large.", "2.31"),
        ("The test gave p = 0.04 here.", "p = 0.04"),
        ("The test gave P<0.001 here.", "P<0.001"),
        ("with a p value of 0.04 here", "p value of 0.04"),
        ("in one group (n = 12)", "n = 12"),
        ("19 of 22 were small", "19 of 22"),
        ("19 out of the 22 were small", "19 out of the 22"),
        ("a share of 19/22", "19/22"),
        ("There were 56 patients.", "56 patients"),
        ("There were 1,056 patients.", "1,056 patients"),
        ("There were 56 eligible patients.", "56 eligible patients"),
        ("Of these, 12 of the patients died.", "12 of the patients"),
        ("after 24 months", "24 months"),
        ("a 24-month rate", "24-month"),
        ("There were nineteen patients.", "nineteen patients"),
        ("There were twenty-two small lesions.", "twenty-two small lesions"),
        ("There were 56\npatients.", "56 patients"),
        ("```{note}\nThere were 56 patients.\n```", "56 patients"),
        ("````{admonition} 12 deaths\n:class: tip\nText\n````", "12 deaths"),
        (
            "```{code-cell} ipython3\n---\nmystnb:\n  figure:\n    caption: All 56 patients.\n---\n1\n```",
            "56 patients",
        ),
        ('```{code-cell} ipython3\ntables.show(x, caption="The 56 patients")\n```', "56 patients"),
        ("| deaths | 12.5 |\n", "12.5"),
        ("- {printed}`n-patients` and 12 deaths", "12 deaths"),
    ],
)
def test_a_typed_result_is_found(text: str, found: str):
    assert [finding.text for finding in findings(text)] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "There were {printed}`n-patients` patients, {glue}`deaths` died.",
        "The variance of $1.5 x$ and `n = 12` and $$0.3 patients$$.",
        "A 95% interval, tested at 0.05.",
        "One patient, two lesions, ten patients by hand, the first of three things.",
        "See [the 3.5 paper](https://doi.org/10.1136/ijgc-2022-003620).".replace("3.5 ", ""),
        "<https://doi.org/10.1136/ijgc-2022-003620> and doi 10.1002/sim.2864",
        "```{code-cell} ipython3\nx = 12.5  # 12 patients\n```",
        "```python\nx = 12.5\n```",
        "```{exercise-start} One more\n:label: ex-12-patients\n```",
        "---\ntitle: 12 patients\n---\nText.",
        "<!-- 12 patients -->",
        "<!-- by hand -->\nInvent 12 patients, 3 of 7 dead.\n<!-- /by hand -->",
        "Invent <!-- by hand -->12 patients<!-- /by hand --> today.",
        "1. First\n2. Second",
        "Published in 2023, treated from 2007 on, in chapter 6.",
        "1 for progression, 2 for death without it",
    ],
)
def test_what_is_no_result_may_stand(text: str):
    assert findings(text) == []


def test_the_line_is_that_of_the_file():
    text = "---\na: 1\n---\n\n# Title\n\n```{code-cell}\n12.5\n```\n\nText\nwith 12 deaths.\n"
    assert findings(text) == [Finding(12, "12 deaths")]


@pytest.mark.parametrize("text", ["<!-- by hand -->\n12 deaths", "12 deaths\n<!-- /by hand -->"])
def test_a_region_that_is_not_closed_is_told(text: str):
    with pytest.raises(ValueError, match=r"line \d: .* has no partner"):
        findings(text)
