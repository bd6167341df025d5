"""A clean Python with nothing of this book in it, and notebooks executed there.

nox and tox run commands in clean environments, and nbmake executes notebooks in the one it is in; here
uv makes the environment, and nbclient executes notebooks in kernels of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import limits
import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from helpers import markup

_UV = str(Path(sys.executable).with_name("uv"))
_OF_THE_BOOK = ("PYTHON", "COHORT", "ROWS", "REPOSITORY", "COLAB_", "KMP_", "VIRTUAL_ENV")
_AT_A_TIME = 2
_FILES = re.compile(f'<p class="{markup.DOWNLOADS}">.*?</p>', re.DOTALL)


def surroundings(**more: str) -> dict[str, str]:
    """The environment variables of a clean process, and more."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_BOOK)}
    return {**kept, **more}


def uv(*arguments: str, folder: Path, told: str = "") -> str:
    """What uv prints; it has to succeed."""
    done = subprocess.run(
        [_UV, *arguments],
        cwd=folder,
        env=surroundings(),
        input=told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"uv {' '.join(arguments)}\n{done.stderr}"
    return done.stdout


def need_registry(folder: Path) -> None:
    """Skip the test where no package registry answers; in CI it fails."""
    try:
        uv("pip", "compile", "--quiet", "--no-cache", "-", folder=folder, told="pip\n")
    except AssertionError as problem:
        _missing(f"packages have to be installed, but the registry does not answer: {problem}")


def need_git() -> None:
    """Skip the test where there is no git; in CI it fails."""
    if shutil.which("git") is None:
        _missing("pip needs git to install from a repository")


def _missing(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@dataclass(frozen=True)
class Clean:
    """A virtual environment."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, python: str = sys.executable, *, pip: bool = False) -> Clean:
        """An empty one, or with pip in it."""
        how = ["--quiet", "--no-python-downloads", *(["--seed"] if pip else [])]
        uv("venv", *how, "--python", python, str(folder), folder=folder.parent)
        clean = cls(folder)
        kernel = {
            "argv": [clean.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "clean",
            "language": "python",
        }
        (folder / "kernels" / "clean").mkdir(parents=True)
        (folder / "kernels" / "clean" / "kernel.json").write_text(json.dumps(kernel))
        return clean

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    def install(self, *what: str, folder: Path | None = None) -> None:
        """Install requirements, or files of them relative to a folder."""
        uv(
            "pip",
            "install",
            "--quiet",
            "--python",
            self.python,
            *what,
            folder=folder or self.folder,
        )

    def installed(self) -> set[str]:
        """What is in it, as `name==version` or `name @ address`; not what is editable."""
        listed = uv(
            "pip", "freeze", "--exclude-editable", "--python", self.python, folder=self.folder
        )
        return set(listed.split("\n")) - {""}

    def execute(self, notebook: Path, folder: Path, **variables: str) -> NotebookNode:
        """Execute a notebook in a folder, in a kernel of its own; every cell has to succeed."""
        contents = nbformat.read(notebook, as_version=4)
        kernels = KernelSpecManager(kernel_dirs=[str(self.folder / "kernels")])
        kernel = AsyncKernelManager(kernel_name="clean", kernel_spec_manager=kernels)
        try:
            NotebookClient(contents, km=kernel, timeout=limits.HANGING).execute(
                cwd=str(folder), env=surroundings(**variables), cleanup_kc=True
            )
        except CellExecutionError as error:
            error.add_note(f"in {notebook.name}, run in {folder}")
            raise
        return contents

    def execute_all(
        self, jobs: Iterable[tuple[Path, Path]], **variables: str
    ) -> dict[str, NotebookNode]:
        """Execute notebooks, each in its folder, two at a time; gives them by name."""
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            running = {
                notebook.stem: pool.submit(self.execute, notebook, folder, **variables)
                for notebook, folder in jobs
            }
            return {name: job.result() for name, job in running.items()}


def outputs(notebook: NotebookNode) -> dict[str, tuple[str, list[str]]]:
    """What the cells of a reader notebook print and show, but for those that wait for an answer.

    What moves comes as a picture of its beginning; what stands below it is compared. Files do not come.
    """
    return {
        cell.id: (
            "".join(output.text for output in cell.outputs if "text" in output),
            [_shown(output.data) for output in cell.outputs if _is_seen(output)],
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
        and not {"answer", "hand-in"} & set(cell.metadata.get("tags", []))
    }


def _is_seen(output: NotebookNode) -> bool:
    return "data" in output and "scrapbook" not in output.get("metadata", {})


def _shown(data: dict[str, str]) -> str:
    html = data.get("text/html")
    if html is None:
        return data["text/plain"]
    html = _FILES.sub("", html)
    if html.startswith((f'<div class="{markup.EXPLORER}', f'<div class="{markup.FLIP_BOOK}')):
        return "".join(re.findall("<details.*", html, re.DOTALL))
    return html
