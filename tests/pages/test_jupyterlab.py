"""A reader notebook in a real JupyterLab: it reads as the page does, runs, and keeps solutions folded."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import books
import limits
import pytest
import site_under_test
from playwright.sync_api import Browser, expect

from helpers import cohort as cohorts
from helpers import exercises

CHAPTER = books.chapter("overall-survival")
NUMBER = books.number("overall-survival")
_KERNEL = {"argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]}


@pytest.fixture
def lab(launched: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab in a copy of the folder that Binder opens, without any settings."""
    root = shutil.copytree(launched, tmp_path / "tree")
    spec = tmp_path / "data" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps({**_KERNEL, "display_name": "Python 3", "language": "python"})
    )
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    settings = {
        **os.environ,
        **{f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
        "PYTHONPATH": str(root / "src"),
    }  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--allow-root"]
    options = ["--IdentityProvider.token=", f"--ServerApp.root_dir={root}"]
    with subprocess.Popen(
        [*command, *options], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        address = f"http://localhost:{port}"
        while server.poll() is None:
            with suppress(URLError, OSError):
                urlopen(f"{address}/api", timeout=limits.HANGING)
                break
        try:
            yield address
        finally:
            server.terminate()
            try:
                server.wait(limits.HANGING)
            except subprocess.TimeoutExpired:
                server.kill()
                raise


def answer(path: Path, answers: dict[str, object]) -> None:
    """Give answers in the empty cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    for id, value in answers.items():
        empty = f'"answer = ...\\n",\n    "exercises.check(\\"{id}\\", answer)"'
        assert text.count(empty) == 1
        text = text.replace(empty, empty.replace("...", repr(value)))
    path.write_text(text, encoding="utf-8")


@pytest.mark.full
def test_it_reads_as_the_page_runs_and_keeps_solutions_folded(
    lab: str, browser: Browser, tmp_path: Path
):
    right, tried, *left = (one.id for one in exercises.chapters()[int(CHAPTER[:2])])
    assert left
    answered = float(exercises.exercise(right).answer(cohorts.load()))
    answer(tmp_path / "tree" / "notebooks" / f"{CHAPTER}.ipynb", {right: answered, tried: -1})
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{lab}/lab/tree/notebooks/{CHAPTER}.ipynb?reset")
    notebook = page.locator(".jp-Notebook")
    expect(notebook.locator("h1").first).to_contain_text("Overall survival")
    # Cells that are run before the kernel is there are not run at all.
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle")
    # Render every cell, not only those on the screen.
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    last = notebook.locator(".jp-CodeCell").last
    expect(last.locator(".jp-OutputArea-output")).to_contain_text(CHAPTER)

    told = ""
    problems = 0
    folds: set[str] = set()
    outer = page.locator(".jp-WindowedPanel-outer").first
    height = int(outer.evaluate("node => node.scrollHeight"))
    for top in range(0, height + 600, 600):
        outer.evaluate("(node, top) => { node.scrollTop = top }", top)
        site_under_test.drawn(page)
        told += notebook.inner_text()
        problems += notebook.locator('[data-mime-type="application/vnd.jupyter.error"]').count()
        problems += notebook.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count()
        folds |= set(notebook.locator("details:not([open]) > summary").all_inner_texts())
        assert not notebook.locator("details[open] > summary", has_text="Solution").count()
    assert problems == 0
    numbered = [f"Fig. {NUMBER}.2.", f"Table {NUMBER}.1.", f"Exercise {NUMBER}.1 · By pencil"]
    for words in ("40.1%", *numbered, "Not yet."):
        assert words in told, words
    assert "{printed}" not in told
    assert "eight.predict(10)" not in told, "the code of a solution is open"
    assert {"Solution", "The numbers in this figure"} <= folds
    assert f"{CHAPTER}: 1 right, 1 tried, {len(left)} not tried" in told
    for id, stands in ((right, "right"), (tried, "tried"), *((id, "not tried") for id in left)):
        assert re.search(rf"^{id} +{stands}\b", told, re.MULTILINE), id
    page.close()
