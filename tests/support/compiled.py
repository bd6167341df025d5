"""What numba has compiled and kept, where it may be of older code.

numba keeps machine code beside a module and compiles again when that module was edited, but not
when a function that it calls in another module was. Tests would then pass on code that is gone.
"""

from __future__ import annotations

from pathlib import Path


def forget_outdated(sources: Path) -> int:
    """Remove all that is kept when a compiled module is newer than the oldest; gives how many files."""
    kept = [path for ending in ("nbi", "nbc") for path in sources.rglob(f"__pycache__/*.{ending}")]
    modules = (path for path in sources.rglob("*.py") if "njit" in path.read_text(encoding="utf-8"))
    written = [path.stat().st_mtime_ns for path in modules]
    if not kept or max(written, default=0) <= min(path.stat().st_mtime_ns for path in kept):
        return 0
    for path in kept:
        path.unlink(missing_ok=True)
    return len(kept)
