"""The browser that prints the book and that the tests drive: a Chromium on the path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
MISSING = (
    "no Chromium on the path; install one (Debian, Ubuntu: apt install chromium) or say where it is: "
    "CHROMIUM=/path/to/chromium"
)
HANGING = 900_000
"""Milliseconds after which a page is taken to hang; a machine may be slow."""
# Without these Chromium asks other hosts for updates and the like at every start.
_QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
]


def find() -> str | None:
    """Path of a Chromium, or None: the one that `CHROMIUM` names, or else the first on the path."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launch() -> Iterator[Browser]:
    """A headless Chromium, ended with the block.

    Raises
    ------
    FileNotFoundError
        When there is none on this machine, or what `CHROMIUM` names is none; in one sentence.
    """
    options = _options()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(**options)
        except Error:
            path = options["executable_path"]
            raise FileNotFoundError(f"{path} does not start as a Chromium") from None
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def keeping(folder: Path) -> Iterator[BrowserContext]:
    """One that keeps in a folder what it fetched, as a reader's own does."""
    options = _options()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(folder, **options)
        try:
            yield context
        finally:
            context.close()


def _options() -> dict[str, Any]:
    path = find()
    if path is None:
        named = os.environ.get("CHROMIUM")
        raise FileNotFoundError(f"CHROMIUM={named}: no such program" if named else MISSING)
    # A container's root has no sandbox to put Chromium into.
    root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    return {"executable_path": path, "args": [*_QUIET, *root], "timeout": HANGING}
