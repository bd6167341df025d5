"""How numbers and tables are written."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from IPython.display import HTML

from helpers import headings, published, tables


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
    html = tables.html(frame, "Two <groups>", percents=["survival"])
    assert _cells(html) == [
        ["Group", "Follow-up (months)", "Deaths", "Survival", "p value", "Ratio", "Alive"],
        ["a &amp; b", "2.0", "1", "50.0%", "&lt; 0.001", "1.23", "yes"],
        ["", "12.4", "", "33.3%", "0.50", "∞", "no"],
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


def test_a_column_has_no_more_digits_than_its_numbers_bear():
    frame = pd.DataFrame(
        {
            "moves": [8830.7, 10920.76],
            "burn_in": [496238.59, 62.0],
            "log_likelihood": [-89.819, -7.123],
            "sets": [2439105, 355],
            "hazard_ratio": [0.5, 12.05],
        }
    )
    html = tables.html(frame, decimals=3)
    assert _cells(html)[1:] == [
        ["8831", "496,239", "−89.82", "2,439,105", "0.50"],
        ["10,921", "62", "−7.12", "355", "12.05"],
    ]
    exact = pd.DataFrame({"by_hand": [0.401238, 0.5], "deaths": [3, 1]})
    cells = _cells(tables.html(exact, decimals=6, exact=True))
    assert cells[1:] == [["0.401238", "3"], ["0.500000", "1"]]


def test_rows_of_different_quantities_have_three_digits_each():
    values = [26.0, 49.83, 9.2846, 0.04321, -3.456, inf, 2001.4, nan]
    cells = _cells(tables.html(pd.DataFrame({"value": values}), mixed=["value"]))[1:]
    assert [cell for (cell,) in cells] == ["26", "49.8", "9.28", "0.0432", "−3.46", "∞", "2001", ""]


def test_a_median_that_no_curve_reaches_is_said_to_be_so():
    frame = pd.DataFrame({"lower_months": [8.8, inf], "ratio": [inf, 1.0]})
    cells = _cells(tables.html(frame, medians=["lower_months"]))
    assert cells[1:] == [["8.8", "∞"], ["not reached", "1"]]


def test_a_median_and_its_limits_have_the_same_decimals():
    frame = pd.DataFrame({"median_months": [25.9, 38.2], "upper_months": [inf, 76.0]})
    cells = _cells(tables.html(frame, medians=list(frame)))
    assert cells[1:] == [["25.9", "not reached"], ["38.2", "76.0"]]


def test_rows_stand_under_their_section_and_verdicts_have_signs():
    frame = pd.DataFrame(
        {
            "section": ["Methods", "Results", "Results"],
            "what": ["a", "b", "c"],
            "verdict": ["definition", "agrees", "differs"],
        }
    )
    html = tables.html(frame, "Rows", sections="section")
    assert _cells(html) == [
        ["Quantity", "Verdict"],
        ["Methods"],
        ["a", "– definition"],
        ["Results"],
        ["b", "✓ agrees"],
        ["c", "✗ differs"],
    ]
    assert html.count("<tbody>") == html.count("</tbody>") == 2
    assert html.count('<th colspan="2" scope="rowgroup">') == 2


@pytest.mark.parametrize(("rows", "offered"), [(5, False), (6, True)])
def test_a_long_table_is_offered_as_a_file(
    rows: int, offered: bool, monkeypatch: pytest.MonkeyPatch
):
    displayed: list[HTML] = []
    monkeypatch.setattr(tables, "display", displayed.append)
    tables.show(pd.DataFrame({"deaths": range(rows)}), "Deaths")
    (shown,) = displayed
    assert ('download="deaths.csv"' in str(shown.data)) is offered


def test_a_file_has_the_first_words_of_a_long_caption(monkeypatch: pytest.MonkeyPatch):
    displayed: list[HTML] = []
    monkeypatch.setattr(tables, "display", displayed.append)
    tables.show(pd.DataFrame({"deaths": range(6)}), "Deaths, " + "widely " * 60)
    name = "deaths" + 10 * "-widely"
    assert f'download="{name}.csv"' in str(displayed[0].data)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("at_risk", "At risk"),
        ("follow_up_months", "Follow-up (months)"),
        ("r_hat", "R-hat"),
        ("p", "p value"),
        ("age at menarche", "Age at menarche"),
        ("≤15 mm", "≤15 mm"),
        (3, "3"),
    ],
)
def test_a_column_is_called_in_words(column: object, expected: str):
    assert headings.heading(column) == expected
