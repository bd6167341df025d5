"""Make the whole book an EPUB; `make epub` calls it with the folder that has, or gets, `_build`.

The builder `ebook`, in `book/_extensions/report`, does the work.
"""

from __future__ import annotations

import sys
from pathlib import Path

import whole


def main(output: Path) -> None:
    """Build the EPUB and say where it is."""
    made = whole.build(output, "ebook")
    whole.place((made / f"{whole.titles().file}.epub").read_bytes(), made, "epub")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
