"""Live code: a real Jupyter server, the built page in a real browser, and no door left open."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import books
import limits
import psutil
import pytest
import serve
from axe_playwright_python.sync_playwright import Axe
from jupyter_server.base.websocket import WebSocketMixin
from playwright.sync_api import Browser, Locator, Page, Route, WebSocketRoute, expect
from report import gates
from report.live import binder

TOOL = books.ROOT / "book" / "_tools" / "serve.py"
CHAPTER = f"notebooks/{books.chapter('overall-survival')}.html"
NUMBER = books.number("overall-survival")
LENDER = {
    "binderUrl": "https://binder.example",
    "repoProvider": "github",
    "repo": "owner/name",
    "ref": "main",
}


@dataclass(frozen=True)
class Live:
    """What `make live` has started."""

    process: subprocess.Popen[str]
    opened: str

    @property
    def site(self) -> str:
        return re.match(r"http://[^/]+/", self.opened).group()  # type: ignore[union-attr]

    @property
    def jupyter(self) -> str:
        return re.search(r"#jupyter=([^&]+)", self.opened).group(1)  # type: ignore[union-attr]

    @property
    def token(self) -> str:
        return self.opened.rpartition("&token=")[2]

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
        """Status and headers of an answer of the Jupyter server."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.jupyter + path, method=method, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=limits.HANGING) as answer:
                return answer.status, dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers)

    def sessions(self, end: bool = False) -> set[str]:
        """The sessions that run; ended, if so wished."""
        key = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.jupyter + "api/sessions", headers=key)
        with urllib.request.urlopen(request, timeout=limits.HANGING) as answer:
            found = {session["id"] for session in json.load(answer)}
        for id in found if end else ():
            self.ask(f"api/sessions/{id}", "DELETE", **key)
        return found


@contextmanager
def started(*arguments: str) -> Iterator[Live]:
    """What `make live` runs, on free ports; it has to end well when it is interrupted."""
    # Not a pipe: a server waits for ever at one that is full.
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(
            [sys.executable, str(TOOL), *arguments, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
        )

        def said() -> str:
            told.seek(0)
            return told.read()

        assert process.stdout is not None
        found = re.match(r"Open (\S+)$", process.stdout.readline())
        if not found:
            process.kill()
            process.wait(limits.HANGING)
            pytest.fail(f"serve.py did not start: {said()}")
        try:
            yield Live(process, found[1])
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=limits.HANGING)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0, said()


@pytest.fixture(scope="module")
def _started(shipped: books.Built) -> Iterator[Live]:
    assert shipped.code == 0, shipped.said
    with started(str(shipped.folder)) as live:
        yield live


@pytest.fixture
def live(_started: Live) -> Iterator[Live]:
    """The book and its Jupyter server, in which no kernel of another test runs."""
    yield _started
    _started.sessions(end=True)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that can reach this machine only; what it wanted elsewhere fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    outside: list[str] = []

    def elsewhere(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    context.route(re.compile(r"^(?!https?://127\.0\.0\.1[:/]|data:|blob:)"), elsewhere)
    page = context.new_page()
    yield page
    context.close()
    assert not outside, f"asked for outside of this machine: {outside}"


def status(page: Page, words: str | re.Pattern[str]) -> None:
    """Wait until the bar under the title says something."""
    expect(page.locator(".live-status")).to_have_text(re.compile(words))


def run_all(page: Page) -> None:
    """Run all cells, and fail where one stops instead of waiting on."""
    page.get_by_role("button", name="Run all").click()
    status(page, "All cells have run|stopped with")
    assert page.locator(".live-status").inner_text() == "All cells have run."


def connect(page: Page, live: Live, chapter: str = CHAPTER) -> None:
    """Open a chapter, press the button, and fill in the server."""
    page.goto(live.site + chapter)
    fill(page, live.jupyter, live.token)
    status(page, "^Ready")


def fill(page: Page, address: str, token: str) -> None:
    page.get_by_role("button", name="Run this page").click()
    page.get_by_label("Address").fill(address)
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Connect").click()


def cell(page: Page, code: str) -> Locator:
    """The first cell whose code has these words now; it stays the same when they are replaced."""
    number = page.locator("div.cell").evaluate_all(
        "(cells, code) => cells.findIndex(cell => (cell.querySelector('.CodeMirror')?.CodeMirror"
        ".getValue() ?? cell.textContent).includes(code))",
        code,
    )
    assert number >= 0, f"no cell has {code!r}"
    return page.locator("div.cell").nth(number)


def shorten(page: Page, cells: int) -> None:
    """Leave the first cells without code, which loads libraries that a test does not need."""
    page.locator(".CodeMirror").evaluate_all(
        "(editors, cells) => editors.slice(0, cells).forEach(e => e.CodeMirror.setValue('pass'))",
        cells,
    )


def write(page: Page, where: Locator, code: str) -> None:
    """Replace the code of a cell by typing."""
    where.locator(".CodeMirror-lines").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)


