"""Chapters run in the browser itself, from the built book behind an ordinary server of files.

Python takes half a minute to start there, so that all of this waits for ALL=1; what is offered, and that
nothing is loaded before it is asked for, is tested daily in `test_in_browser.py` and `test_live.py`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import books
import firefox
import pytest
import site_under_test
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect
from report import gathered, in_browser

pytestmark = pytest.mark.full

CHAPTERS = sorted(path.stem for path in (books.ROOT / "notebooks").glob("*.ipynb"))
OFFERED = [name for name in CHAPTERS if name[3:] not in in_browser.WHY_NOT]
CHAPTER = books.chapter("overall-survival")
IN_FIREFOX = (
    OFFERED
    if os.environ.get("WASM")
    else [
        CHAPTER,
        *map(books.chapter, ("what-a-printed-rate-forces", "competing-events")),
    ]
)
"""All of them before a site is published; else that of the daily tests, the heaviest, and one that draws."""
_GATHER = "make wasm FROM=…, or python book/_tools/wasm_standing_in.py"
_TEXTS = """[...document.querySelectorAll("div.cell")].map((cell) =>
  [...cell.querySelectorAll(".cell_output :is(table, pre)")]
    .filter((part) => !part.closest(".live-replaced, .live-answer"))
    .filter((part) => !part.parentElement.closest("table, pre"))
    .map((part) => part.textContent.replace(/\\s+/g, " ").trim())).filter((found) => found.length)"""
"""The texts and tables of every cell, those of solutions too."""
_STATUS = 'document.querySelector(".live-status")'
_NOT_STARTED = "Python did not start"


def alike(texts: list[list[str]]) -> list[list[str]]:
    """What is rounding alone has other digits on other processors: tiny differences, a last digit."""
    rounding = re.compile(r"\b\de-1[3-7]\b|\b0e\+00\b")
    whole = re.compile(r"\b\d+\.\d{11,}\b")
    return [
        [whole.sub(lambda n: f"{float(n[0]):.12g}", rounding.sub("rounding", one)) for one in cell]
        for cell in texts
    ]


@pytest.fixture(scope="module")
def with_python(shipped: books.Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built book with what `make wasm` has gathered beside it."""
    if not gathered.is_fresh(books.ROOT):
        refuse = pytest.fail if os.environ.get("WASM") else pytest.skip
        refuse(f"nothing is gathered of what is here now: {_GATHER}")
    folder = tmp_path_factory.mktemp("with-python") / "html"
    shutil.copytree(shipped.folder, folder)
    app = SimpleNamespace(srcdir=books.ROOT, outdir=folder, builder=SimpleNamespace(name="html"))
    in_browser.ship(app, None)  # type: ignore[arg-type]
    for page in (folder / "notebooks").glob("*.html"):
        source = books.ROOT / "notebooks" / f"{page.stem}.ipynb"
        app.env = SimpleNamespace(doc2path=lambda _, source=source: str(source))
        told = json.dumps(in_browser.offer(app, page.stem)).replace("<", "\\u003c")  # type: ignore[arg-type]
        text = page.read_text("utf-8")
        assert text.count('"browser": null') == 1, page.name
        page.write_text(text.replace('"browser": null', f'"browser": {told}'), "utf-8")
    with site_under_test.serve(folder) as address:
        yield address


