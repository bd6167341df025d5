"""Colab: a notebook that is opened alone brings what is missing by its first cell."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import books
import clean
import nbformat
import pytest
from lock import holds, name_of, project
from packaging.requirements import Requirement
from report import pairing

NOTEBOOKS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
PYTHON = "3.13"
"""Colab's."""
COLAB = Path(__file__).parents[1] / "data" / "colab.txt"
# Runs the cell where `helpers` is hidden or not, and prints what it would have installed.
_ALONE = """
import sys
from IPython.core.interactiveshell import InteractiveShell
if sys.argv[2] == "hidden":
    sys.modules["helpers"] = None
shell = InteractiveShell.instance()
shell.register_magic_function(lambda line: print("pip", line), magic_name="pip")
shell.run_cell(open(sys.argv[1], encoding="utf-8").read())
"""
Sessions = Callable[[str], dict[str, str]]


def _versions() -> dict[str, str]:
    """What Colab has, by name."""
    pins = [Requirement(line) for line in COLAB.read_text().splitlines() if line[0] != "#"]
    return {pin.name: str(pin.specifier).removeprefix("==") for pin in pins}


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    """A server as the one that Colab's kernels can ask, for a notebook opened from a path."""
    path = ""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/api/sessions"
            session = {"id": "1", "path": path, "name": "chapter.ipynb", "type": "notebook"}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps([session]).encode())

        def log_message(self, *_: object) -> None:
            pass

    def opened_from(given: str) -> dict[str, str]:
        nonlocal path
        path = given
        return {"COLAB_JUPYTER_IP": "127.0.0.1", "KMP_TARGET_PORT": str(server.server_port)}

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield opened_from
    server.shutdown()
    server.server_close()


def _first_cell(folder: Path, hidden: bool = True, **variables: str) -> str:
    """What the first cell says; `pip …` is what it would have run."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, pairing.FIRST_CELL, "hidden" if hidden else "there"],
        cwd=folder,
        env=clean.surroundings(IPYTHONDIR=str(folder), **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_where_the_package_is_there_nothing_happens(tmp_path: Path):
    assert _first_cell(tmp_path, hidden=False, REPOSITORY="https://host/book") == ""


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("https%3A//github.com/reader/fork/blob/main/notebooks/06-x.ipynb", "reader/fork@main"),
        (
            "https%3A%2F%2Fgithub.com%2Freader%2Ffork%2Fblob%2Fmy%2Fidea%2Fnotebooks%2F06-x.ipynb",
            "reader/fork@my/idea",
        ),
    ],
)
def test_on_colab_the_fork_and_branch_of_the_notebook_are_installed(
    sessions: Sessions, tmp_path: Path, path: str, address: str
):
    said = _first_cell(tmp_path, **sessions(f"fileId={path}"))
    assert said.strip() == f'pip install --quiet "git+https://github.com/{address}"'


def test_a_repository_that_is_named_goes_before(sessions: Sessions, tmp_path: Path):
    path = "fileId=https%3A//github.com/reader/fork/blob/main/notebooks/06-x.ipynb"
    said = _first_cell(tmp_path, REPOSITORY="https://host/other", **sessions(path))
    assert said.strip() == 'pip install --quiet "git+https://host/other"'


@pytest.mark.parametrize("where", ["elsewhere", "a copy in Drive", "no answer"])
def test_where_nothing_is_known_one_sentence_says_what_to_do(
    sessions: Sessions, tmp_path: Path, where: str
):
    colab = sessions("fileId=1oE_Xk")
    variables = {
        "elsewhere": {},
        "a copy in Drive": colab,
        "no answer": {**colab, "KMP_TARGET_PORT": "9"},
    }[where]
    said = _first_cell(tmp_path, **variables)
    assert "run %env REPOSITORY=https://… with the repository's address" in said
    assert "Traceback" not in said
    assert "pip install" not in said


def test_nothing_that_colab_has_is_replaced():
    versions = _versions()
    for requirement in map(Requirement, project()["run"]):
        if not holds(requirement, PYTHON, "linux on x86-64"):
            continue
        version = versions.get(name_of(str(requirement)))
        assert version is None or requirement.specifier.contains(version), (
            f"{requirement}: Colab has {version}, and its kernel runs already"
        )


def test_every_chapter_opens_with_the_same_cell():
    cell = pairing.FIRST_CELL.read_text(encoding="utf-8").strip()
    for path in NOTEBOOKS:
        first = next(c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code")
        assert first.metadata.get("tags") == ["remove-cell", "install"], (
            f"{path.stem}: put an empty cell with `:tags: [remove-cell, install]` first, "
            "and `make pair` fills it"
        )
        assert first.source == cell, f"{path.stem}: run `make pair`"


@pytest.fixture
def repository(launched: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a git repository of what Colab opens."""
    clean.need_git()
    root = shutil.copytree(launched, tmp_path_factory.mktemp("clone") / "book")
    who = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    for step in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *who, *step], cwd=root, check=True)
    return root.as_uri()


@pytest.mark.full
class TestAlone:
    def test_every_notebook_runs_in_an_empty_folder_with_what_its_first_cell_brings(
        self,
        launched: Path,
        repository: str,
        tmp_path: Path,
        tmp_path_factory: pytest.TempPathFactory,
    ):
        first, *others = sorted((launched / "notebooks").glob("[0-9]*.ipynb"))
        folder = tmp_path_factory.mktemp("colab")
        clean.need_registry(folder)
        colab = clean.Clean.make(folder / "environment", pip=True)
        colab.install("--constraint", str(COLAB), "ipykernel")
        before = colab.installed()
        # pip picks Colab's versions, and leaves it to the kernel to compile what it imports.
        known = {
            "REPOSITORY": repository,
            "PIP_CONSTRAINT": str(COLAB),
            "PIP_NO_COMPILE": "1",
        }
        colab.execute(first, tmp_path, **known)
        done = colab.execute_all([(notebook, tmp_path) for notebook in others], **known)
        assert len(done) == len(NOTEBOOKS) - 1 >= 2
        after = colab.installed()
        assert before <= after, "the first cell replaced what was there"
        assert [line for line in after if f"git+{repository}" in line]
        assert not any(tmp_path.iterdir())