# The page


def test_pages_name_no_cdn_and_load_nothing_of_sphinx_thebe(shipped: books.Built) -> None:
    for path in sorted(shipped.folder.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"unpkg|jsdelivr|cdnjs|sphinx-thebe|x-thebe-config|THEBE_JS_URL", text)
        assert not found, f"{path.name}: {found}"
    assert not list(shipped.folder.rglob("sphinx-thebe*"))


def test_thebe_is_shipped_with_its_licence_and_without_ballast(shipped: books.Built) -> None:
    folder = shipped.folder / "_static" / "thebe"
    names = {path.name for path in folder.iterdir()}
    assert {"index.js", "thebe.css", "LICENCE.txt"} <= names
    assert not [
        n for n in names if not re.fullmatch(r"(\d+\.)?index\.js|thebe\.css|LICENCE\.txt", n)
    ]
    licence = (folder / "LICENCE.txt").read_text(encoding="utf-8")
    assert re.match(r"Thebe \d+\.\d+\.\S+, as built into teachbooks-sphinx-thebe", licence)
    assert "Redistributions in binary form" in licence


def test_only_pages_with_code_have_the_script(shipped: books.Built) -> None:
    live = 0
    for path in sorted(shipped.folder.rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        scripts = re.findall(r'<script [^>]*\bsrc="[^"]*live[^"]*"', page)
        assert len(scripts) == bool(re.search(r'<div class="cell_input\b', page)), path.name
        live += len(scripts)
    assert live >= 20


def test_nothing_is_loaded_before_the_button_is_pressed(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + CHAPTER, wait_until="networkidle")
    assert [url for url in asked if "/live.js" in url]
    assert not [url for url in asked if "thebe" in url or "live-" in url]
    assert page.evaluate("sessionStorage.length") == 0


def config(page: Page, **told: Any) -> None:
    """Let pages that are opened from now on be told something else, as by a book with a repository."""
    page.add_init_script(
        "new MutationObserver((_, observer) => { const told = document.getElementById('live-config');"
        " if (told) { observer.disconnect(); told.textContent = JSON.stringify("
        f"{{ ...JSON.parse(told.textContent), ...{json.dumps(told)} }}); }} }})"
        ".observe(document, { childList: true, subtree: true })"
    )


def elsewhere(page: Page, site: str) -> str:
    """An address on the web at which the book stands, as far as the browser can tell."""
    address = "http://book.example/"

    def answer(route: Route) -> None:
        asked = route.request.url.replace(address, site)
        route.fulfill(response=page.request.get(asked))

    page.route(address + "**", answer)
    return address


def test_the_button_is_there_only_where_it_leads_somewhere(page: Page, site: str) -> None:
    button = page.get_by_role("button", name="Run this page")
    page.goto(site + CHAPTER)  # on this machine, as with make live
    expect(button).to_be_visible()
    web = elsewhere(page, site)
    page.goto(web + CHAPTER, wait_until="load")
    expect(button).to_have_count(0)
    assert page.locator(".live-bar, .live-answer").count() == 0
    # who has been shown a server comes with it
    page.goto(web + CHAPTER + "#jupyter=http://192.0.2.7:8888/&token=abcdefgh")
    expect(button).to_be_visible()
    config(page, binder=LENDER)
    page.goto(web + "notebooks/" + books.chapter("local-control") + ".html")
    expect(button).to_be_visible()


def test_binder_comes_first_and_an_own_server_is_folded(page: Page, site: str) -> None:
    config(page, binder=LENDER)
    page.goto(site + CHAPTER)
    page.get_by_role("button", name="Run this page").click()
    panel = page.get_by_role("dialog", name="Where should the code run?")
    expect(panel.get_by_role("button", name="Start on binder.example")).to_be_focused()
    places = panel.locator(".live-place").evaluate_all("all => all.map(one => one.innerText)")
    assert [place.splitlines()[0] for place in places] == [
        "On Binder",
        "On your own Jupyter server",
    ]
    expect(panel.get_by_label("Token")).to_be_hidden()
    panel.get_by_text("On your own Jupyter server").click()
    expect(panel.get_by_label("Token")).to_be_visible()


def test_without_a_repository_only_an_own_server_is_offered(page: Page, site: str) -> None:
    page.goto(site + CHAPTER)
    told = json.loads(page.locator("#live-config").text_content() or "")
    assert told["binder"] == {}
    page.get_by_role("button", name="Run this page").click()
    expect(page.get_by_role("button", name="Connect")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Start on"))).to_have_count(0)


def test_the_panel_closes_with_escape_and_gives_the_focus_back(page: Page, site: str) -> None:
    page.goto(site + CHAPTER)
    page.get_by_role("button", name="Run this page").press("Enter")
    expect(page.get_by_label("Token")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Run this page")).to_be_focused()


# Running


PARTS = """cell => [...cell.querySelectorAll('.cohort-banner, table, .downloads, pre')]
  .filter(part => part.offsetParent && !part.closest('.cell_input, .CodeMirror')).map(part => {
    const [box, around] = [part, part.closest('.cell_output:not(.live-output), .cell')].map(n => n.getBoundingClientRect());
    const style = getComputedStyle(part);
    return [part.className.replace(/ *live-.*/, ''), style.fontFamily, style.fontSize, style.lineHeight,
      ...[box.left - around.left, box.top - around.top, box.width, box.height].map(Math.round)];
  })"""
"""Typeface, place and size of what a cell shows."""


@pytest.mark.full
def test_a_new_output_looks_as_the_printed_one_did(page: Page, live: Live) -> None:
    connect(page, live)
    banner, table = page.locator("div.cell").first, cell(page, "head(10")
    printed = [where.evaluate(PARTS) for where in (banner, table)]
    assert [part[0] for part in printed[1]][-1] == "downloads"
    table.get_by_role("button", name="Run").click()
    status(page, "^Cell 2 has run")
    assert banner.locator(".live-output .cohort-banner").count() == 1
    assert [where.evaluate(PARTS) for where in (banner, table)] == printed
    # the table keeps its number and its address, also when it is made once more
    for _ in range(2):
        table.get_by_role("button", name="Run").click()
        status(page, "^Cell 2 has run")
        expect(table.locator(".live-output caption")).to_contain_text(
            re.compile(rf"^Table {NUMBER}\.1")
        )
        address = table.locator(".live-output .headerlink").get_attribute("href") or ""
        expect(page.locator(address)).to_have_count(1)
        expect(page.locator(address)).to_be_visible()


@pytest.mark.full
def test_a_connection_that_was_lost_leaves_the_cells_and_what_was_said(
    page: Page, live: Live
) -> None:
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile("/channels"), through)
    connect(page, live)
    shorten(page, 2)
    where = cell(page, "pass")
    where.get_by_role("button", name="Run").click()
    status(page, "^Cell 1 has run")
    before = len(sockets)
    sockets[-1].close(code=4000)
    limits.wait_until(lambda: page.title() and len(sockets) > before, "the page connects again")
    status(page, "^Cell 1 has run")
    where.locator(".CodeMirror").evaluate("it => it.CodeMirror.setValue('print(6 * 7)')")
    where.get_by_role("button", name="Run").click()
    expect(where.locator(".live-output")).to_contain_text("42")
    status(page, "^Cell 1 has run")


@pytest.mark.full
def test_under_each_exercise_stands_an_empty_cell_for_the_answer(page: Page, live: Live) -> None:
    text = books.ROOT.joinpath(CHAPTER).with_suffix(".md").read_text(encoding="utf-8")
    wanted = {f"#{label}": cells for label, cells in gates.answers(text).items()}
    assert len(wanted) > 3
    page.goto(live.site + CHAPTER)
    expect(page.locator(".live-answer")).to_have_count(0)
    fill(page, live.jupyter, live.token)
    status(page, "^Ready")
    code = "all => all.map(one => one.querySelector('.CodeMirror').CodeMirror.getValue())"
    for exercise, cells in wanted.items():
        under = page.locator(f"{exercise} ~ .live-answer").evaluate_all(code)
        assert under[: len(cells)] == cells, exercise
        assert page.locator(f"{exercise} + .live-answer").count() == bool(cells), exercise
    assert page.locator(".live-answer").count() == sum(map(len, wanted.values()))
    # What is above runs first, and other answers do not.
    answer = page.locator("#ex-os-by-hand + .live-answer")
    page.locator("div.cell:not(.live-answer) .CodeMirror").evaluate_all(
        "editors => editors.slice(1).forEach(e => e.CodeMirror.setValue('pass'))"
    )
    answer.get_by_role("button", name="Run your answer to Exercise").click()
    expect(answer.locator(".live-output")).to_contain_text("Put your answer in place of the dots")
    write(page, answer, f'exercises.check("km-by-hand", {7 / 8 * 4 / 6 * 2 / 3})')
    page.keyboard.press("Shift+Enter")
    expect(answer.locator(".live-output")).to_contain_text("Right.")
    run_all(page)
    said = page.locator(".live-answer .live-tools span").all_inner_texts()
    assert [words.startswith("ran in") for words in said] == [True] + [False] * (len(said) - 1)


@pytest.mark.full
def test_a_cell_that_is_lost_with_the_connection_does_not_wait_for_ever(
    page: Page, live: Live
) -> None:
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)

        def send(message: str | bytes) -> None:
            lost = message if isinstance(message, bytes) else message.encode()
            if len(sockets) == 1 and b"execute_request" in lost:
                socket.close(code=4000)
            else:
                server.send(message)

        socket.on_message(send)

    page.route_web_socket(re.compile("/channels"), through)
    connect(page, live)
    shorten(page, 2)
    where = cell(page, "pass")
    where.get_by_role("button", name="Run").click()
    status(page, "^Cell 1 stopped with no answer: the connection was lost; run it again")
    where.get_by_role("button", name="Run").click()
    status(page, "^Cell 1 has run")


def test_a_cell_is_edited_and_run(page: Page, live: Live) -> None:
    connect(page, live)
    where = cell(page, "by_hand = (")
    shorten(page, 2)
    write(page, where, "print(6 * len('patients'))")
    where.get_by_role("button", name="Run").click()
    expect(where.locator(".live-output")).to_contain_text(str(6 * len("patients")))
    expect(where.locator("table:visible")).to_have_count(0)  # the printed output is gone
    status(page, "has run")


@pytest.mark.full
def test_all_cells_give_again_what_is_printed(page: Page, live: Live) -> None:
    page.goto(live.site + CHAPTER)
    page.wait_for_function("document.querySelector('.solution.toggle-hidden')")
    page.add_style_tag(content=".solution.toggle-hidden > * { display: block !important }")
    outputs = "nodes => nodes.map(n => n.querySelector('figure') ? '' : n.innerText.trim())"
    shown = page.locator("div.cell .cell_output:not(.live-output)")
    printed = shown.evaluate_all(outputs)
    pictures = page.locator("article figure img").count()
    assert sum(map(bool, printed)) > 4
    assert pictures
    fill(page, live.jupyter, live.token)
    status(page, "^Ready")
    run_all(page)
    assert shown.evaluate_all(outputs) == printed
    # The new picture stands in the place of the old one, above the same caption, with its text.
    expect(page.locator("article figure img:visible")).to_have_count(pictures)
    for figure in page.locator("article figure").all():
        if figure.locator(".explorer:visible").count():
            slider = figure.locator(".live-output input[type=range]")
            slider.focus()
            page.keyboard.press("Home")
            first = figure.locator(".live-output output").inner_text()
            page.keyboard.press("ArrowRight")
            expect(figure.locator(".live-output output")).not_to_have_text(first)
            continue
        shown = figure.locator("img:visible")
        assert (shown.get_attribute("src") or "").startswith("data:image/svg+xml")
        assert shown.get_attribute("alt")
        expect(figure.locator("figcaption")).to_be_visible()


@pytest.mark.full
def test_a_cell_runs_those_above_it_first_and_a_restart_forgets(page: Page, live: Live) -> None:
    connect(page, live)
    where = cell(page, "by_hand = (")
    write(page, where, "number = 1 + globals().get('number', 0); print(number, len(few))")
    for shown in ("1 10", "2 10"):
        where.get_by_role("button", name="Run").click()
        expect(where.locator(".live-output")).to_have_text(shown)
    expect(page.locator("div.cell").first.locator(".live-tools span")).to_contain_text("ran in")
    page.get_by_role("button", name="Restart").click()
    status(page, "kernel is fresh")
    where.get_by_role("button", name="Run").click()
    expect(where.locator(".live-output")).to_have_text("1 10")


@pytest.mark.full
def test_an_error_is_readable_and_stops_the_rest(page: Page, live: Live) -> None:
    connect(page, live)
    write(page, cell(page, "by_hand = ("), "1 / 0")
    shorten(page, 2)
    page.get_by_role("button", name="Run all").click()
    status(page, r"Cell 3 stopped with ZeroDivisionError: division by zero")
    where = page.locator("div.cell").nth(2)
    expect(where.locator(".live-output")).to_contain_text("ZeroDivisionError")
    expect(
        page.locator("div.cell:has(.live-tools)").nth(3).locator(".live-tools span")
    ).to_have_text("")
    colours = where.locator(".live-output pre *").evaluate_all(
        "nodes => [...new Set(nodes.map(n => getComputedStyle(n).color))]"
    )
    assert len(colours) <= 1, f"colours of a traceback that dark mode would hide: {colours}"


@pytest.mark.full
def test_an_error_in_a_folded_cell_opens_it(page: Page, live: Live) -> None:
    connect(page, live)
    fold = page.locator("div.cell details.hide").first
    fold.locator("summary").click()
    write(page, page.locator("div.cell").first, "undefined_name")
    fold.locator("summary").click()
    page.get_by_role("button", name="Run all").click()
    status(page, "Cell 1 stopped with NameError")
    expect(fold).to_have_attribute("open", "")


@pytest.mark.full
def test_by_keyboard_alone(page: Page, live: Live) -> None:
    page.goto(live.site + CHAPTER)
    press = page.keyboard.press
    for _ in range(80):
        press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Run this page":
            break
    press("Enter")
    expect(page.get_by_label("Token")).to_be_focused()  # the panel is loaded first
    press("Shift+Tab")
    page.keyboard.insert_text(live.jupyter)
    press("Tab")
    page.keyboard.insert_text(live.token)
    press("Enter")
    status(page, "^Ready")
    shorten(page, 1)
    expect(page.get_by_role("button", name="Run all")).to_be_focused()
    for _ in range(80):
        press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Code of cell 2":
            break
    press("Control+a")
    page.keyboard.insert_text("print('by ' + 'keyboard')")
    press("Shift+Enter")
    where = page.locator("div.cell").nth(1)
    expect(where.locator(".live-output")).to_have_text("by keyboard")
    press("Tab")  # out of the editor
    expect(where.get_by_role("button", name="Run")).to_be_focused()


@pytest.mark.full
def test_a_widget_of_a_package_fetches_nothing(page: Page, live: Live) -> None:
    connect(page, live)
    shorten(page, 1)
    write(
        page,
        page.locator("div.cell").nth(1),
        "from comm import create_comm\n"
        "made = create_comm(target_name='jupyter.widget', metadata={'version': '2.1.0'}, data={'state':"
        " {'_model_module': 'elsewhere', '_model_module_version': '1', '_model_name': 'Model'}})\n"
        "display({'text/plain': 'as text', 'text/latex': '$x$',"
        " 'application/vnd.jupyter.widget-view+json': {'model_id': made.comm_id}}, raw=True)",
    )
    page.get_by_role("button", name="Run cell 2", exact=True).click()
    expect(page.locator("div.cell").nth(1).locator(".live-output")).to_contain_text("as text")
    page.wait_for_load_state("networkidle")


@pytest.mark.full
def test_a_narrow_page_does_not_scroll_sideways(page: Page, live: Live) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(live.site + CHAPTER)
    page.get_by_role("button", name="Run this page").click()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    assert page.get_by_role("dialog").evaluate("d => d.scrollWidth <= d.clientWidth")
    page.keyboard.press("Escape")
    fill(page, live.jupyter, live.token)
    status(page, "^Ready")
    run_all(page)
    assert page.evaluate(wide) == 0


@pytest.mark.full
def test_live_cells_are_accessible(page: Page, live: Live) -> None:
    page.goto(live.site + CHAPTER)
    page.get_by_role("button", name="Run this page").click()
    found = violations(page, ".live-panel")
    page.keyboard.press("Escape")
    fill(page, live.jupyter, live.token)
    status(page, "^Ready")
    shorten(page, 1)
    write(page, page.locator("div.cell").nth(1), "# a comment\nraise ValueError('a word ' * 99, 7)")
    page.get_by_role("button", name="Run all").click()
    status(page, "Cell 2 stopped")
    found += violations(page, ".live-bar", ".thebe-cell", ".live-tools", ".live-output")
    assert not found, found


def violations(page: Page, *parts: str) -> list[Any]:
    """What axe-core objects to in parts of a page, in both themes."""
    found = []
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        report = Axe().run(page, context={"include": list(parts)}).response["violations"]
        found += [
            (theme, rule["id"], node["html"][:200], node["failureSummary"])
            for rule in report
            for node in rule["nodes"]
        ]
    return found


# Where it runs


@pytest.mark.full
def test_an_address_with_a_fragment_connects_at_once(page: Page, live: Live) -> None:
    page.goto(live.opened)
    status(page, "^Ready")
    assert page.url == live.opened.partition("#")[0]
    kept = "JSON.stringify([Object.entries(localStorage), document.cookie])"
    assert live.token not in page.evaluate(kept)
    # The next chapter in the same tab needs no question, and starts nothing by itself.
    page.goto(live.site + CHAPTER)
    expect(page.locator(".live-status")).to_be_hidden()
    page.get_by_role("button", name="Run this page").click()
    status(page, "^Ready")


def test_a_fragment_that_names_a_machine_elsewhere_is_not_followed(page: Page, site: str) -> None:
    page.goto(site + CHAPTER + "#jupyter=http://192.0.2.7:8888/&token=abcdefgh")
    status(page, "names a server elsewhere, 192.0.2.7:8888: nothing was sent")
    assert "token" not in page.url
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.full
def test_an_address_brings_its_token_along(page: Page, live: Live) -> None:
    page.goto(live.site + CHAPTER)
    page.get_by_role("button", name="Run this page").click()
    page.get_by_label("Address").fill(f"{live.jupyter}tree?token={live.token}")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Connect").click()
    status(page, "^Ready")
    assert page.evaluate("JSON.parse(sessionStorage['live-server']).address") == live.jupyter


@pytest.mark.full
def test_a_kernel_ends_with_its_page(browser: Browser, live: Live) -> None:
    page = browser.new_page()  # requests that a test intercepts do not outlive their page
    connect(page, live)
    assert len(live.sessions()) == 1
    page.goto("about:blank")
    limits.wait_until(lambda: not live.sessions(), "the kernel of a closed page goes on")
    page.context.close()


@pytest.mark.full
def test_what_went_wrong_is_said_in_a_sentence(page: Page, live: Live, site: str) -> None:
    page.goto(live.site + CHAPTER)
    fill(page, "http://127.0.0.1:9/", live.token)
    status(page, r"^Not connected\. Nothing answers at http://127\.0\.0\.1:9/: start the server")
    fill(page, live.jupyter, "wrong-token")
    status(page, r"^Not connected\. The server at .* refuses the token: copy it again")
    fill(page, live.site, live.token)
    status(page, r"^Not connected\. What answers at .* is not a Jupyter server")
    page.route(
        "**/api/kernelspecs*", lambda route: route.fulfill(json=_specs({}), headers=_cors(live))
    )
    fill(page, live.jupyter, live.token)
    status(page, r"^Not connected\. The server has no Python kernel: install ipykernel")
    page.unroute("**/api/kernelspecs*")
    missing = _specs({"python3": _spec("python3")})
    page.route(
        "**/api/kernelspecs*", lambda route: route.fulfill(json=missing, headers=_cors(live))
    )
    page.route(
        "**/api/sessions*",
        lambda route: (
            route.fulfill(status=500, json={"message": "no"}, headers=_cors(live))
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    fill(page, live.jupyter, live.token)
    status(page, r"^Not connected\. The kernel did not start")
    page.goto(site + CHAPTER)  # another origin than the server lets in
    fill(page, live.jupyter, live.token)
    origin = re.escape(site.rstrip("/"))
    status(page, rf"does not let this page in: start it with --ServerApp\.allow_origin={origin}$")


def _cors(live: Live) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": live.site.rstrip("/")}


def _spec(name: str) -> dict[str, Any]:
    spec = {"argv": [], "env": {}, "display_name": name, "language": "python"}
    return {"name": name, "spec": spec, "resources": {}}


def _specs(specs: dict[str, Any]) -> dict[str, Any]:
    return {"default": "python3", "kernelspecs": specs}


@pytest.mark.full
def test_an_environment_without_the_helpers_is_told(page: Page, live: Live) -> None:
    connect(page, live)
    shorten(page, 1)
    write(
        page,
        page.locator("div.cell").nth(1),
        "raise ModuleNotFoundError(\"No module named 'helpers'\")",
    )
    page.get_by_role("button", name="Run cell 2", exact=True).click()
    status(page, "The server has another environment than the book")


def test_binder_lends_a_server(page: Page, live: Live) -> None:
    """A stand-in for mybinder.org on this machine, which lends the server of the test."""
    asked = []

    class Stand(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            ready = {"phase": "ready", "message": "", "url": live.jupyter, "token": live.token}
            for event in ({"phase": "building", "message": "…"}, ready):
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

    stand = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stand)
    threading.Thread(target=stand.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{stand.server_port}"
    config(page, binder=LENDER | {"binderUrl": f"http://{host}"})
    page.goto(live.site + CHAPTER)
    page.get_by_role("button", name="Run this page").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"This contacts {host}")
    assert not asked
    page.get_by_role("button", name=f"Start on {host}").click()
    status(page, "^Ready")
    assert asked == ["/build/gh/owner/name/main"]
    assert page.evaluate("localStorage.length") == page.evaluate(
        "['mode', 'theme'].filter(key => key in localStorage).length"
    ), "Thebe keeps something in localStorage"
    stand.shutdown()
    stand.server_close()


def test_what_binder_is_told_follows_the_repository() -> None:
    assert binder({}) == binder({"repository_url": ""}) == {}
    told = binder(
        {"repository_url": "https://github.com/owner/name.git", "repository_branch": "main"}
    )
    assert (told["repoProvider"], told["repo"], told["ref"]) == ("github", "owner/name", "main")
    assert binder({"repository_url": "https://gitlab.com/a/b/c/"})["repo"] == "a/b/c"
    other = binder({"repository_url": "https://forge.example/a/b"})
    assert (other["repoProvider"], other["repo"]) == ("git", "https://forge.example/a/b")


# The server


def test_the_server_listens_on_this_machine_only(live: Live) -> None:
    process = psutil.Process(live.process.pid)
    listening = [
        connection.laddr.ip
        for each in [process, *process.children(recursive=True)]
        for connection in each.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 2
    assert set(listening) == {"127.0.0.1"}


def test_the_server_ends_no_connection_before_a_ping_could_be_answered() -> None:
    told = serve.settings("127.0.0.1", "token", "http://127.0.0.1", Path())["ServerApp"]
    handler = WebSocketMixin()
    handler.settings = told["tornado_settings"]
    assert not handler.ping_interval or handler.ping_timeout >= 2 * handler.ping_interval


def test_nothing_is_answered_without_the_token(live: Live) -> None:
    for path in ("status", "kernels", "kernelspecs", "sessions"):
        assert live.ask(f"api/{path}")[0] == 403, path
        assert live.ask(f"api/{path}", Authorization="token wrong")[0] == 403, path
        assert live.ask(f"api/{path}", Authorization=f"token {live.token}")[0] == 200, path
    assert live.ask("api/kernels", "POST")[0] == 403
    assert live.ask("api/kernels", "POST", Cookie="_xsrf=1")[0] == 403


def test_files_and_terminals_are_not_served(live: Live) -> None:
    for path in ("api/contents", "api/terminals", "api/config/common", "tree", "lab"):
        assert live.ask(path, Authorization=f"token {live.token}")[0] == 404, path


def test_only_the_book_may_read_what_the_server_answers(live: Live) -> None:
    book = live.site.rstrip("/")
    key = f"token {live.token}"
    for origin in (
        book,
        "http://127.0.0.1:1",
        "http://localhost:8000",
        "https://elsewhere.example",
    ):
        for method in ("GET", "OPTIONS"):
            _, headers = live.ask("api/status", method, Origin=origin, Authorization=key)
            assert headers.get("Access-Control-Allow-Origin") == book
            assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--ip", "0.0.0.0"], "--ip 0.0.0.0: only an address of this machine"),
        (["--ip", "::"], "only an address of this machine"),
        (["--ip", ""], "only an address of this machine"),
        (["--ip", "somewhere"], "only an address of this machine"),
        (["--token", ""], "the token is empty"),
        (["--token", "        "], "the token is empty"),
        (["--port", "99999999"], "cannot be used"),
        (["--port", "abc"], "PORT=abc: a number is expected, such as 8000"),
        (["--port", "0"], "no built book is here; run make book first"),
    ],
)
def test_an_open_server_is_refused(tmp_path: Path, options: list[str], sentence: str) -> None:
    if options != ["--port", "0"]:
        (tmp_path / "notebooks").mkdir()
        (tmp_path / "notebooks" / "01.html").touch()
    done = subprocess.run(
        [sys.executable, str(TOOL), str(tmp_path), *options],
        capture_output=True,
        text=True,
        timeout=limits.HANGING,
    )
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_in_use_is_told_and_pages_alone_are_served(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01.html").write_text("Chapter")
    command = [sys.executable, str(TOOL), str(tmp_path), "--pages-only", "--port"]
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            said = serving.stdout.readline()
            address = re.match(r"Open (http://127\.0\.0\.1:(\d+)/), stop with Ctrl-C", said)
            assert address, said
            with urllib.request.urlopen(
                f"{address[1]}notebooks/01.html", timeout=limits.HANGING
            ) as page:
                assert page.read() == b"Chapter"
            second = subprocess.run(
                [*command, address[2]],
                capture_output=True,
                text=True,
                timeout=limits.HANGING,
                check=False,
            )
            assert second.returncode == 2
            assert f"port {address[2]} of 127.0.0.1 cannot be used" in second.stderr
            assert len(second.stderr.splitlines()) == 1
        finally:
            serving.send_signal(signal.SIGINT)
    assert serving.returncode == 0


@pytest.mark.full
def test_settings_of_the_user_cannot_open_it(shipped: books.Built, tmp_path: Path) -> None:
    """A configuration that opens every Jupyter server of its user does not open this one."""
    (tmp_path / "jupyter_server_config.py").write_text(
        "c.IdentityProvider.token = ''\nc.ServerApp.allow_origin = '*'\nc.ServerApp.ip = '0.0.0.0'\n"
    )
    before = dict(os.environ)
    os.environ.update(
        JUPYTER_CONFIG_DIR=str(tmp_path), JUPYTER_TOKEN="", JUPYTER_PREFER_ENV_PATH="0"
    )
    try:
        with started(str(shipped.folder)) as opened:
            assert opened.ask("api/status")[0] == 403
            _, headers = opened.ask("api", Origin="https://elsewhere.example")
            granted = headers.get("Access-Control-Allow-Origin")
            assert granted in (None, opened.site.rstrip("/"))
    finally:
        os.environ.clear()
        os.environ.update(before)


_OPEN = re.compile(
    r"""token\s*=\s*(''|""|\s*$)|--(\w+\.)*ip[= ]['"]?(0\.0\.0\.0|\*|::)|\.ip\s*=\s*['"](0\.0\.0\.0|\*|::)"""
    r"""|allow_origin\s*=\s*['"]?\*|allow_origin_pat|disable_check_xsrf|allow_unauthenticated_access""",
    re.MULTILINE,
)


def test_nothing_in_the_repository_starts_jupyter_open() -> None:
    texts = {".py", ".md", ".ipynb", ".yml", ".yaml", ".toml", ".sh", ".js", ".cfg", ""}
    skipped = {".git", ".venv", "_build"}
    found = []
    for folder, below, names in os.walk(books.ROOT):
        below[:] = [name for name in below if name not in skipped and not name.endswith("cache")]
        for path in (Path(folder, name) for name in names):
            if path.suffix not in texts or path == Path(__file__):
                continue
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [
                f"{path.relative_to(books.ROOT)}: {m.group()!r}" for m in _OPEN.finditer(text)
            ]
    assert not found, found
    for opened in (
        "--token=''",
        "--ip=0.0.0.0",
        "c.ServerApp.ip = '*'",
        "--ServerApp.allow_origin='*'",
    ):
        assert _OPEN.search(opened.removeprefix("--") if "token" in opened else opened), opened
