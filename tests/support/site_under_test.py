"""Serve a built book on loopback and drive it in a browser, with the tools of the book itself."""

from __future__ import annotations

import chromium
import measure
from measure import pages, serve

__all__ = ["chromium", "measure", "pages", "serve"]
