"""The project's own tools, which are scripts and no part of the package."""

import sys

import books

sys.path.insert(0, str(books.ROOT / "book" / "_tools"))

import checks
import lint
import release

__all__ = ["checks", "lint", "release"]
