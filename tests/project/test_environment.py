"""environment.yml, pyproject.toml and the lock say the same."""

import re

import pytest
from environment import ROOT, environment, locked, name_of, project


def test_environment_yml_is_what_make_lock_writes():
    assert (ROOT / "environment.yml").read_text() == environment(), "run `make lock`"


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_direct_dependency_is_locked(python):
    versions = locked(python)
    missing = [r for group in project().values() for r in group if name_of(r) not in versions]
    assert not missing, f"not in requirements.txt for Python {python}: {missing}; run `make lock`"


def test_locked_versions_meet_the_bounds_of_pyproject():
    packaging = pytest.importorskip("packaging.requirements")
    versions = locked()
    for text in (r for group in project().values() for r in group):
        requirement = packaging.Requirement(text)
        version = versions[name_of(text)]
        assert requirement.specifier.contains(version), f"{text} is locked at {version}"


def test_the_lock_has_hashes_and_no_addresses():
    text = (ROOT / "requirements.txt").read_text()
    packages = re.findall(r"(?m)^[a-zA-Z0-9._-]+==.*\n    --hash=sha256:[0-9a-f]{64}", text)
    assert len(packages) == len(re.findall(r"(?m)^[a-zA-Z0-9._-]+==", text))
    assert "://" not in text
    assert "index-url" not in text
