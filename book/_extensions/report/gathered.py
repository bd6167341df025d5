"""What `make wasm` has gathered, in `_build/wasm`, and whether it still is what it was made of."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

PLACE = "_static/python"
"""Where the files are in a built book."""
LOCK = "pyodide-lock.json"
EMPTY = "empty-lock.json"
LICENCES = "LICENCES.txt"
_OF = ("requirements.txt", "book/_tools/wasm*.py")


def folder(root: Path) -> Path:
    """Where the files are, if they are: in `_build/wasm`, or where the variable `WASM` says."""
    return root / (os.environ.get("WASM") or "_build/wasm")


def made_of(root: Path) -> str:
    """A digest of the pinned packages, and of the programs that gather them."""
    found = hashlib.sha256()
    for pattern in _OF:
        for path in sorted(root.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()


def told(root: Path) -> dict[str, str]:
    """What the gathered files were made of, and where from; nothing where there are none."""
    try:
        info: dict[str, str] = json.loads((folder(root) / LOCK).read_text("utf-8"))["info"]
    except (OSError, ValueError, KeyError):
        return {}
    return info


def is_fresh(root: Path) -> bool:
    """Whether they were made of what is here now."""
    return told(root).get("made_of") == made_of(root)
