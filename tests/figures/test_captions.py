"""What a caption says is drawn, is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import books
import pytest
from bs4 import BeautifulSoup, Tag
from test_figures import DRAWINGS, svg

from helpers import figures

pytestmark = pytest.mark.filterwarnings("ignore::bs4.XMLParsedAsHTMLWarning")

_AXIS = re.compile(r"^(matplotlib\.axis|[xy]tick|text|legend|figure|axes)")


def _shapes(drawing: Tag) -> Iterator[tuple[str, dict[str, str], Tag]]:
    """Name of the group, style and element of all that is drawn inside the axes, without axis and legend."""
    for shape in drawing.find_all(["path", "use"]):
        groups = [
            str(part.get("id") or part.get("class") or "") for part in shape.find_parents("g")
        ]
        if shape.find_parent("defs") or any(
            group.startswith(("matplotlib.axis", "text", "legend")) for group in groups
        ):
            continue
        own = next((group for group in groups if group and not _AXIS.match(group)), "")
        style = dict(re.findall(r"([\w-]+):\s*([^;]+)", str(shape.get("style", ""))))
        yield own, style, shape


def _is_grey(colour: str) -> bool:
    """Whether it is a grey that is neither as dark as text nor as light as a grid."""
    channels = {int(colour[i : i + 2], 16) for i in (1, 3, 5)} if len(colour) == 7 else {0}
    return len(channels) == 1 and 0x40 < channels.pop() < 0xC0


def drawn(drawing: Tag) -> set[str]:
    """What is drawn, in the words of captions."""
    found = set()
    for group, style, shape in _shapes(drawing):
        stroke = style.get("stroke", "none")
        width = float(style.get("stroke-width", 1))
        if shape.name == "use" and "Poly" not in group:
            found |= {"mark", "tick"}
        if "moving" in group:
            found |= {"mark", "tick", "line"}
        if "LineCollection" in group:
            found |= {"tick", "line"}
        if style.get("fill", "#000000") != "none" and ("Poly" in group or "opacity" in style):
            found.add("band")
        if group.startswith("patch") or width >= 5 or "Poly" in group:
            found.add("bar")
        if stroke != "none" and shape.name == "path" and style.get("fill") == "none":
            found.add("line")
            if _is_grey(stroke):
                found.add("grey line")
            if dashes := style.get("stroke-dasharray"):
                long = float(re.split(r"[ ,]+", dashes)[0]) > 1.5 * width
                found.add("dashed line" if long else "dotted line")
    return found


_SAID = {
    r"\bdotted lines?\b": "dotted line",
    r"\bdashed lines?\b": "dashed line",
    r"\bgr[ea]y lines?\b": "grey line",
    r"\blines?\b": "line",
    r"\bticks?\b": "tick",
    r"\bbands?\b": "band",
    r"\bbars?\b": "bar",
    r"\b(dots?|points|rings?|circles?|diamonds?|squares|triangles?|crosses)\b": "mark",
}


def missing(caption: str, drawing: Tag) -> list[str]:
    """What a caption speaks of and the drawing does not have."""
    there = drawn(drawing)
    said = {kind for words, kind in _SAID.items() if re.search(words, caption, re.IGNORECASE)}
    return sorted(said - there)


def _intervals(**options: Any) -> figures.Figure:
    values = {"one": {"a": [1.0, 2, 3]}, "two": {"a": [2.0, 3, 5]}}
    return figures.intervals(values, x_label="Ratio", log=True, **options)


@pytest.mark.parametrize(
    ("figure", "caption", "expected"),
    [
        (_intervals(mark={"two": 4.0}), "Thick bars hold half; the dotted line is ours.", []),
        (_intervals(), "Thick bars hold half; the dotted line is ours.", ["dotted line"]),
        (DRAWINGS["kaplan_meier"](), "Bands are intervals, ticks are censored patients.", []),
        (DRAWINGS["scorecard"](), "What prints the same (bars) and the cohort (dots).", []),
        (DRAWINGS["scorecard"](), "The dashed line is one.", ["dashed line"]),
    ],
)
def test_a_line_that_is_not_drawn_is_found(
    figure: figures.Figure, caption: str, expected: list[str]
):
    assert missing(caption, BeautifulSoup(svg(figure), "html.parser")) == expected


def test_captions_of_the_book_speak_of_what_is_drawn(shipped: books.Built):
    checked = 0
    for page in sorted(Path(shipped.folder, "notebooks").glob("*.html")):
        for figure in shipped.soup(f"notebooks/{page.stem}").select("figure:has(figcaption)"):
            caption = figure.select_one(".caption-text").get_text()
            image = figure.select_one("img[src$='.svg']")
            drawing = figure.find("svg")
            if image is not None:
                drawing = BeautifulSoup(
                    (page.parent / image["src"]).read_text(encoding="utf-8"), "html.parser"
                )
            assert drawing is not None, caption
            assert missing(caption, drawing) == [], f"{page.stem}: {caption}"
            checked += any(re.search(words, caption) for words in _SAID)
    assert checked >= 25
