"""Workflows: clean, pinned, with the least permissions, and calling only what is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from books import ROOT
from tools import WORKFLOWS, read, run

MAY_MORE = {
    ("publish.yml", "build"): {"contents": "read", "pages": "read"},
    ("publish.yml", "launch"): {"contents": "write"},
    ("publish.yml", "deploy"): {"pages": "write", "id-token": "write"},
    ("release.yml", "release"): {"contents": "write"},
}
TESTS = "$/.github/workflows/test.yml"


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
    pinned = (
        r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|uses: \$/\.github/workflows/\w+\.yml"
    )
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
        allowed = MAY_MORE.get((path.name, name), {"contents": "read"})
        assert job["permissions"] == allowed, f"{path.name}, {name}"
        if "uses" in job:  # it calls a workflow of this repository, which has limits of its own
            assert job["uses"] == TESTS
            continue
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
        str(step.get("run", ""))
        for job in read(path)["jobs"].values()
        for step in job.get("steps", ())
    ]
    called = set(re.findall(r"\bmake ([a-z]+)", " ".join(runs)))
    assert called
    assert called <= targets, f"{path.name} calls make {sorted(called - targets)}"


def _before(jobs: dict[str, Any], name: str) -> set[str]:
    """Names of the jobs that have to end well before a job begins."""
    needs = jobs[name].get("needs", [])
    first = {needs} if isinstance(needs, str) else set(needs)
    return first.union(*(_before(jobs, other) for other in first))


def test_nothing_is_published_whose_tests_failed():
    publishing = [
        (path.name, name, job, read(path)["jobs"])
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
        if "write" in job["permissions"].values()
        or "upload-pages-artifact" in str(job)
        or "gh release" in str(job)
    ]
    assert {file for file, *_ in publishing} == {"publish.yml", "release.yml"}
    for file, name, job, jobs in publishing:
        before = _before(jobs, name)
        assert TESTS in {jobs[other].get("uses") for other in before}, f"{file}: {name}"
        conditions = [jobs[other].get("if") for other in (*before, name)]
        assert conditions == [None] * len(conditions), (
            f"{file}: a condition can pass over a failure"
        )
        assert "continue-on-error" not in str([job, *(jobs[other] for other in before)])


def test_what_is_published_knows_its_address_and_has_the_released_versions_beside_it():
    job = read(ROOT / ".github/workflows/publish.yml")["jobs"]["build"]
    (made,) = [step for step in job["steps"] if "make site" in step.get("run", "")]
    assert made["env"]["SITE_ADDRESS"]
    assert re.search(r'make site launch publish RELEASES="\$RUNNER_TEMP/releases"', made["run"])
    (handed,) = [s for s in job["steps"] if "upload-pages-artifact" in s.get("uses", "")]
    assert handed["with"]["path"] == "_build/published"


def test_the_gate_and_the_workflows_run_everything():
    (job,) = read(ROOT / ".github/workflows/test.yml")["jobs"].values()
    assert job["steps"][-1]["run"] == "make test ALL=1"
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test ALL=1"


def test_every_push_is_tested_once():
    events = read(ROOT / ".github/workflows/test.yml")[True]  # YAML's `on`
    assert events["push"] == {"branches-ignore": ["main"]}, "publish.yml tests main"
    assert "pull_request" in events
    assert read(ROOT / ".github/workflows/publish.yml")[True]["push"] == {"branches": ["main"]}


def test_the_lowest_dependencies_are_tried_once_a_week():
    jobs = read(ROOT / ".github/workflows/weekly.yml")["jobs"]
    runs = [step["run"] for step in jobs["lowest"]["steps"] if "run" in step]
    assert runs[0] == "make lock LOWEST=1"
    (asked,) = re.findall(r'^make test ONLY="(.*)"$', runs[1])
    assert all((ROOT / place).exists() for place in asked.split())
    assert jobs["lowest"]["env"]["PYTHON"] == "python3.11"


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
