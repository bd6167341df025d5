"""Resolve `pyproject.toml` into both locks, environment.yml and the table of wheels; `make lock` calls it.

uv resolves for all platforms at once and tells the files of every package. It can export requirements,
and conda-lock whole environments of conda; neither writes the pip part of an environment.yml, which is
what Binder reads. packaging reads names, versions and markers; what a package needs in turn is told by
the packages themselves, all of which the locks have installed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from environment import LOCKS, ROOT, entries
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PYTHON = "3.11"
"""Of environment.yml, and the lowest that the locks are for."""
WHEELS = Path("tests/data/wheels.tsv")
MACHINES = {
    "linux on x86-64": ("linux", "posix", "Linux", "x86_64"),
    "linux on ARM": ("linux", "posix", "Linux", "aarch64"),
    "macOS on Intel": ("darwin", "posix", "Darwin", "x86_64"),
    "macOS on Apple": ("darwin", "posix", "Darwin", "arm64"),
    "Windows": ("win32", "nt", "Windows", "AMD64"),
}
"""What markers ask of each platform: `sys_platform`, `os_name`, `platform_system`, `platform_machine`."""
_OTHER = re.compile(
    "win_arm64|win32|musllinux|i686|ppc64|s390x|riscv|armv|android|ios_|emscr|pyodide|pp3"
)
_PYTHONS = re.compile(r"py3|py2\.py3|cp3[1-9]?[0-9]*-abi3|cp31[123]-cp31[123]-")
_HEAD = """\
# For Binder and conda. Made from pyproject.toml and requirements.txt by `make lock`; do not edit.
# The helpers themselves are installed by postBuild, or with `pip install --no-deps -e .`.
name: oligometastatic-cervix-report
channels:
  - conda-forge
dependencies:
  - python={python}
  - pip
  - pip:
"""


@dataclass(frozen=True)
class Pin:
    """A package of a lock: one version, and where it holds."""

    requirement: Requirement
    hashes: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The normalised name."""
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        """The version."""
        return str(self.requirement.specifier).removeprefix("==")

    def machines(self, python: str) -> list[str]:
        """Names of the platforms for which it holds, for the last release of a version of Python."""
        return [name for name in MACHINES if holds(self.requirement, python, name)]


def holds(requirement: Requirement, python: str, machine: str, extra: str = "") -> bool:
    """Whether a requirement's marker is met by a version of Python on a platform."""
    names = ("sys_platform", "os_name", "platform_system", "platform_machine")
    about = {
        "python_version": python,
        "python_full_version": f"{python}.99",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": extra,
        **dict(zip(names, MACHINES[machine], strict=True)),
    }
    return requirement.marker is None or requirement.marker.evaluate(about)


def name_of(requirement: str) -> str:
    """The normalised name of a requirement."""
    return canonicalize_name(Requirement(requirement).name)


def project() -> dict[str, list[str]]:
    """Requirements of the project by group: `run`, each extra, and `build`, what installs it."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table, build = told["project"], told["build-system"]["requires"]
    return {"run": table["dependencies"], **table["optional-dependencies"], "build": build}


def pins(level: str) -> list[Pin]:
    """The lock of a level by itself: `reader`, or what `developer` has on top."""
    text = (ROOT / LOCKS[level]).read_text(encoding="utf-8")
    return [
        Pin(Requirement(_line(entry)), frozenset(re.findall("sha256:([0-9a-f]{64})", entry)))
        for entry in entries(text)
    ]


def _line(entry: str) -> str:
    return re.split(r" \\\n", entry, maxsplit=1)[0]


def locked(level: str, python: str = PYTHON, machine: str = "linux on x86-64") -> dict[str, str]:
    """Versions that a level's lock by itself has for a version of Python on a platform."""
    return {pin.name: pin.version for pin in pins(level) if machine in pin.machines(python)}


