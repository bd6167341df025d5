"""The README's picture is the one that the shipped cohort gives."""

import subprocess
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "book"


def test_the_picture_is_up_to_date(tmp_path):
    drawn = tmp_path / "cover.svg"
    subprocess.run([sys.executable, BOOK / "_tools" / "cover.py", drawn], check=True)
    assert drawn.read_bytes() == (BOOK / "_static" / "cover.svg").read_bytes(), "run `make cohort`"
