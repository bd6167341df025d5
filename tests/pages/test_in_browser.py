"""Chapters run in the browser itself, from the built book behind an ordinary server of files."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import books
import pytest
import site_under_test
import wasm
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from report import dependencies, in_browser

CHAPTERS = sorted(path.stem for path in (books.ROOT / "notebooks").glob("*.ipynb"))
OFFERED = [name for name in CHAPTERS if name[3:] not in in_browser.WHY_NOT]
CHAPTER = books.chapter("overall-survival")
_GATHER = "make wasm FROM=…, or python tests/support/standing_in.py"
_BLOCKED = """
import importlib.util, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in BLOCKED else found(name, package)
"""


def _imports_of(chapter: str) -> str:
    """What a chapter imports, without what it computes."""
    notebook = json.loads((books.ROOT / f"notebooks/{chapter}.ipynb").read_text("utf-8"))
    lines = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "install" not in cell["metadata"].get("tags", []):
            tree = ast.parse(dependencies.python("".join(cell["source"])))
            nodes = (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))
            lines += [ast.unparse(node) for node in nodes]
    return "\n".join(lines)


def _run(code: str, *blocked: str) -> str:
    program = f"BLOCKED = {set(blocked)!r}\n{_BLOCKED}\n{code}"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return told.stdout


def test_workflows_gather_the_version_that_is_pinned() -> None:
    address = f"FROM: https://cdn.jsdelivr.net/pyodide/v{wasm.VERSION}/full"
    for name in ("publish", "release"):
        assert address in (books.ROOT / f".github/workflows/{name}.yml").read_text("utf-8")


def test_every_offered_chapter_imports_without_what_a_browser_lacks() -> None:
    absent = ("numba", "llvmlite", "pydantic", "pydantic_core", "yaml", "_multiprocessing")
    assert len(OFFERED) == 15
    with_tables = [name for name in OFFERED if "pyarrow" in _packages(name)]
    assert [name[3:] for name in with_tables] == ["when-hazards-are-not-proportional"]
    others = "\n".join(_imports_of(name) for name in OFFERED if name not in with_tables)
    assert "from helpers import" in others
    _run(others, *absent, "pyarrow", "sklearn", "pandera", "seaborn")
    _run(_imports_of(with_tables[0]), *absent, "sklearn")


def _packages(chapter: str) -> list[str]:
    tops: dict[str, Any] = {}
    names = "IPython cycler joblib lifelines lmfit matplotlib numpy pandas pyarrow scipy statsmodels tableone"
    for name in names.split():
        tops[name] = {"imports": [name]}
    return in_browser.wanted(books.ROOT / f"notebooks/{chapter}.ipynb", tops)


def test_a_chapter_fetches_what_it_imports_and_no_more() -> None:
    assert not {"pyarrow", "statsmodels", "lmfit", "tableone"} & set(_packages(CHAPTER))
    assert "statsmodels" in _packages(books.chapter("new-progression"))
    assert "lmfit" in _packages(books.chapter("tumour-growth"))


def test_an_import_that_no_package_for_the_browser_has_stops_the_build() -> None:
    with pytest.raises(ValueError, match=r"no package for the browser has .*lifelines"):
        in_browser.wanted(books.ROOT / f"notebooks/{CHAPTER}.ipynb", {})


def test_known_files_are_read_as_they_were_checked(tmp_path: Path) -> None:
    """Without pydantic and YAML, the study and the quizzes are what they were with them."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(in_browser.own()["helpers"])) as archive:
        archive.extractall(tmp_path)
    told = json.loads((tmp_path / "helpers/known.json").read_text("utf-8"))
    assert len(told) == 1 + len(CHAPTERS)
    code = f"""
sys.path.insert(0, {str(tmp_path)!r})
import json
from helpers import known, published
from helpers.exercises import quizzes
assert known.FILE.parent.parent.as_posix() == {tmp_path.as_posix()!r}
print(json.dumps({{
    known.digest(published.DATA / "published.yaml"): known.to_plain(published.load()),
    **{{known.digest(quizzes.FOLDER / (name + ".yaml")): known.to_plain(quizzes.read(name)) for name in quizzes.names()}},
}}))
"""
    assert json.loads(_run(code, "pydantic", "pydantic_core", "yaml")) == told


