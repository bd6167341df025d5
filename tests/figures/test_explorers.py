"""Figures that a slider moves: what they show is what Python computed, by mouse, touch and keyboard."""

from __future__ import annotations

import json
import re

import books
import numpy as np
import pandas as pd
import pytest
import site_under_test
from lifelines import KaplanMeierFitter
from matplotlib.patches import Polygon
from playwright.sync_api import Browser, Page

from helpers import cohort as cohorts
from helpers import figures
from helpers.figures import State
from helpers.figures.style import canvas

NAMES = [
    f"notebooks/{path.stem}"
    for path in sorted((books.ROOT / "notebooks").glob("[0-9]*.md"))
    if "page.explore(" in path.read_text(encoding="utf-8")
]
LEAST = 5


def made(states: list[State], **options) -> figures.Explorer:
    drawing = canvas(3)
    ax = drawing.add_subplot()
    ax.set(xlim=(0, 10), ylim=(0, 1))
    (line,) = ax.plot([0], [1], drawstyle="steps-post")
    (dots,) = ax.plot([0], [1], "o", linestyle="None", markersize=7)
    area = ax.add_patch(Polygon([[0, 0], [1, 1], [1, 0]]))
    asked = {"slider": "Threshold", "predict": "Up or down?", "alt": "A line."} | options
    return figures.explorer(drawing, {"line": line, "dots": dots, "area": area}, states, **asked)


def two() -> list[State]:
    return [
        State("1 mm", {"line": ([0, 10], [1, 0]), "dots": ([5], [0.5])}, {"p": "0.1"}),
        State("2 mm", {"area": ([0, 5, 5], [0, 1, 0])}, {"p": "0.2"}),
    ]


def numbers(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+\.?\d*", path)]


def test_paths_are_in_units_of_the_drawing():
    first, second = made(two()).paths
    x0, y0, x1, y1, x2, y2 = numbers(first["line"])
    assert x1 == x2 > x0, "a step goes along, then down"
    assert y0 == y1 < y2, "y grows downwards"
    x, y, _ = numbers(first["dots"])
    assert x == pytest.approx((x0 + x1) / 2, abs=0.1)
    assert y == pytest.approx((y0 + y2) / 2, abs=0.1)
    assert second["area"].endswith("Z")
    assert second["line"] == second["dots"] == "M0 0", "what has no path is not seen"


def test_the_drawing_starts_with_the_paths_of_its_position():
    one = made(two(), start=1)
    assert f'd="{one.paths[1]["area"]}"' in one.drawn
    assert one.drawn.count('class="moving-') == 3
    assert one.drawn.startswith('<svg role="img" aria-label="A line."')


def test_missing_values_interrupt_a_line():
    drawing = canvas(3)
    ax = drawing.add_subplot()
    (line,) = ax.plot([0], [1])
    gap = State("a", {"line": ([0, 1, np.nan, 2, 3], [0, 1, np.nan, 0, 1])}, {})
    path = figures.explorer(
        drawing, {"line": line}, [gap, gap], slider="s", predict="?", alt="A."
    ).paths[0]["line"]
    assert re.sub(r"[\d. -]", "", path) == "MLML"


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (two()[:1], "two or more"),
        ([], "two or more"),
        ([two()[0], State("2", {}, {"q": "1"})], "same readings"),
        (
            [two()[0], State("2", {"circle": ([0], [0])}, {"p": "1"})],
            "nothing moves by the name of circle",
        ),
    ],
)
def test_positions_that_do_not_fit_are_refused(states, says):
    with pytest.raises(ValueError, match=says):
        made(states)


@pytest.mark.parametrize("start", [-1, 2])
def test_a_start_that_is_no_position_is_refused(start):
    with pytest.raises(ValueError, match="from 0 to 1"):
        made(two(), start=start)


def test_the_same_figure_gives_the_same_bytes():
    assert made(two()).drawn == made(two()).drawn


def test_the_estimate_exit_by_exit_is_that_of_the_library():
    patients = cohorts.load().patients
    group = patients[patients["site_group"] == "supraclavicular"]
    rows = group.groupby("follow_up_months")["died"].agg(left="size", deaths="sum")
    rows = rows.reset_index(names="months")
    rows["at_risk"] = rows["left"][::-1].cumsum()
    rows["survival"] = (1 - rows["deaths"] / rows["at_risk"]).cumprod()
    rows["share_surviving"] = 1 - rows["deaths"] / rows["at_risk"]
    one = figures.kaplan_meier_by_exit(rows, predict="?")
    fitted = KaplanMeierFitter().fit(group["follow_up_months"], group["died"])
    expected = [f"{100 * fitted.predict(month):.1f}%" for month in (0.0, *rows["months"])]
    assert list(one.table["Product"]) == expected
    assert list(one.table["At risk before"][1:]) == [
        str((group["follow_up_months"] >= month).sum()) for month in rows["months"]
    ]


def test_one_exit_of_one_patient():
    row = pd.DataFrame(
        {
            "months": [3.0],
            "left": [1],
            "deaths": [0],
            "at_risk": [1],
            "share_surviving": [1.0],
            "survival": [1.0],
        }
    )
    one = figures.kaplan_meier_by_exit(row, predict="?")
    assert list(one.table["Product"]) == ["100.0%", "100.0%"]
    assert one.table["Who leaves"].iloc[1] == "1 last seen alive"


# In a browser


def test_there_are_enough():
    number = sum(
        (books.ROOT / f"{name}.md").read_text(encoding="utf-8").count("page.explore(")
        for name in NAMES
    )
    assert number >= LEAST


