"""Workflows: clean, pinned, with the least permissions, and calling only what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from books import ROOT
from tools import WORKFLOWS, read, run

MAY_WRITE = {
    ("publish.yml", "deploy"): {"pages": "write", "id-token": "write"},
    ("release.yml", "release"): {"contents": "write"},
}


def test_there_is_a_workflow_for_each_purpose():
    assert {path.stem for path in WORKFLOWS} == {"test", "publish", "weekly", "links", "release"}


@pytest.mark.parametrize(
    "command",
    [
        "actionlint",
        "zizmor --offline --quiet --no-progress --persona pedantic .github",
        "check-jsonschema --builtin-schema vendor.github-workflows "
        + " ".join(path.relative_to(ROOT).as_posix() for path in WORKFLOWS),
        "check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml",
    ],
    ids=["actionlint", "zizmor", "schema of workflows", "schema of dependabot"],
)
def test_workflows_are_clean(command: str):
    if command == "actionlint":  # it looks for a git repository when it is told no file
        command += " " + " ".join(path.relative_to(ROOT).as_posix() for path in WORKFLOWS)
    done = run(*shlex.split(command))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_official_and_pinned_by_a_commit_with_its_version(path: Path):
    lines = [
        line.strip().removeprefix("- ")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(?:- )?uses:", line)
    ]
    assert lines
    pinned = r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    assert [line for line in lines if not re.fullmatch(pinned, line)] == []


def test_one_action_has_one_commit_everywhere():
    texts = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    uses = set(re.findall(r"uses: (actions/[a-z-]+)@(.*)", texts))
    assert len(uses) == len({name for name, _ in uses}), sorted(uses)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_none_at_the_top_and_least_in_a_job(path: Path):
    workflow = read(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        allowed = MAY_WRITE.get((path.name, name), {"contents": "read"})
        assert job["permissions"] == allowed, f"{path.name}, {name}"
        assert job["timeout-minutes"] <= 60
        if "write" in allowed.values():
            told = [str(step.get("run", "")) for step in job["steps"]]
            assert not re.search(r"\b(make|python|pip|checkout)\b", " ".join(told)), (
                f"{path.name}, {name}: a job that may write runs code of the repository"
            )
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
    assert "group" in workflow["concurrency"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_call_only_what_the_makefile_has(path: Path):
    targets = set(re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text()))
    runs = [
        str(step.get("run", "")) for job in read(path)["jobs"].values() for step in job["steps"]
    ]
    called = set(re.findall(r"\bmake ([a-z]+)", " ".join(runs)))
    assert called
    assert called <= targets, f"{path.name} calls make {sorted(called - targets)}"


def test_every_supported_python_is_tested():
    tested = read(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert tested["python"] == ["3.11", "3.12", "3.13"]
    bounds = re.search(r'requires-python = "(.*)"', (ROOT / "pyproject.toml").read_text())
    assert bounds is not None
    assert bounds[1] == ">=3.11,<3.14"


def test_only_the_link_check_asks_other_hosts():
    for path in WORKFLOWS:
        calls = "make links" in path.read_text(encoding="utf-8")
        assert calls == (path.name == "links.yml"), path.name
    gate = [(ROOT / ".ci/run").read_text(), (ROOT / ".pre-commit-config.yaml").read_text()]
    assert not any("links" in text for text in gate)
