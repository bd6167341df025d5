"""How numbers and tables are written."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pandas as pd
import pytest

from helpers import published, tables


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (tables.number(2.345, 2), "2.35"),
        (tables.number(2.344999, 2), "2.34"),
        (tables.number(-3.21), "−3.2"),
        (tables.number(-0.04), "0.0"),
        (tables.number(inf), "∞"),
        (tables.number(-inf), "−∞"),
        (tables.number(nan), "not computable"),
        (tables.number(None), "not computable"),
        (tables.number(1e15, 0), "1000000000000000"),
        (tables.number(np.float64(0.0)), "0.0"),
        (tables.percent(0.4005), "40.1%"),
        (tables.percent(1.0), "100.0%"),
        (tables.percent(None), "not computable"),
        (tables.percent(nan), "not computable"),
        (tables.count(12), "12"),
        (tables.count(nan), "not computable"),
        (tables.p_value(0.0009999), "p < 0.001"),
        (tables.p_value(0.001), "p = 0.001"),
        (tables.p_value(0.0096), "p = 0.010"),
        (tables.p_value(0.00999), "p = 0.01"),
        (tables.p_value(0.0393), "p = 0.04"),
        (tables.p_value(0.994), "p = 0.99"),
        (tables.p_value(0.996), "p > 0.99"),
        (tables.p_value(1.0), "p > 0.99"),
        (tables.p_value(nan), "not computable"),
        (tables.interval(8, 2.44, 26.6), "8.0 (2.4 to 26.6)"),
        (tables.interval(8, 2.44, inf), "8.0 (2.4 to ∞)"),
        (tables.interval(8, nan, 26.6), "8.0 (? to 26.6)"),
        (tables.interval(1, nan, nan, tables.percent), "100.0% (no interval)"),
        (tables.interval(nan, nan, nan), "not computable"),
    ],
)
def test_numbers_are_written_so(written: str, expected: str):
    assert written == expected


def test_a_number_is_rounded_as_a_printed_one():
    entry = published.load()["os-36-scf"]
    for value in np.arange(0, 101, 0.05):
        assert tables.percent(value / 100, entry.decimals) == entry.format(value), value


def _cells(html: str) -> list[list[str]]:
    """The rows of a table, header first, as a browser would show them."""
    rows = html.split("<tr")[1:]
    return [
        [part.split(">", 1)[1].split("</")[0] for part in row.split("<t")[1:] if part[0] in "hd"]
        for row in rows
    ]


def test_a_table_has_a_caption_headers_and_as_many_decimals_as_needed():
    frame = pd.DataFrame(
        {
            "group": ["a & b", None],
            "follow_up_months": [2.0, 12.4],
            "deaths": [1.0, nan],
            "survival": [0.5, 1 / 3],
            "p": [0.0001, 0.5],
            "ratio": [1.23456, inf],
            "alive": [True, False],
        },
        index=[5, 5],
    )
    html = tables.html(frame, "Two <groups>", percents=["survival"], p_values=["p"])
    assert _cells(html) == [
        ["group", "follow up months", "deaths", "survival", "p", "ratio", "alive"],
        ["a &amp; b", "2.0", "1", "50.0%", "&lt; 0.001", "1.23", "True"],
        ["", "12.4", "", "33.3%", "0.50", "∞", "False"],
    ]
    assert "<caption>Two &lt;groups&gt;</caption>" in html
    assert 'aria-label="Two &lt;groups&gt;"' in html
    assert html.count('<th scope="col"') == 7
    assert html.count('<td class="number">') == 10
    assert "style=" not in html.replace('style="text-align: unset;"', "")


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame({"a": [nan, nan]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": pd.Categorical(["x", None]), "b": pd.to_datetime(["2020-01-02", None])}),
        pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    ],
    ids=["nothing", "no rows", "all missing", "a name twice", "categories and dates", "nullable"],
)
def test_odd_tables_are_shown(frame: pd.DataFrame):
    html = tables.html(frame, "Odd")
    assert html.count("<td") == frame.size
    assert "NaN" not in html
    assert "NaT" not in html
    assert "&lt;NA&gt;" not in html
