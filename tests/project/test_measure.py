"""What cannot be measured is told in one sentence, and what was measured before stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from site_under_test import measure

REFUSALS = {
    "no book": ((), "There is no built book to measure; run `make book` first."),
    "no times": (
        ("html/index.html",),
        "How long the chapters took is not known; `make book FORCE=1` runs them.",
    ),
    "no Chromium": (
        ("html/index.html", ".jupyter_cache/seconds.json"),
        "CHROMIUM=/none: no such program",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
):
    files, sentence = REFUSALS[case]
    for name in files:
        path = tmp_path / "_build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({}))
    target = tmp_path / "measured.json"
    target.write_text("before")
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    monkeypatch.setattr(measure, "TARGET", target)
    monkeypatch.setenv("CHROMIUM", "/none")
    assert measure.main() == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"{sentence}\n")
    assert target.read_text() == "before"
