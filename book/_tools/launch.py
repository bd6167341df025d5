"""What Binder and Colab open, in `_build/launch`: the reader notebooks and what runs them, nothing else.

The publishing workflow pushes this folder to a branch of its own, `launch`. Only what git tracks is
copied, as it stands in the working folder: what was never added to a repository, such as notes or a key,
leaves no machine by it. `git archive` and `git subtree` take folders as they are committed; here the
notebooks are those that the build wrote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from extensions import about

ROOT = Path(__file__).resolve().parents[2]

_RUNS = ("LICENSE", "data", "environment.yml", "postBuild", "pyproject.toml", "src")
"""What runs the notebooks, on Binder, on Colab and anywhere else."""
_NOTEBOOKS = Path("notebooks")
_README = """# {title}: notebooks

The chapters in `notebooks` are those of the book, with its numbers and outputs; open them in any Jupyter.
`environment.yml` and `postBuild` make the environment, as they do on Binder; Colab needs neither.
All of this is made by the book's repository, and an edit here is lost when it is made again.
"""


class LaunchError(Exception):
    """The folder cannot be made; the message says why."""


def built(root: Path, output: Path) -> dict[str, bytes]:
    """The reader notebooks of the chapters that git tracks, by the names of their files.

    Raises
    ------
    LaunchError
        Where git tracks no chapters, and where one has no notebook yet.
    """
    names = [
        path.name for path in map(Path, listed(root, "--cached")) if path.match("notebooks/*.ipynb")
    ]
    if not names:
        raise LaunchError("a copy of the repository by git is needed; git tracks no chapters here")
    folder = output / "_build" / _NOTEBOOKS
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise LaunchError(f"not built yet: {', '.join(missing)}; `make notebooks` does it")
    return {name: (folder / name).read_bytes() for name in names}


def tree(root: Path, notebooks: Mapping[str, bytes], note: str = "") -> dict[Path, bytes]:
    """All files of the folder, by their path in it.

    Parameters
    ----------
    root : Path
        The repository.
    notebooks : mapping of str to bytes
        The notebooks by the names of their files.
    note : str
        What its README says first.
    """
    files = {
        path: (root / path).read_bytes()
        for path in map(Path, listed(root, "--cached"))
        if path.parts[0] in _RUNS and (root / path).is_file()
    }
    readme = note + _README.format(title=about.book().title)
    return (
        files
        | {_NOTEBOOKS / name: content for name, content in notebooks.items()}
        | {Path("README.md"): readme.encode()}
    )


def left_out(root: Path) -> list[str]:
    """What git neither tracks nor ignores, and is therefore not copied."""
    return listed(root, "--others", "--exclude-standard")


def listed(root: Path, *options: str) -> list[str]:
    """Files that git lists."""
    try:
        found = subprocess.run(
            ["git", "ls-files", "-z", *options], cwd=root, capture_output=True, check=True
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise LaunchError("a copy of the repository by git is needed, found none") from None
    return sorted(filter(None, os.fsdecode(found).split("\0")))


def put(files: Mapping[Path, bytes], folder: Path) -> None:
    """Write files as a folder, in place of what it was; killed at any time, the old or the new is there.

    A repository that was begun in the folder goes on in the new one.
    """
    new, old = folder.with_name(f"{folder.name}.new"), folder.with_name(f"{folder.name}.old")
    _settle(folder, old)  # where the last time was killed
    if new.exists():
        shutil.rmtree(new)
    for path, content in sorted(files.items()):
        target = new / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if (ROOT / path).is_file():
            shutil.copymode(ROOT / path, target)
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    _settle(folder, old)


def _settle(folder: Path, old: Path) -> None:
    """Leave nothing of the old folder but its repository, or all of it where there is no new one."""
    if not old.exists():
        return
    if not folder.exists():
        old.rename(folder)
        return
    if (old / ".git").exists():
        (old / ".git").rename(folder / ".git")
    shutil.rmtree(old)


def main(output: Path) -> None:
    """Write the folder, and say where it is."""
    folder = output / "_build" / "launch"
    try:
        put(tree(ROOT, built(ROOT, output)), folder)
    except LaunchError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; the folder was not written")
    print(f"Binder and Colab open {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
