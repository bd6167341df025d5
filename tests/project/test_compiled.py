"""No test runs compiled code that is older than its sources."""

from __future__ import annotations

import os
from pathlib import Path

import compiled


def test_an_edit_of_any_compiled_module_forgets_what_was_compiled_of_all(tmp_path: Path):
    (tmp_path / "a" / "__pycache__").mkdir(parents=True)
    kept = tmp_path / "a" / "__pycache__" / "caller.f-1.py311.nbi"
    sources = [tmp_path / "a" / "caller.py", tmp_path / "called.py"]
    kept.touch()
    for path in sources:
        path.write_text("from numba import njit\n")
        os.utime(path, ns=(1, 1))
    (tmp_path / "words.py").write_text("# nothing that is compiled\n")
    os.utime(tmp_path / "words.py", ns=(2**62, 2**62))
    assert compiled.forget_outdated(tmp_path) == 0
    assert kept.exists()
    os.utime(sources[1], ns=(2**62, 2**62))
    assert compiled.forget_outdated(tmp_path) == 1
    assert not kept.exists()
