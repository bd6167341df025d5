"""Names of patients in drawings: shown as they are, or by their row where the font lacks a letter."""

from __future__ import annotations

import pytest

from helpers.figures.style import drawable


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("P01", "P01"),
        ("$x_1$", "$x_1$"),
        ("Zoë", "Zoë"),
        ("患者甲", "no. 3"),
        ("x" * 200, "x" * 15 + "…"),
    ],
)
def test_a_name_is_drawn_shortened_or_stands_by_its_row(name, drawn):
    assert drawable(name, 3) == drawn
