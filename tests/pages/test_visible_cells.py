"""Live code runs what a page shows: a chapter's visible cells need none that the book removes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import books
import clean

# All chapters in one process, so that the libraries are loaded once; each begins with no names.
_VISIBLE = """
import sys
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
for path in sys.argv[1:]:
    shell.reset()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", []):
            with capture_output():
                result = shell.run_cell(cell.source)
            if not result.success:
                problem = result.error_in_exec or result.error_before_exec
                print(f"{path}: {type(problem).__name__}: {problem}, in", cell.source, sep="\\n")
                break
"""


def test_visible_cells_run_alone(tmp_path: Path):
    notebooks = sorted(map(str, (books.ROOT / "notebooks").glob("[0-9]*.ipynb")))
    assert notebooks
    done = subprocess.run(
        [sys.executable, "-c", _VISIBLE, *notebooks],
        cwd=tmp_path,
        env=clean.surroundings(IPYTHONDIR=str(tmp_path), MPLBACKEND="agg"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout, f"define what they use in a cell that is shown:\n{done.stdout}"