@dataclass
class Tab:
    """A page, and what happens in it."""

    page: Page
    said: list[str] = field(default_factory=list)
    """Errors and warnings of the console."""
    asked: list[str] = field(default_factory=list)
    """Addresses of requests."""
    printed: list[list[str]] = field(default_factory=list)
    """The texts and tables of the page before anything was run."""
    pictures: int = 0
    """And how many pictures it has."""

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.context.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.said.append(f"{message.text} {message.location['url']}")

    def open(self, address: str, chapter: str = CHAPTER) -> None:
        """Go to a chapter, see what it prints, and press its button."""
        self.page.goto(f"{address}notebooks/{chapter}.html")
        self.printed = alike(self.page.evaluate(_TEXTS))
        self.pictures = self.page.locator("article figure img").count()
        self.press("Run this page")

    def run_all(self) -> None:
        """Run all cells once Python is there; they show what the page has printed."""
        self.status("^Ready")
        self.press("Run all")
        self.status("All cells have run|stopped with")
        assert self.page.locator(".live-status").inner_text() == "All cells have run."
        assert self.printed
        assert alike(self.page.evaluate(_TEXTS)) == self.printed
        expect(self.page.locator("article figure img:visible")).to_have_count(self.pictures)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def status(self, words: str) -> None:
        """Wait for what the page says; where Python did not start, that is all that it will say."""
        said = self.page.locator(".live-status")
        expect(said).to_contain_text(re.compile(f"{words}|{_NOT_STARTED}"))
        if _NOT_STARTED in (text := said.inner_text()):
            assert re.search(words, text), text

    def run(self, code: str, ends: str = "has run") -> str:
        """What the first cell shows when this is its code."""
        first = self.page.locator("div.cell:has(.thebe-cell)").nth(0)
        editor = first.locator(".CodeMirror")
        editor.evaluate("(node, code) => node.CodeMirror.setValue(code)", code)
        first.get_by_role("button", name="Run cell 1", exact=True).click()
        self.status(ends)
        return first.locator(".live-output").inner_text()

    def accessible(self, *parts: str) -> None:
        """No fault by axe's rules, which would fetch style sheets of its own."""
        found = Axe().run(self.page, context=list(parts), options={"preload": False})
        faults = found.response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in faults] == []

    def clean(self) -> None:
        """Nothing in the console, and no other host asked."""
        assert self.said == []
        assert {urlsplit(one).hostname for one in self.asked} - {None} == {"127.0.0.1"}


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A tab of its own."""
    with browser.new_context() as context:
        yield Tab(context.new_page())


def test_what_does_not_run_in_a_browser_says_why(tab: Tab, with_python: str) -> None:
    tab.open(with_python, books.chapter("small-samples"))
    expect(tab.page.get_by_text("Not this chapter:")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Run in this browser")).to_have_count(0)
    tab.accessible(".live-panel")
    tab.clean()


def test_nothing_is_fetched_before_the_choice(tab: Tab, with_python: str) -> None:
    tab.open(with_python)
    panel = tab.page.locator(".live-panel")
    expect(panel.get_by_role("heading", name="In this browser")).to_be_visible()
    known = json.loads(tab.page.locator("#live-config").text_content() or "")
    assert known["browser"]["bytes"] < 45e6
    assert f"It fetches {round(known['browser']['bytes'] / 1e6)} MB" in panel.inner_text()
    tab.accessible(".live-panel")
    assert not [one for one in tab.asked if "/python/" in one or "live-worker" in one]
    tab.clean()


@pytest.mark.parametrize(("gigabytes", "warned"), [(2, True), (8, False)])
def test_a_device_with_little_memory_is_told_so(
    tab: Tab, with_python: str, gigabytes: int, warned: bool
) -> None:
    tab.page.add_init_script(
        f"Object.defineProperty(navigator, 'deviceMemory', {{ get: () => {gigabytes} }})"
    )
    tab.open(with_python)
    panel = tab.page.locator(".live-panel")
    expect(panel).to_contain_text("the browser may end the tab")
    assert ("and this device has little" in panel.inner_text()) == warned


@pytest.mark.parametrize(
    "name",
    ["lifelines-", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "pyodide.js"],
)
def test_a_missing_file_is_named(tab: Tab, with_python: str, name: str) -> None:
    def missing(route: Route) -> None:
        route.fulfill(status=404)

    tab.page.context.route(f"**/python/{name}*", missing)
    tab.open(with_python)
    tab.press("Run in this browser")
    tab.status(rf"^Python did not start\. .*: {re.escape(name)}\S*\. Check the network\.$")
    tab.accessible(".live-bar")
    tab.press("Run this page")
    expect(tab.page.get_by_role("button", name="Run in this browser")).to_be_visible()


def test_a_cell_that_is_run_while_python_starts_again_waits_for_it(
    tab: Tab, with_python: str
) -> None:
    tab.open(with_python)
    tab.press("Run in this browser")
    tab.status("^Ready")
    tab.press("Restart")
    assert tab.run("6 * 7").strip() == "42"
    tab.clean()


@pytest.fixture(scope="class")
def running(browser: Browser, with_python: str) -> Iterator[Tab]:
    """A chapter all of whose cells have run; nothing of it may trouble the console in the end."""
    with browser.new_context() as context:
        tab = Tab(context.new_page())
        tab.open(with_python)
        tab.press("Run in this browser")
        tab.status("^Fetching")
        tab.accessible(".live-bar")
        tab.run_all()
        yield tab
        tab.clean()


class TestOneChapter:
    """Python is started once for these: they follow each other on one page."""

    def test_new_outputs_stand_where_the_printed_ones_stood(self, running: Tab) -> None:
        shown = running.page.locator(".live-output")
        assert shown.locator("table:visible").count()
        assert shown.locator("img.figure:visible").count()

    def test_a_slider_moves(self, running: Tab) -> None:
        slider = running.page.locator(".live-output input[type=range]").first
        figure = running.page.locator("figure", has=slider)
        slider.focus()
        running.page.keyboard.press("Home")
        first = figure.locator(".live-output output").inner_text()
        running.page.keyboard.press("ArrowRight")
        expect(figure.locator(".live-output output")).not_to_have_text(first)

    def test_an_error_shows_its_lines(self, running: Tab) -> None:
        shown = running.run("def f():\n    return 1 / 0\nf()", "stopped with ZeroDivisionError")
        assert "return 1 / 0" in shown
        assert "Cell In[" in shown
        running.accessible(".live-bar", ".live-output:has(.jp-OutputArea-output)")

    def test_a_package_that_the_chapter_does_not_import_comes_when_it_is_asked_for(
        self, running: Tab
    ) -> None:
        assert not [one for one in running.asked if "/python/lmfit" in one]
        model = "import lmfit\nlmfit.models.LinearModel().fit([1, 3], x=[0, 1]).nvarys"
        assert running.run(model).strip() == "2"
        assert "False" in running.run("import sys\n'pyarrow' in sys.modules")

    def test_an_answer_is_checked(self, running: Tab) -> None:
        known = "from helpers.exercises import check, exercise\n"
        assert "Not yet." in running.run(f"{known}check('km-by-hand', 1)")
        assert "Right." in running.run(f"{known}check('km-by-hand', exercise('km-by-hand').right)")

    def test_an_endless_loop_is_stopped_and_the_page_says_that_all_is_gone(
        self, running: Tab
    ) -> None:
        running.run("while True: pass", "^Running")
        running.accessible(".live-bar")
        running.press("Stop")
        running.status("^Stopped.*nothing has been run")
        running.accessible(".live-bar")
        assert running.run("'f' in globals()").strip() == "False"

    def test_no_cell_waits_for_a_python_that_has_ended(self, running: Tab) -> None:
        for code in ("import os\nos._exit(3)", "1 + 1"):
            running.run(code, "stopped with Ended: .*exit.*computed is gone")
        running.accessible(".live-bar")

    def test_the_choice_holds_for_the_tab_and_fetching_can_be_stopped(self, running: Tab) -> None:
        running.page.reload()
        running.press("Run this page")
        expect(running.page.locator(".live-panel[open]")).to_have_count(0)
        running.status("^Fetching")
        running.press("Stop")
        running.status("^Stopped, before Python was there")
        running.accessible(".live-bar")
        other = running.page.context.new_page()
        other.goto(running.page.url)
        other.get_by_role("button", name="Run this page").click()
        expect(other.locator(".live-panel[open]")).to_be_visible()


@pytest.mark.parametrize("chapter", [name for name in OFFERED if name != CHAPTER])
def test_all_cells_print_what_the_page_prints(tab: Tab, with_python: str, chapter: str) -> None:
    tab.open(with_python, chapter)
    tab.press("Run in this browser")
    tab.run_all()
    tab.clean()


@pytest.fixture(scope="class")
def fox() -> Iterator[firefox.Page]:
    """A page of a Firefox."""
    if firefox.find() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(firefox.MISSING)
    with firefox.page() as page:
        yield page


def start(fox: firefox.Page) -> None:
    """Press the buttons of a page, and wait until Python is there."""
    fox.press("Run this page")
    fox.press("Run in this browser")
    fox.wait(f"/^Ready|{_NOT_STARTED}/.test({_STATUS}.textContent)")
    said = fox.run(f"{_STATUS}.textContent")
    assert said.startswith("Ready"), said


class TestFirefox:
    """The same in a Firefox."""

    @pytest.mark.parametrize("chapter", IN_FIREFOX)
    def test_all_cells_print_what_the_page_prints(
        self, fox: firefox.Page, with_python: str, chapter: str
    ) -> None:
        fox.open(f"{with_python}notebooks/{chapter}.html")
        printed = fox.run(_TEXTS)
        start(fox)
        fox.press("Run all")
        fox.wait(f"/All cells have run|stopped with/.test({_STATUS}.textContent)")
        assert fox.run(f"{_STATUS}.textContent") == "All cells have run."
        assert printed
        assert alike(fox.run(_TEXTS)) == alike(printed)
        assert fox.said == []
        assert {urlsplit(one).hostname for one in fox.asked} - {None} == {"127.0.0.1"}

    def test_a_cell_fails_and_another_is_stopped(self, fox: firefox.Page, with_python: str) -> None:
        def run(code: str, until: str) -> Any:
            fox.run(
                f'document.querySelector(".CodeMirror").CodeMirror.setValue({json.dumps(code)})'
            )
            fox.press("Run cell 1")
            fox.wait(f"/{until}/.test({_STATUS}.textContent)")
            return fox.run('document.querySelector(".live-output").textContent')

        fox.open(f"{with_python}notebooks/{CHAPTER}.html")
        start(fox)
        assert "return 1 / 0" in run(
            "def f():\n    return 1 / 0\nf()", "stopped with ZeroDivisionError"
        )
        run("while True: pass", "^Running")
        fox.press("Stop")
        fox.wait(f"/^Stopped.*nothing has been run/.test({_STATUS}.textContent)")
        assert "False" in run("'f' in globals()", "has run")
