"""The notebooks for students, in `_build/student`: those of `launch`, without their solutions.

Under each exercise stays the cell for an answer, with the call that checks it. The folder can become a
repository of its own: put it where students can open it, and its Binder works. What is right still stands
in the package, as it has to be computed; it is in no notebook.

nbgrader makes such versions too, from cells marked one by one, and keeps a database of students; here the
reader notebooks say already what a solution is.
"""

from __future__ import annotations

import sys
from pathlib import Path

import launch
import nbformat
from extensions import writer

ROOT = launch.ROOT
_NOTE = """> **Student version.** Solutions have been taken out; under each exercise there is a cell for your
> answer. Press *Run*, read what `exercises.check` says, and try again.

"""


def without_solutions(notebook: bytes) -> bytes:
    """A reader notebook without the cells of its solutions.

    Parameters
    ----------
    notebook : bytes
        The file.
    """
    read = nbformat.reads(notebook.decode(), as_version=4)
    read.cells = [
        cell for cell in read.cells if writer.SOLUTION not in cell.metadata.get("tags", [])
    ]
    return writer.file(writer.whole(read.cells)).encode()


def main(output: Path) -> None:
    """Write the student version, and say where it is and what is not in it."""
    folder = output / "_build" / "student"
    try:
        notebooks = launch.built(ROOT, output)
        made = {name: without_solutions(content) for name, content in notebooks.items()}
        launch.put(launch.tree(ROOT, made, _NOTE), folder)
        untracked = launch.left_out(ROOT)
    except launch.LaunchError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; the student version was not written")
    if untracked:
        print(f"Not copied, since git does not track them: {', '.join(untracked)}")
    print(f"Student version in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
