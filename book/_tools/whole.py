"""Build the whole book into one thing, as strictly as `make book` builds its pages.

`jupyter-book build --builder custom` does this too, but among the page builds' own notes of what is
up to date, which would let the next `make book` leave out what changed; here those notes stand apart.
The cache of executed notebooks is the same one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).resolve().parents[2]


def build(output: Path, builder: str) -> Path:
    """Build with one of the book's own builders; ends the program where the book has errors.

    Parameters
    ----------
    output : Path
        The folder that has, or gets, `_build`.
    builder : str

    Returns
    -------
    Path
        What the builder wrote into.
    """
    target = output.resolve() / "_build" / builder
    code = build_sphinx(
        ROOT,
        target,
        noconfig=True,
        path_config=ROOT / "_config.yml",
        confoverrides={
            "external_toc_path": (ROOT / "_toc.yml").as_posix(),
            "latex_individualpages": False,
            "nitpicky": True,
        },
        doctreedir=target.parent / ".doctrees-whole",
        builder=builder,
        warningiserror=True,
        keep_going=True,
    )
    if code != 0:
        print("The book has errors: see above.", file=sys.stderr)
        raise SystemExit(1)
    return target