def test_an_unknown_study_is_refused_in_one_sentence_where_nothing_can_check_it(
    tmp_path: Path,
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("study: {}\n", "utf-8")
    code = f"""
from helpers import published
try:
    published.load({str(other)!r})
except published.PublishedError as error:
    print(error)
"""
    told = _run(code, "pydantic", "pydantic_core", "yaml")
    assert re.fullmatch(r".*other.yaml: only files of this book can be read here, .*\n", told), told


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("nowhere", "a folder, a ZIP or an address was expected"),
        ("empty", "scipy-1.wasm.whl is not there"),
    ],
)
def test_a_distribution_without_the_file_is_refused(
    tmp_path: Path, place: str, sentence: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(wasm.Refused, match=sentence):
        wasm.Distribution(str(tmp_path / place)).read("scipy-1.wasm.whl")


def test_another_version_and_a_wrong_byte_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyodide-lock.json").write_text('{"info": {"version": "0.1.2"}}', "utf-8")
    with pytest.raises(wasm.Refused, match=f"Pyodide {wasm.VERSION} was expected, found 0.1.2"):
        wasm.Distribution(str(tmp_path)).checked()
    (tmp_path / f"pyodide-{wasm.VERSION}.tgz").write_bytes(b"not it")
    with pytest.raises(wasm.Refused, match="has another SHA-256"):
        wasm.core(tmp_path)
    entry = {
        "version": "1",
        "file_name": "numpy.whl",
        "install_dir": "site",
        "depends": [],
        "sha256": "0",
    }
    lock = json.dumps({"info": {"version": wasm.VERSION}, "packages": {"numpy": entry}}).encode()
    monkeypatch.setattr(wasm, "core", lambda _: {"pyodide-lock.json": lock})
    monkeypatch.setattr(wasm, "IMPORTED", ("numpy",))
    (tmp_path / "pyodide-lock.json").unlink()
    (tmp_path / "numpy.whl").write_bytes(b"one byte is wrong")
    with pytest.raises(
        wasm.Refused, match=r"numpy.whl has another SHA-256 than Pyodide's lock says"
    ):
        wasm.gather(str(tmp_path), tmp_path / "work")


@pytest.fixture(scope="session")
def with_python(shipped: books.Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built book with what `make wasm` has gathered beside it."""
    gathered = books.ROOT / (os.environ.get("WASM") or wasm.OUT)
    if not (gathered / "pyodide-lock.json").is_file():
        (pytest.fail if os.environ.get("WASM") else pytest.skip)(f"nothing is gathered: {_GATHER}")
    folder = tmp_path_factory.mktemp("with-python") / "html"
    shutil.copytree(shipped.folder, folder)
    app = SimpleNamespace(
        srcdir=gathered.parents[1], outdir=folder, builder=SimpleNamespace(name="html")
    )
    os.environ["WASM"] = str(gathered)
    in_browser.ship(app, None)
    for page in (folder / "notebooks").glob("*.html"):
        source = books.ROOT / "notebooks" / f"{page.stem}.ipynb"
        app.env = SimpleNamespace(doc2path=lambda _, source=source: str(source))
        told = json.dumps(in_browser.offer(app, page.stem)).replace("<", "\\u003c")
        text = page.read_text("utf-8")
        assert text.count('"browser": null') == 1, page.name
        page.write_text(text.replace('"browser": null', f'"browser": {told}'), "utf-8")
    with site_under_test.serve(folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own, whose console stays clean and which asks no other host."""
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda one: one.type in ("error", "warning") and said.append(one.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    yield page
    context.close()
    assert said == []
    assert hosts - {"127.0.0.1", ""} == set()


def status(page: Page, words: str) -> None:
    expect(page.locator(".live-status")).to_contain_text(re.compile(words))


def begin(page: Page, address: str, chapter: str = CHAPTER) -> None:
    page.goto(f"{address}notebooks/{chapter}.html")
    page.get_by_role("button", name="Run this page").click()
    page.get_by_role("button", name="Run in this browser").click()
    status(page, "^Ready")


def texts(page: Page) -> list[list[str]]:
    """The texts and tables of every cell, as they are seen."""
    found: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll("div.cell")].map((cell) =>
          [...cell.querySelectorAll(".cell_output :is(table, pre)")]
            .filter((part) => !part.closest(".live-replaced, details, .live-answer"))
            .filter((part) => !part.parentElement.closest("table, pre"))
            .map((part) => part.textContent.replace(/\\s+/g, " ").trim())).filter((found) => found.length)"""
    )
    # A difference between two programs that is rounding alone has other last digits on other processors.
    return [
        [re.sub(r"\b\de-1[3-7]\b|\b0e\+00\b", "rounding", one) for one in cell] for cell in found
    ]


def test_what_does_not_run_in_a_browser_says_why(page: Page, with_python: str) -> None:
    chapter = books.chapter("small-samples")
    page.goto(f"{with_python}notebooks/{chapter}.html")
    page.get_by_role("button", name="Run this page").click()
    page.get_by_text("In this browser", exact=True).click()
    expect(page.get_by_text("Not this chapter:")).to_be_visible()
    expect(page.get_by_role("button", name="Run in this browser")).to_have_count(0)


def test_nothing_is_fetched_before_the_choice(page: Page, with_python: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{with_python}notebooks/{CHAPTER}.html")
    page.get_by_role("button", name="Run this page").click()
    panel = page.locator(".live-panel")
    expect(panel.get_by_role("heading", name="In this browser")).to_be_visible()
    (size,) = re.findall(r"It fetches (\\d+) MB", panel.inner_text())
    assert int(size) < 45
    assert violations(page, ".live-panel") == []
    assert not [one for one in asked if "/python/" in one or "live-worker" in one]


def violations(page: Page, *parts: str) -> list[Any]:
    return [one["id"] for one in Axe().run(page, context=list(parts)).response["violations"]]


def test_cells_run_stop_and_begin_anew(page: Page, with_python: str) -> None:
    """One start of Python for all: an error, an exercise, a late package, an endless loop, a restart."""
    begin(page, with_python)
    first = page.locator("div.cell:has(.thebe-cell)").nth(0)

    def write(code: str) -> None:
        first.locator(".CodeMirror").evaluate(
            "(node, code) => node.CodeMirror.setValue(code)", code
        )
        first.get_by_role("button", name=re.compile("^Run cell")).click()

    output = first.locator(".live-output")
    write("print(6 * 7)\nimport sys\n'pyarrow' in sys.modules")
    status(page, "has run")
    expect(output).to_contain_text("42")
    expect(output).to_contain_text("False")
    write("def f():\n    return 1 / 0\nf()")
    status(page, "stopped with ZeroDivisionError")
    expect(output).to_contain_text("return 1 / 0")
    write(
        "import lmfit, numpy as np\nprint(lmfit.models.LinearModel().fit([1, 3], x=[0, 1]).nvarys)"
    )
    status(page, "has run")
    expect(output).to_contain_text("2")
    write("from helpers import exercises\nexercises.check('km-by-hand', 1)")
    status(page, "has run")
    expect(output).not_to_be_empty()
    write("while True: pass")
    status(page, "^Running")
    page.get_by_role("button", name="Stop").click()
    status(page, "^Stopped.*nothing has been run")
    write("'f' in globals()")
    status(page, "has run")
    expect(output).to_contain_text("False")
    assert violations(page, ".live-bar") == []


@pytest.mark.parametrize(
    "chapter",
    [
        pytest.param(name, marks=[] if name == CHAPTER else pytest.mark.full, id=name)
        for name in OFFERED
    ],
)
def test_all_cells_print_what_the_page_prints(page: Page, with_python: str, chapter: str) -> None:
    page.goto(f"{with_python}notebooks/{chapter}.html")
    printed = texts(page)
    assert printed
    pictures = page.locator("article figure img").count()
    begin(page, with_python, chapter)
    page.get_by_role("button", name="Run all").click()
    status(page, "All cells have run")
    assert texts(page) == printed
    expect(page.locator("article figure img:visible")).to_have_count(pictures)
