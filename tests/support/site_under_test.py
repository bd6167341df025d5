"""Serve a built book on loopback and drive it in a browser, with the tools of the book itself."""

from __future__ import annotations

import sys

import books

sys.path.insert(0, str(books.ROOT / "book" / "_tools"))

import chromium
import measure
from measure import pages, serve

__all__ = ["chromium", "measure", "pages", "serve"]
