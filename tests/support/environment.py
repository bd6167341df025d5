"""Write environment.yml from pyproject.toml and requirements.txt: `make lock` calls it, a test compares.

uv can export requirements, and conda-lock whole environments of conda; neither writes the pip part of
an environment.yml, which is what Binder reads. packaging reads names, versions and markers; what a
package needs in turn is told by the packages themselves, all of which the lock has installed.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.11"
_PLATFORMS = (
    {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
)
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


@dataclass(frozen=True)
class Locked:
    """A line of the lock: one version, and where it holds."""

    requirement: Requirement

    @property
    def name(self) -> str:
        """The normalised name."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The version."""
        return str(self.requirement.specifier).removeprefix("==")

    def platforms(self, python: str) -> list[dict[str, str]]:
        """Platforms for which it holds, for the last release of a version of Python."""
        return [about for about in _PLATFORMS if _holds(self.requirement, python, about)]


def _holds(
    requirement: Requirement, python: str, platform: dict[str, str], extra: str = ""
) -> bool:
    about = {"python_version": python, "python_full_version": f"{python}.99", "extra": extra}
    return requirement.marker is None or requirement.marker.evaluate({**platform, **about})


def name_of(requirement: str) -> str:
    """The normalised name of a requirement."""
    return canonicalize_name(Requirement(requirement).name)


def project() -> dict[str, list[str]]:
    """Requirements of the project by group: `run`, and each extra."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"run": table["dependencies"], **table["optional-dependencies"]}


def lock() -> list[Locked]:
    """The lock, line by line, without the hashes."""
    text = (ROOT / "requirements.txt").read_text()
    lines = re.findall(r"(?m)^[a-zA-Z0-9][^\\\n]*", text)
    return [Locked(Requirement(line)) for line in lines]


def locked(python: str = PYTHON) -> dict[str, str]:
    """Versions in the lock that hold on Linux for a version of Python."""
    return {one.name: one.version for one in lock() if _PLATFORMS[0] in one.platforms(python)}


def needed(python: str = PYTHON) -> set[str]:
    """Names of what the notebooks need on any platform, directly or in turn."""
    todo = [(Requirement(text), "") for text in project()["run"]]
    seen = set()
    while todo:
        requirement, extra = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        todo += [(requirement, other) for other in requirement.extras]
        for inner in map(Requirement, _requires(name)):
            if any(_holds(inner, python, platform, extra) for platform in _PLATFORMS):
                todo.append((inner, ""))
    return {name for name, _ in seen}


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # a package for another platform; these need no other
        return []


def environment() -> str:
    """The text of environment.yml: what the notebooks need, pinned, and the helpers themselves."""
    wanted, direct = needed(), {name_of(requirement) for requirement in project()["run"]}
    pins: dict[bool, str] = {True: "", False: ""}
    for one in lock():
        platforms = one.platforms(PYTHON)
        if one.name not in wanted or not platforms:
            continue
        where = "" if len(platforms) == len(_PLATFORMS) else f" ; {one.requirement.marker}"
        pins[one.name in direct] += f"      - {one.name}=={one.version}{where}\n"
    in_turn = "      # and what these need in turn:\n" + pins[False]
    return _HEAD.format(python=PYTHON) + pins[True] + in_turn + "      - -e .\n"


if __name__ == "__main__":
    print(environment(), end="")
