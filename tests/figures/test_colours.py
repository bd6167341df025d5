"""Colours of figures: told apart with every dichromacy, legible on white, and never alone in meaning.

Dichromacies are simulated by Machado et al. 2009 (doi 10.1109/TVCG.2009.113) at full severity, and
distances are those of CAM02-UCS, both by colorspacious. The limits are Petroff's (2021,
arXiv:2107.02270), who measures in the same way: colours of a set of six are at least 20 apart, of a
set of ten 16. Contrasts are WCAG 2.2's: 4.5 for text (1.4.3), 3 for what has to be seen (1.4.11).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from colorspacious import cspace_convert
from matplotlib import colors
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.text import Text
from test_figures import DRAWINGS, fitter

from helpers import figures
from helpers.figures import patients
from helpers.figures.style import _COLOURS, _LOOKS, _OTHERS, BLUE, FAINT, INK, VERMILION, Look

VISIONS: dict[str, Any] = {
    "protanopia": {"name": "sRGB1+CVD", "cvd_type": "protanomaly", "severity": 100},
    "deuteranopia": {"name": "sRGB1+CVD", "cvd_type": "deuteranomaly", "severity": 100},
    "tritanopia": {"name": "sRGB1+CVD", "cvd_type": "tritanomaly", "severity": 100},
    "all three cones": "sRGB1",
}
APART, APART_IN_TEN = 20.0, 16.0
TEXT, SEEN = 4.5, 3.0
# Groups that stand in one figure.
TOGETHER = {
    "sites": ["supraclavicular", "other sites"],
    "three sites": ["supraclavicular", "lung", "other"],
    "sizes": ["≤15 mm", ">15 mm"],
    "times to oligometastasis": ["exponential", "Weibull"],
    "growth": ["exponential", "Gompertz", "logistic", "power law"],
}


def distance(one: str, other: str, vision: str) -> float:
    places = [
        cspace_convert(
            cspace_convert(colors.to_rgb(c), VISIONS[vision], "sRGB1"), "sRGB1", "CAM02-UCS"
        )
        for c in (one, other)
    ]
    return float(np.linalg.norm(places[0] - places[1]))


def contrast(colour: Any, alpha: float = 1.0) -> float:
    """With white; a transparent colour as it looks on white."""
    red, green, blue, own = colors.to_rgba(colour)
    alpha *= own
    channels = 1 - alpha * (1 - np.array([red, green, blue]))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05))


def too_close(chosen: list[str], limit: float) -> list[str]:
    return [
        f"{one} and {other}, {vision}: {distance(one, other, vision):.1f} apart"
        for one, other in combinations(chosen, 2)
        for vision in VISIONS
        if distance(one, other, vision) < limit
    ]


def test_distances_are_those_of_the_literature():
    """The least distances in matplotlib's copies of Petroff's sets are what he asked of them."""
    from matplotlib import color_sequences

    sets = {"petroff10": APART_IN_TEN, "petroff6": APART}
    for name in sets.keys() & set(color_sequences):
        chosen = [colors.to_hex(colour) for colour in color_sequences[name]]
        least = min(
            distance(*pair, vision) for pair in combinations(chosen, 2) for vision in VISIONS
        )
        assert least == pytest.approx(sets[name], abs=0.5)
    assert "petroff10" in color_sequences
    assert too_close(["#D55E00", "#E69F00"], APART), "vermilion and orange are close"
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("black") == pytest.approx(21)


@pytest.mark.parametrize("groups", TOGETHER)
def test_groups_of_one_figure_are_told_apart_with_every_dichromacy(groups: str):
    looks = [_LOOKS[label] for label in TOGETHER[groups]]
    assert too_close([shown.colour for shown in looks], APART) == []
    assert_differ_without_colour(looks)


def assert_differ_without_colour(looks: list[Look]) -> None:
    for name in ("line", "marker"):
        values = [str(getattr(shown, name)) for shown in looks]
        assert len(set(values)) == len(values), f"same {name}: {values}"


def test_every_named_group_is_in_a_set_that_is_checked():
    assert {label for labels in TOGETHER.values() for label in labels} | {"all"} == set(_LOOKS)


def test_groups_by_position_are_told_apart_too():
    chosen = [shown.colour for shown in _OTHERS]
    assert too_close(chosen[:5], APART) == []
    assert too_close(chosen, APART_IN_TEN) == []
    assert_differ_without_colour(list(_OTHERS))
    hatches = [shown.hatch for shown in _OTHERS]
    assert len(set(hatches)) == len(hatches)


def test_bars_that_stand_together_differ_in_hatch():
    for labels in (["supraclavicular", "lung", "other"], ["≤15 mm", ">15 mm"]):
        hatches = [_LOOKS[label].hatch for label in labels]
        assert len(set(hatches)) == len(hatches)


def test_colours_of_lines_are_legible_as_text():
    """The table under a Kaplan–Meier curve writes each group in its colour."""
    every = {*_COLOURS, INK, FAINT, *(look.colour for look in [*_LOOKS.values(), *_OTHERS])}
    faint = {colour: round(contrast(colour), 2) for colour in every if contrast(colour) < TEXT}
    assert faint == {}


def test_the_cycle_of_colours_goes_with_a_cycle_of_dashes():
    with mpl.rc_context():
        figures.style()
        cycle = list(mpl.rcParams["axes.prop_cycle"])
    assert [entry["color"] for entry in cycle] == _COLOURS
    assert too_close(_COLOURS, APART_IN_TEN) == []
    assert len({str(entry["linestyle"]) for entry in cycle}) == len(_COLOURS)


def test_printed_and_reproduced_differ_in_form_and_colour():
    drawn = DRAWINGS["scorecard"]().figure
    bars = [bar for ax in drawn.axes for bar in ax.patches]
    dots = [line for ax in drawn.axes for line in ax.lines if line.get_marker() == "o"]
    assert {mpl.colors.to_hex(bar.get_edgecolor()).upper() for bar in bars} == {BLUE}
    assert {dot.get_color() for dot in dots} == {VERMILION}
    assert too_close([BLUE, VERMILION], APART) == []


def test_what_happened_to_a_patient_has_a_mark_of_its_own():
    markers = [marker for marker, _ in patients._MARKS.values()]
    assert len(set(markers)) == len(markers)
    marks = [mark for mark in drawn_marks(DRAWINGS["swimmer"]().figure) if len(mark.get_offsets())]
    assert marks
    for mark in marks:
        assert {contrast(edge) for edge in mark.get_edgecolor()} == {contrast(INK)}


def drawn_marks(drawing: Drawing) -> Iterator[PathCollection]:
    for ax in drawing.axes:
        yield from (c for c in ax.collections if isinstance(c, PathCollection))


def shown(drawing: Drawing) -> Iterator[tuple[str, Any, float, float]]:
    """What is drawn in a figure: what it is, its colour, its alpha, and the contrast that it needs.

    Lines of a grid only lead the eye, and are left out.
    """
    grids = {line for ax in drawing.axes for line in [*ax.get_xgridlines(), *ax.get_ygridlines()]}

    def visible(artist: Artist) -> bool:
        return artist.get_visible()

    for text in drawing.findobj(Text):
        if visible(text) and text.get_text().strip():
            yield f"text {text.get_text()!r}", text.get_color(), text.get_alpha() or 1, TEXT
    for line in drawing.findobj(Line2D):
        drawn = line.get_linestyle() != "None" or line.get_marker() not in ("None", "", None)
        if visible(line) and drawn and len(line.get_xdata()) and line not in grids:
            colour = line.get_color()
            if line.get_linestyle() == "None":
                colour = line.get_markeredgecolor()
            yield "line", colour, line.get_alpha() or 1, SEEN
    for mark in drawn_marks(drawing):
        for colours in zip(mark.get_facecolor(), mark.get_edgecolor(), strict=False):
            yield "mark", max(colours, key=contrast), 1, SEEN


def many_groups() -> figures.Figure:
    """Curves in every colour by position, with those of another cohort behind them."""
    fits = {f"group {letter}": fitter([9.0, 40.0], [1, 0], letter) for letter in "abcdef"}
    return figures.kaplan_meier(
        fits, mark_months=36, alternatives={label: [fit] for label, fit in fits.items()}
    )


@pytest.mark.parametrize("name", [*DRAWINGS, "many groups"])
def test_what_is_drawn_stands_out_from_white(name: str):
    drawing = (DRAWINGS | {"many groups": many_groups})[name]().figure
    faint = {
        f"{what}, {colors.to_hex(colour)}: {contrast(colour, alpha):.2f}, not {needed}"
        for what, colour, alpha, needed in shown(drawing)
        if contrast(colour, alpha) < needed
    }
    assert not faint, f"{name}: {sorted(faint)}"
