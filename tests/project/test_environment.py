"""environment.yml, pyproject.toml and both locks say the same, and have wheels for every platform."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import product

import environment
import lock
import pytest
from books import ROOT
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename

LEVELS = list(environment.LOCKS)
READERS_GROUPS = ("run", "book", "build")
# The README says from which system on; a developer's Mac needs one later.
OLDEST_GLIBC, OLDEST_MACOS, OLDEST_MACOS_FOR_DEVELOPERS = 28, 12, 14
NO_WHEEL = {"autograd-gamma"}
"""Pure Python that is published as source alone; it needs no compiler."""


def test_environment_yml_is_what_make_lock_writes():
    assert (ROOT / "environment.yml").read_text() == lock.environment(), "run `make lock`"


@pytest.mark.parametrize("python", environment.SUPPORTED)
def test_every_direct_dependency_is_locked_where_it_is_needed(python: str):
    for machine, (group, texts) in product(lock.MACHINES, lock.project().items()):
        readers = lock.locked("reader", python, machine)
        versions = {**lock.locked("developer", python, machine), **readers}
        place = readers if group in READERS_GROUPS else versions
        for text in texts:
            requirement = Requirement(text)
            if lock.holds(requirement, python, machine):
                version = place.get(lock.name_of(text))
                assert version is not None, f"{group}: {text} is not locked for {machine}, {python}"
                assert requirement.specifier.contains(version), f"{text} is locked at {version}"


def test_the_two_locks_never_disagree_on_a_version():
    checked = 0
    for machine, python in product(lock.MACHINES, environment.SUPPORTED):
        readers, more = (lock.locked(level, python, machine) for level in LEVELS)
        both = readers.keys() & more.keys()
        checked += len(both)
        assert {name: more[name] for name in both} == {name: readers[name] for name in both}
    assert checked, "no package is in both; then there is nothing to disagree on"


def test_what_a_reader_installs_is_what_the_book_needs():
    names = lock.locked("reader").keys()
    tools = {"pytest", "ortools", "distributed", "scikit-survival", "playwright", "mypy", "uv"}
    assert not names & tools
    assert tools <= lock.locked("developer").keys()


@pytest.mark.parametrize("level", LEVELS)
def test_a_lock_has_hashes_and_no_addresses(level: str):
    text = (ROOT / environment.LOCKS[level]).read_text(encoding="utf-8")
    pins = lock.pins(level)
    assert pins
    assert all(pin.hashes and str(pin.requirement.specifier).startswith("==") for pin in pins)
    assert len(pins) == len(re.findall(r"(?m)^\S", text))
    assert "://" not in text
    assert "-url" not in text
    assert "/" not in re.sub(r"(?m)^ +# .*$", "", text)


def _tags(machine: str, python: str, level: str) -> set[Tag]:
    """What an interpreter on the oldest system of a platform installs."""
    macos = OLDEST_MACOS if level == "reader" else OLDEST_MACOS_FOR_DEVELOPERS
    architecture = lock.MACHINES[machine][3]
    if machine.startswith("linux"):
        platforms = [f"manylinux_2_{minor}_{architecture}" for minor in range(5, OLDEST_GLIBC + 1)]
        platforms += [f"manylinux{old}_{architecture}" for old in (1, 2010, 2014)]
    elif machine.startswith("macOS"):
        platforms = list(mac_platforms((macos, 0), architecture))
    else:
        platforms = ["win_amd64"]
    version = (3, int(python.split(".")[1]))
    interpreter = f"cp{python.replace('.', '')}"
    return {
        *cpython_tags(version, platforms=platforms),
        *compatible_tags(version, interpreter, platforms),
    }


def _wheels() -> dict[tuple[str, str], list[tuple[str, frozenset[Tag]]]]:
    """Hash and tags of each file in the table, by package and version."""
    table = defaultdict(list)
    for line in (ROOT / lock.WHEELS).read_text(encoding="utf-8").splitlines():
        digest, file = line.split("\t")
        name, version, _, tags = parse_wheel_filename(file)
        table[canonicalize_name(name), str(version)].append((digest, tags))
    return table


WHEELS = _wheels()


@pytest.mark.parametrize("python", environment.SUPPORTED)
@pytest.mark.parametrize("machine", lock.MACHINES)
@pytest.mark.parametrize("level", LEVELS)
def test_every_package_has_a_wheel_for_every_platform(level: str, machine: str, python: str):
    tags = _tags(machine, python, level)
    pins = [pin for pin in lock.pins(level) if machine in pin.machines(python)]
    assert pins
    without = {
        pin.name
        for pin in pins
        if not any(
            digest in pin.hashes and tags & of_file
            for digest, of_file in WHEELS.get((pin.name, pin.version), ())
        )
    }
    assert without - NO_WHEEL == set(), f"from source alone, for {machine} and Python {python}"
    assert without == (NO_WHEEL if level == "reader" else set())


def test_the_table_of_wheels_is_of_these_locks():
    hashes = frozenset().union(*(pin.hashes for level in LEVELS for pin in lock.pins(level)))
    strays = [digest for files in WHEELS.values() for digest, _ in files if digest not in hashes]
    assert not strays, "run `make lock`"


def test_a_missing_wheel_would_be_seen(monkeypatch: pytest.MonkeyPatch):
    version = lock.locked("reader")["llvmlite"]
    monkeypatch.setitem(WHEELS, ("llvmlite", version), [])
    with pytest.raises(AssertionError, match="from source alone"):
        test_every_package_has_a_wheel_for_every_platform("reader", "linux on ARM", "3.12")


def test_what_cannot_be_had_is_told_where_the_locks_leave_it_out():
    for machine, python in product(lock.MACHINES, environment.SUPPORTED):
        place = environment.Place(lock.MACHINES[machine][2], lock.MACHINES[machine][3], python)
        assert place.lacking("reader") == ""
        left_out = "scikit-survival" not in lock.locked("developer", python, machine)
        assert bool(place.lacking("developer")) == left_out, (machine, python)
    odd = environment.Place("Linux", "riscv64", "3.12")
    assert "ready-made for Linux on riscv64" in odd.lacking("reader")


def test_platforms_with_wheels_are_those_that_are_tested():
    tested = {(system, architecture) for _, _, system, architecture in lock.MACHINES.values()}
    told = {(s, m) for s, machines in environment.WITH_WHEELS.items() for m in machines}
    assert tested == told
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"glibc 2.{OLDEST_GLIBC}" in readme
    assert f"macOS {OLDEST_MACOS} or later, Intel" in readme
    assert f"macOS {OLDEST_MACOS_FOR_DEVELOPERS} or later on a Mac" in readme
