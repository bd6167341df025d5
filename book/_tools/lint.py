"""Run the checks of `.pre-commit-config.yaml` on the whole repository; `make lint` calls it.

The list is said once, there. pre-commit itself is not needed for this: it would want a git repository
and a cache of its own, and the hooks are all commands of `.venv`.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def hooks(root: Path = ROOT) -> list[dict[str, Any]]:
    """The hooks, in order."""
    told = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    return [hook for repository in told["repos"] for hook in repository["hooks"]]


def main(root: Path = ROOT) -> int:
    """Run every hook; show what a failing one says, and go on to the next."""
    failed = []
    for hook in hooks(root):
        done = subprocess.run(
            shlex.split(hook["entry"]),
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(f"{'ok    ' if done.returncode == 0 else 'FAILED'}  {hook['name']}", flush=True)
        if done.returncode:
            failed.append(hook["id"])
            print(done.stdout.rstrip(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