@pytest.fixture(scope="module")
def phone(browser: Browser, site: str):
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        reduced_motion="reduce",  # no smooth scrolling, which is still under way when a finger taps
    )
    page = context.new_page()
    yield page
    context.close()


def states_of(page: Page, k: int) -> list[dict]:
    return json.loads(
        page.locator(".explorer script[type='application/json']").nth(k).text_content()
    )


def seen(page: Page, k: int) -> tuple[str, list[str]]:
    root = page.locator(".explorer").nth(k)
    return root.locator("output").inner_text(), [
        text.strip() for text in root.locator("dd").all_inner_texts()
    ]


ONE_DAILY = [NAMES[0], *(pytest.param(name, marks=pytest.mark.full) for name in NAMES[1:])]


@pytest.mark.parametrize("name", NAMES)
def test_a_slider_moves_to_what_python_computed(phone: Page, site: str, name: str):
    phone.goto(f"{site}{name}.html")
    for k in range(phone.locator(".explorer").count()):
        states = states_of(phone, k)
        root = phone.locator(".explorer").nth(k)
        slider = root.locator("input[type=range]")
        slider.scroll_into_view_if_needed()
        slider.focus()
        phone.keyboard.press("Home")
        for position in range(min(len(states), 4)):
            state = states[position]
            assert seen(phone, k) == (state["at"], state["readings"])
            assert slider.get_attribute("aria-valuetext") == state["at"]
            for part, path in state["paths"].items():
                assert root.locator(f".moving-{part} path").get_attribute("d") == path
            phone.keyboard.press("ArrowRight")
        phone.keyboard.press("End")
        assert seen(phone, k) == (states[-1]["at"], states[-1]["readings"])
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        phone.touchscreen.tap(box["x"] + 2, box["y"] + box["height"] / 2)
        assert seen(phone, k) == (states[0]["at"], states[0]["readings"]), "by touch"
        assert box["height"] >= 44, "a thumb needs 44 pixels"
        phone.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        assert seen(phone, k)[0] == states[-1]["at"], "by mouse"


@pytest.mark.parametrize("name", ONE_DAILY)
def test_the_table_has_every_position(phone: Page, site: str, name: str):
    phone.goto(f"{site}{name}.html")
    for k in range(phone.locator(".explorer").count()):
        states = states_of(phone, k)
        table = phone.locator(".explorer + details.figure-numbers").nth(k)
        rows = table.locator("tbody tr").all()
        cells = [[cell.text_content().strip() for cell in row.locator("td").all()] for row in rows]
        assert cells == [[state["at"], *state["readings"]] for state in states]
        predict = phone.locator(".explorer-predict").nth(k).inner_text()
        assert predict.startswith("Predict first.")
        assert predict.endswith("?")


@pytest.mark.parametrize("name", ONE_DAILY)
def test_it_is_seen_without_scripts(browser: Browser, site: str, name: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}{name}.html")
    root = page.locator(".explorer").first
    assert root.locator("svg").is_visible()
    assert root.locator("dd").first.inner_text()
    context.close()


@pytest.mark.parametrize("name", ONE_DAILY)
def test_on_paper_the_position_is_told_and_the_slider_is_not_there(
    phone: Page, site: str, name: str
):
    phone.goto(f"{site}{name}.html")
    root = phone.locator(".explorer").first
    slider = root.locator("input[type=range]")
    slider.focus()
    phone.keyboard.press("End")
    phone.emulate_media(media="print")
    assert not slider.is_visible()
    assert root.locator("output").is_visible()
    assert seen(phone, 0)[0] == states_of(phone, 0)[-1]["at"]
    phone.emulate_media(media="screen")


def test_after_a_reload_slider_and_drawing_agree(phone: Page, site: str):
    phone.goto(f"{site}{NAMES[0]}.html")
    phone.locator(".explorer input").first.focus()
    phone.keyboard.press("End")
    phone.reload()
    state = states_of(phone, 0)[int(phone.locator(".explorer input").first.input_value())]
    assert seen(phone, 0) == (state["at"], state["readings"])


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.full)])
def test_a_choice_of_a_quiz_opens_by_keyboard_and_says_why(browser: Browser, site: str, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html")
    first = page.locator(".quiz > li").first
    choices = first.locator("details").all()
    for k, choice in enumerate(choices):
        choice.locator("summary").focus()
        page.keyboard.press("Enter")
        said = choice.locator("p")
        assert said.is_visible()
        assert said.inner_text().startswith(("Yes.", "No."))
        for other in choices[:k]:
            assert not other.locator("p").is_visible(), "opening one closes the others"
    context.close()


def test_every_built_quiz_is_complete(shipped: books.Built):
    from helpers import exercises

    for name in site_under_test.measure.sources(books.ROOT):
        if name.startswith("notebooks/"):
            questions = exercises.read(name.removeprefix("notebooks/"))
            html = shipped.page(name)
            assert html.count('<ol class="quiz">') == 1
            assert html.count('<details class="right"') == len(questions)
            assert html.count('<details class="wrong"') == sum(
                len(q.choices) - 1 for q in questions
            )


def test_every_check_in_the_built_book_says_right(shipped: books.Built):
    from helpers import exercises

    for name in site_under_test.measure.sources(books.ROOT):
        if name.startswith("notebooks/"):
            html = shipped.page(name)
            known = exercises.chapters()[int(name.removeprefix("notebooks/")[:2])]
            assert html.count('<p class="feedback right"') == len(known), name
            assert "feedback not-yet" not in html, name
