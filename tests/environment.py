"""Write environment.yml from pyproject.toml and requirements.txt: `make lock` calls it, a test compares."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PYTHON = "3.11"
_HEAD = """\
# For Binder and conda. Made from pyproject.toml and requirements.txt by `make lock`; do not edit.
name: oligometastatic-cervix-report
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
"""


def name_of(requirement: str) -> str:
    """The normalised name of a requirement."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match.group()).lower()


def project() -> dict[str, list[str]]:
    """Requirements of the project by group: `run`, and each extra."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"run": table["dependencies"], **table["optional-dependencies"]}


def locked(python: str = _PYTHON) -> dict[str, str]:
    """Versions in the lock that hold for a version of Python."""
    found = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        match = re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; (.*?))?(?: \\)?$", line)
        if not match:
            continue
        bounds = re.findall(r"python_full_version ([<>]=?) '([0-9.]+)'", match.group(3) or "")
        if all(_holds(python, sign, bound) for sign, bound in bounds):
            found[name_of(match.group(1))] = match.group(2)
    return found


def _holds(python: str, sign: str, bound: str) -> bool:
    left, right = ([int(part) for part in text.split(".")][:2] for text in (python, bound))
    return {"<": left < right, ">=": left >= right, ">": left > right, "<=": left <= right}[sign]


def environment() -> str:
    """The text of environment.yml: what the notebooks need, pinned, and the helpers themselves."""
    versions = locked()
    pins = sorted(f"{name}=={versions[name]}" for name in map(name_of, project()["run"]))
    lines = "".join(f"      - {pin}\n" for pin in [*pins, "-e ."])
    return _HEAD.format(python=_PYTHON) + lines


if __name__ == "__main__":
    print(environment(), end="")