def needed(python: str = PYTHON) -> set[str]:
    """Names of what the notebooks need on any platform, directly or in turn, and the build."""
    groups = project()
    todo = [(Requirement(text), "") for text in [*groups["run"], *groups["build"]]]
    seen = set()
    while todo:
        requirement, extra = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        todo += [(requirement, other) for other in requirement.extras]
        for inner in map(Requirement, _requires(name)):
            if any(holds(inner, python, machine, extra) for machine in MACHINES):
                todo.append((inner, ""))
    return {name for name, _ in seen}


def _requires(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # a package for another platform; these need no other
        return []


def environment() -> str:
    """The text of environment.yml: what the notebooks need, pinned."""
    wanted, direct = needed(), {name_of(requirement) for requirement in project()["run"]}
    lines = {True: "", False: ""}
    for pin in pins("reader"):
        machines = pin.machines(PYTHON)
        if pin.name not in wanted or not machines:
            continue
        where = "" if len(machines) == len(MACHINES) else f" ; {pin.requirement.marker}"
        lines[pin.name in direct] += f"      - {pin.name}=={pin.version}{where}\n"
    in_turn = "      # and what these need in turn:\n" + lines[False]
    return _HEAD.format(python=PYTHON) + lines[True] + in_turn


def wheels(told: str) -> Iterator[str]:
    """Lines of the table: the hash and the name of each file for a platform and Python of ours.

    Parameters
    ----------
    told : str
        A pylock.toml, which uv writes.
    """
    for package in tomllib.loads(told)["packages"]:
        for wheel in package.get("wheels", ()):
            name = unquote(urlsplit(wheel["url"]).path.rpartition("/")[2])
            tags = name.removesuffix(".whl").split("-", 2)[2]
            if _PYTHONS.search(tags) and not _OTHER.search(tags):
                yield f"{wheel['hashes']['sha256']}\t{name}\n"


def uv(*arguments: str) -> None:
    """Run `uv pip compile` for every platform."""
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet"]
    universal = ["--universal", "--python-version", PYTHON, "--no-header"]
    code = subprocess.run([*command, *universal, *arguments], cwd=ROOT).returncode
    if code:
        raise SystemExit(code)


def write(path: Path, text: str) -> None:
    """Put a text in place of a file, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def main() -> None:
    """Resolve: the locked versions where they still serve, or with NEWEST or LOWEST what is allowed."""
    reader, developer = (ROOT / LOCKS[level] for level in ("reader", "developer"))
    newest = ["--upgrade"] if os.environ.get("NEWEST") else []
    lowest = ["--upgrade", "--resolution", "lowest-direct"] if os.environ.get("LOWEST") else []
    how = [*newest, *lowest, "--generate-hashes", "pyproject.toml"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        resolved, both, files = folder / "reader.txt", folder / "both.txt", folder / "pylock.toml"
        known = [path.read_text(encoding="utf-8") for path in (reader, developer) if path.exists()]
        for path in (resolved, both):
            path.write_text("".join(known), encoding="utf-8")
        uv(*how, "--extra", "book", "-o", str(resolved))
        uv(*how, "--all-extras", "-c", str(resolved), "-o", str(both))
        of_readers = resolved.read_text(encoding="utf-8")
        lines = {_line(entry) for entry in entries(of_readers)}
        rest = [
            entry
            for entry in entries(
                re.sub(r"(?m)^    #   -c .*\n", "", both.read_text(encoding="utf-8"))
            )
            if _line(entry) not in lines
        ]
        uv("--no-deps", "--format", "pylock.toml", "-o", str(files), str(resolved), str(both))
        table = sorted(set(wheels(files.read_text(encoding="utf-8"))), key=lambda line: line[65:])
    write(reader, of_readers)
    write(developer, "".join(rest))
    write(ROOT / WHEELS, "".join(table))
    write(ROOT / "environment.yml", environment())


if __name__ == "__main__":
    main()
