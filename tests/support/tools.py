"""The project's own tools, which are scripts and no part of the package, and how they are run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import books
import build
import checks
import forget
import launch
import lint
import publish
import release
import student
import yaml

__all__ = [
    "BIN",
    "WORKFLOWS",
    "build",
    "checks",
    "forget",
    "launch",
    "lint",
    "publish",
    "read",
    "release",
    "run",
    "student",
]

BIN = Path(sys.executable).parent
WORKFLOWS = sorted((books.ROOT / ".github" / "workflows").glob("*.yml"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=books.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


def read(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
