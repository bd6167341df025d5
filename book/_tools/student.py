"""The book for students, in `_build/student`: the same repository without its solutions.

Where a solution stood there is a cell for an answer, with the call that checks it. The copy is a
repository of its own: put it where students can open it, and its Binder, its `make book` and its
links work as those of the original. What is right still stands in the package, as it has to be
computed; it is in no notebook. Only what git tracks is copied, as it stands in the working folder:
what was never added to a repository, such as notes or a key, does not reach students.

nbgrader makes such versions too, from cells marked one by one, and keeps a database of students;
here the gates that the book has already say what a solution is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from extensions import gates, pairing

ROOT = Path(__file__).resolve().parents[2]

_CELL = "```{{code-cell}} ipython3\n:tags: [answer]\n\n{}\n```\n"
_HAND_IN = "\n{}\n\n```{{code-cell}} ipython3\n:tags: [hand-in]\n\n{}\n```\n"
_WORDS = "*Your answer, in words:*\n"
_NOT_FOR_STUDENTS = (".ci", ".github", ".pre-commit-config.yaml", "tests")
_NOTE = """> **Student version.** Solutions have been taken out; where one stood there is a cell for your
> answer. Press *Run*, read what `exercises.check` says, and try again. The tests of the original
> are not here; `make book` builds the pages.

"""


class StudentError(Exception):
    """The student version cannot be made; the message says why."""


def without_solutions(text: str) -> str:
    """A chapter with a cell for an answer in place of each solution.

    Parameters
    ----------
    text : str
        The chapter as MyST.

    Returns
    -------
    str

    Raises
    ------
    StudentError
        When a gate of a solution is left.
    """
    found = gates.SOLUTION.sub(_answer, text)
    if "{solution" in found:
        raise StudentError("a solution's gate has no partner")
    return found


def _answer(solution: re.Match[str]) -> str:
    """Cells for the answers that a solution gave."""
    cells = gates.answer_cells(solution["body"])
    return "\n".join(map(_CELL.format, cells)) or _WORDS


def copied(root: Path) -> dict[Path, bytes]:
    """The files of the student version, by their path in it.

    Raises
    ------
    StudentError
        Where git tracks no chapters, and when a gate of a solution is left.
    """
    files = {}
    for name in _listed(root, "--cached"):
        path = Path(name)
        if (
            not (root / path).is_file()
            or path.suffix == ".ipynb"
            or path.parts[0] in _NOT_FOR_STUDENTS
        ):
            continue
        content = (root / path).read_bytes()
        if path.parent == Path("notebooks") and path.suffix == ".md":
            try:
                text = without_solutions(content.decode())
            except StudentError as error:
                raise StudentError(f"{name}: {error}") from None
            text += _HAND_IN.format(gates.HAND_IN, gates.hand_in(path.stem))
            content = text.encode()
            notebook = pairing.from_text(text)
            files[path.with_suffix(".ipynb")] = pairing.to_file(notebook).encode()
        elif path == Path("README.md"):
            content = _NOTE.encode() + content
        files[path] = content
    if not any(path.parent == Path("notebooks") for path in files):
        raise StudentError("a copy of the repository by git is needed; git tracks no chapters here")
    return files


def left_out(root: Path) -> list[str]:
    """What git neither tracks nor ignores, and is therefore not copied."""
    return _listed(root, "--others", "--exclude-standard")


def _listed(root: Path, *options: str) -> list[str]:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", *options], cwd=root, capture_output=True, check=True
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        raise StudentError("a copy of the repository by git is needed, found none") from None
    return sorted(filter(None, os.fsdecode(listed).split("\0")))


def put(files: dict[Path, bytes], folder: Path) -> None:
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


def main(folder: Path) -> None:
    """Write the student version, and say where it is and what is not in it."""
    try:
        put(copied(ROOT), folder)
        untracked = left_out(ROOT)
    except StudentError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; the student version was not written")
    if untracked:
        print(f"Not copied, since git does not track them: {', '.join(untracked)}")
    print(f"Student version in {folder}")


if __name__ == "__main__":
    main(ROOT / "_build" / "student")
