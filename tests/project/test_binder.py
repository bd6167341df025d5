"""Binder: what repo2docker makes of the repository, and that the environment runs every chapter."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import books
import clean
import jupytext
import nbformat
import pytest
import yaml
from lock import PYTHON, name_of, project
from packaging.requirements import Requirement

from helpers import exercises

NOTEBOOKS = sorted((books.ROOT / "notebooks").glob("[0-9]*.ipynb"))
_MODULES = {"pyyaml": "yaml"}  # where a package is not called as its module
_NO_NETWORK = {f"{kind}_proxy": "http://127.0.0.1:9" for kind in ("http", "https", "all")}


def _pip_part() -> list[str]:
    listed = yaml.safe_load((books.ROOT / "environment.yml").read_text())["dependencies"]
    return next(part["pip"] for part in listed if isinstance(part, dict))


def test_repo2docker_builds_from_environment_yml(launched: Path):
    _dry_run(launched)


@pytest.mark.full
def test_the_command_writes_what_binder_builds_and_nothing_else(commanded: Path, launched: Path):
    folder = commanded / "_build" / "launch"

    def files(root: Path) -> dict[str, bytes]:
        # A notebook says from which commit it was built, and the two were built from different ones.
        return {
            str(path.relative_to(root)): b"" if path.suffix == ".ipynb" else path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }

    assert files(folder) == files(launched)
    _dry_run(folder)
    # It holds what is installed, what makes the environment, the notebooks, and what people read first.
    assert os.access(folder / "postBuild", os.X_OK)


def _dry_run(folder: Path) -> None:
    """Binder's steps, in their order: the environment before the sources, the package last."""
    command = [str(Path(sys.executable).with_name("jupyter-repo2docker"))]
    done = subprocess.run(
        [*command, "--no-build", "--debug", str(folder)],
        env=clean.surroundings(**_NO_NETWORK),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    said = done.stdout
    assert done.returncode == 0, said
    assert f"Building conda environment for python={PYTHON}" in said
    steps = [
        "ENV KERNEL_PYTHON_PREFIX=${NB_PYTHON_PREFIX}",  # one environment, for Jupyter and kernel
        "COPY --chown=0:0 src/environment.yml ${REPO_DIR}/environment.yml",  # it alone, so that the
        "USER ${NB_USER}",  # next layer is used again by every commit that does not edit it
        'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"',
        "COPY --chown=0:0 src/ ${REPO_DIR}/",  # the whole repository
        "USER ${NB_USER}",
        "RUN ./postBuild",
        'CMD ["jupyter", "notebook"',
    ]
    at = 0
    for step in steps:
        at = said.find(step, at)
        assert at >= 0, f"not in the build file, or not in this order: {step}\n{said}"
    assert "requirements.txt" not in said, "the lock, with all tools, would be installed too"


def test_the_helpers_are_installed_last_and_without_the_network():
    assert os.access(books.ROOT / "postBuild", os.X_OK)
    text = (books.ROOT / "postBuild").read_text()
    commands = [line for line in text.splitlines() if not line.startswith("#")]
    assert commands[0] == "set -e"
    (install,) = commands[1:]
    assert {"--no-index", "--no-deps", "--no-build-isolation"} < set(install.split())
    assert install.endswith("--editable .")
    assert not [line for line in _pip_part() if line.startswith("-")]


def test_everything_in_the_environment_is_imported_by_a_chapter_or_a_helper():
    texts = [path.read_text() for path in (books.ROOT / "src").rglob("*.py")]
    texts += [jupytext.writes(jupytext.read(path), fmt="py") for path in NOTEBOOKS]
    imported = {"ipykernel"}  # which runs them
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        imported |= {name.split(".")[0].lower() for name in names}
    direct = {name_of(requirement) for requirement in project()["run"]}
    unused = {name for name in direct if _MODULES.get(name, name) not in imported}
    assert not unused, f"pyproject.toml: nothing imports {unused}"


@pytest.fixture(scope="module")
def binder(launched: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[clean.Clean, Path]:
    """The pip part of environment.yml in a clean place, with postBuild run in what Binder opens."""
    folder = tmp_path_factory.mktemp("binder")
    clean.need_registry(folder)
    root = shutil.copytree(launched, folder / "book")
    made = clean.Clean.make(folder / "environment", _python(), pip=True)
    (root / "pip-part.txt").write_text("\n".join(_pip_part()))
    made.install("--requirement", "pip-part.txt", folder=root)
    done = subprocess.run(
        ["./postBuild"],
        cwd=root,
        env=clean.surroundings(
            PATH=f"{Path(made.python).parent}:{os.environ['PATH']}", **_NO_NETWORK
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return made, root


@pytest.mark.full
class TestTheEnvironment:
    def test_the_pins_are_all_that_is_installed(self, binder: tuple[clean.Clean, Path]):
        pins = map(Requirement, _pip_part())
        here = {f"{p.name}{p.specifier}" for p in pins if p.marker is None or p.marker.evaluate()}
        brought = ("pip==", "wheel==")  # by the environment itself, as conda's does
        assert {line for line in binder[0].installed() if not line.startswith(brought)} == here

    def test_every_chapter_runs_from_the_root_from_notebooks_and_from_nowhere(
        self, binder: tuple[clean.Clean, Path], tmp_path: Path
    ):
        environment, root = binder
        notebooks = sorted((root / "notebooks").glob("[0-9]*.ipynb"))
        places = cycle([root, root / "notebooks", tmp_path])
        done = environment.execute_all(zip(notebooks, places, strict=False))
        assert len(done) == len(NOTEBOOKS) >= 3
        assert not any(tmp_path.iterdir())
        for path in notebooks:
            came_with = clean.outputs(nbformat.read(path, as_version=4))
            assert clean.outputs(done[path.stem]) == came_with, path.stem
            assert len(came_with) > 5
            checked = len(exercises.chapters()[int(path.stem[:2])])
            said = str(done[path.stem].cells[-1].outputs)
            assert f"{path.stem}: 0 right, 0 tried, {checked} not tried" in said


def _python() -> str:
    """The Python of environment.yml where this machine has it, or else this one."""
    try:
        return clean.uv(
            "python", "find", "--no-project", "--no-python-downloads", PYTHON, folder=books.ROOT
        ).strip()
    except AssertionError:
        return sys.executable
