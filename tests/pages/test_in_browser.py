"""What is gathered for chapters that run in the browser itself, and what each of them fetches."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import books
import measure
import pytest
import wasm
from report import calls, dependencies, gathered, in_browser

from helpers import known, published

CHAPTERS = sorted(path.stem for path in (books.ROOT / "notebooks").glob("*.ipynb"))
OFFERED = [name for name in CHAPTERS if name[3:] not in in_browser.WHY_NOT]
CHAPTER = books.chapter("overall-survival")
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


@pytest.mark.parametrize(
    ("name", "then"), [("publish", "make site"), ("release", "run: make release")]
)
def test_every_chapter_is_tried_before_anything_is_made_public(name: str, then: str) -> None:
    text = (books.ROOT / f".github/workflows/{name}.yml").read_text("utf-8")
    tried = "make test ALL=1 ONLY=tests/pages/test_running_in_browser.py"
    places = [text.index(words) for words in ("make wasm", tried, "WASM: _build/wasm", then)]
    assert places == sorted(places)


@pytest.mark.full
def test_every_offered_chapter_imports_without_what_a_browser_lacks() -> None:
    absent = ("numba", "llvmlite", "pydantic", "pydantic_core", "yaml", "_multiprocessing")
    assert len(OFFERED) == 22
    with_tables = [name for name in OFFERED if "pyarrow" in _packages(name)]
    assert [name[3:] for name in with_tables] == ["when-hazards-are-not-proportional"]
    others = "\n".join(_imports_of(name) for name in OFFERED if name not in with_tables)
    assert "from helpers import" in others
    _run(others, *absent, "pyarrow", "sklearn", "pandera", "seaborn")
    _run(_imports_of(with_tables[0]), *absent, "sklearn")


def _packages(chapter: str) -> list[str]:
    tops: dict[str, Any] = {}
    names = (
        "IPython cycler firthmodels greenwood joblib lifelines lmfit matplotlib numpy pandas pyarrow scipy "
        "seaborn statsmodels tableone"
    )
    for name in names.split():
        tops[name] = {"imports": [name]}
    return in_browser.wanted(books.ROOT / f"notebooks/{chapter}.ipynb", tops)


def test_a_chapter_fetches_what_it_imports_and_no_more() -> None:
    assert not {"pyarrow", "statsmodels", "lmfit", "tableone"} & set(_packages(CHAPTER))
    assert "statsmodels" in _packages(books.chapter("new-progression"))
    assert "lmfit" in _packages(books.chapter("tumour-growth"))


def test_a_chapter_fetches_what_the_functions_import_that_it_calls(tmp_path: Path) -> None:
    assert {"firthmodels", "seaborn"} <= set(_packages(books.chapter("prognostic-factors")))
    assert not {"firthmodels", "seaborn"} & set(_packages(CHAPTER))
    (tmp_path / "room").mkdir()
    (tmp_path / "room/one.py").write_text(
        "import at_once\n"
        "def called():\n    return _other()\n"
        "def _other():\n    import a.b\n    from . import own\n    from c import d\n"
        "def not_called():\n    import e\n",
        "utf-8",
    )
    assert calls.packages("room.called()\nelsewhere.not_called()", tmp_path) == {"a", "c"}


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
    ensemble = known.digest(published.DATA / "ensemble.parquet")
    assert told.pop(ensemble) is True
    assert len(told) == 1 + len(CHAPTERS)
    code = f"""
sys.path[:0] = [{str(tmp_path)!r}]
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


def test_a_copy_with_another_value_is_made_where_nothing_can_check_it() -> None:
    code = """
from helpers.forms import BaseModel
class Pair(BaseModel):
    one: int
    two: int = 2
pair = Pair(one=1)
print(vars(pair.model_copy(update={"one": 3})), pair.one, pair.model_copy(update={"two": 5}).two)
"""
    assert _run(code, "pydantic", "pydantic_core", "yaml") == "{'one': 3} 1 5\n"


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


def test_a_distribution_is_read_from_an_address(tmp_path: Path) -> None:
    (tmp_path / "numpy.whl").write_bytes(b"numpy")
    with measure.serve(tmp_path) as address:
        assert wasm.Distribution(address).read("numpy.whl") == b"numpy"
        with pytest.raises(wasm.Refused, match=r"scipy-1\.wasm\.whl is not there"):
            wasm.Distribution(address).read("scipy-1.wasm.whl")
    with pytest.raises(wasm.Refused, match=r"numpy\.whl cannot be read"):
        wasm.Distribution(address).read("numpy.whl")


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


def test_a_package_that_does_not_fit_and_one_that_nobody_has_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wasm, "IMPORTED", ("lifelines",))
    versions = {name: version for name, version in wasm.pure().items() if name != "pandas"}
    with pytest.raises(wasm.Refused, match=r"lifelines needs pandas.*, and there is pandas 0\.1"):
        wasm.needed({"pandas": {"version": "0.1", "depends": []}}, versions)
    monkeypatch.setattr(wasm, "IMPORTED", ("nobodys",))
    with pytest.raises(wasm.Refused, match=r"^nobodys is neither in Pyodide"):
        wasm.needed({}, versions)


def test_a_refusal_is_one_sentence_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wasm, "OUT", tmp_path / "wasm")
    wasm.put({"kept": b"as it was"}, wasm.OUT)
    monkeypatch.setenv("FROM", str(tmp_path / "nowhere"))
    monkeypatch.setattr(wasm, "SOURCES", tmp_path / "work")
    with pytest.raises(SystemExit, match=r"^make wasm: FROM=.*nowhere: a folder, .* expected$"):
        wasm.main()
    assert [path.name for path in wasm.OUT.iterdir()] == ["kept"]


@pytest.mark.parametrize("edited", ["requirements.txt", "book/_tools/wasm_new.py"])
def test_what_was_gathered_of_something_else_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edited: str
) -> None:
    monkeypatch.delenv("WASM", raising=False)
    monkeypatch.delenv("COHORT", raising=False)
    app = SimpleNamespace(srcdir=tmp_path)
    (tmp_path / "book/_tools").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("numpy==1\n", "utf-8")
    info = {"made_of": gathered.made_of(tmp_path)}
    wasm.put({gathered.LOCK: json.dumps({"info": info}).encode()}, gathered.folder(tmp_path))
    assert in_browser.folder(app) == tmp_path / "_build/wasm"
    monkeypatch.setenv("COHORT", "another")
    assert in_browser.folder(app) is None
    monkeypatch.delenv("COHORT")
    (tmp_path / edited).write_text("numpy==2\n", "utf-8")
    assert in_browser.folder(app) is None
