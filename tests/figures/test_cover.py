"""The README's picture is the one that the shipped cohort gives."""

from pathlib import Path

import builder
import clean

BOOK = Path(__file__).resolve().parents[2] / "book"


def test_the_picture_is_up_to_date(tmp_path):
    drawn = tmp_path / "cover.svg"
    done = builder.run(BOOK / "_tools" / "cover.py", [drawn], tmp_path, clean.surroundings())
    assert done.returncode == 0, done.stderr
    assert drawn.read_bytes() == (BOOK / "_static" / "cover.svg").read_bytes(), "run `make cohort`"
