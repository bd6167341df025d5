"""The checks before a commit, and the files that have to say the same."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import books
import pytest
import yaml
from books import ROOT
from tools import BIN, WORKFLOWS, checks, lint, read, run


def test_hooks_are_local_and_change_and_download_nothing():
    told = read(ROOT / ".pre-commit-config.yaml")
    assert [repository["repo"] for repository in told["repos"]] == ["local"]
    for hook in lint.hooks():
        assert hook["language"] == "system", hook["id"]
        assert hook["pass_filenames"] is False, hook["id"]
        assert hook["entry"].startswith(".venv/bin/"), hook["id"]
        assert (BIN / Path(shlex.split(hook["entry"])[0]).name).exists(), hook["id"]


def test_the_hooks_are_those_that_are_wanted():
    wanted = "format style types pairs outputs spelling contents versions citation workflows"
    assert [hook["id"] for hook in lint.hooks()] == [*wanted.split(), "permissions"]


def test_make_lint_runs_the_list_of_the_hooks(tmp_path, capfd):
    dry = subprocess.run(
        ["make", "-n", "lint", "RUN=python", "DEVELOPER="],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert dry.stdout.split() == ["python", "book/_tools/lint.py"]
    hooks = [
        {"id": "one", "name": "the first", "entry": f"{sys.executable} -c 'print(41)'"},
        {"id": "two", "name": "the second", "entry": f"{sys.executable} -c 'exit(\"because\")'"},
        {"id": "three", "name": "the third", "entry": f"{sys.executable} -c 'pass'"},
    ]
    (tmp_path / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    )
    assert lint.main(tmp_path) == 1
    said = capfd.readouterr().out.splitlines()
    assert said == ["ok      the first", "FAILED  the second", "because", "ok      the third"]


@pytest.mark.parametrize("hook", lint.hooks(), ids=lambda hook: hook["id"])
def test_the_repository_passes(hook: dict[str, Any]):
    command = shlex.split(hook["entry"])
    if command[0].endswith("actionlint"):
        command += [path.relative_to(ROOT).as_posix() for path in WORKFLOWS]
    done = run(Path(command[0]).name, *command[1:])
    assert done.returncode == 0, f"{hook['name']}:\n{done.stdout}"


# Contents, versions, outputs


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the files that the checks read."""
    for name in ("_toc.yml", "pyproject.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("book", "notebooks"):
        (tmp_path / folder).mkdir()
        for path in (ROOT / folder).glob("*"):
            if path.suffix in (".md", ".ipynb"):
                shutil.copy(path, tmp_path / folder)
    return tmp_path


def put(name: str, text: str) -> Callable[[Path], None]:
    return lambda root: (root / name).write_text(text)


def change(name: str, pattern: str, new: str) -> Callable[[Path], None]:
    def changed(root: Path) -> None:
        text = (root / name).read_text(encoding="utf-8")
        assert re.search(pattern, text), f"{name} has no {pattern}"
        (root / name).write_text(re.sub(pattern, new, text, count=1), encoding="utf-8")

    return changed


STUDY = books.chapter("the-study")
FAULTS = {
    "a page that is not listed": (
        "contents", put("book/lost.md", "# Lost"), "book/lost is not in _toc.yml",
    ),
    "a page that is not there": (
        "contents", lambda root: (root / "book/glossary.md").unlink(),
        "_toc.yml: book/glossary is no page",
    ),
    "a page that is listed twice": (
        "contents", change("_toc.yml", "      - file: book/errata", "      - file: book/glossary"),
        "_toc.yml lists book/glossary 2 times",
    ),
    "a chapter without its extension": (
        "contents", change("_toc.yml", rf"{STUDY}\.ipynb", STUDY),
        f"_toc.yml: notebooks/{STUDY} needs its extension: notebooks/{STUDY}.ipynb",
    ),
    "half a pair": (
        "contents", lambda root: (root / f"notebooks/{STUDY}.md").unlink(),
        f"notebooks/{STUDY}: only one file of the pair is there",
    ),
    "another version in pyproject.toml": (
        "versions", change("pyproject.toml", r'\nversion = ".*"', '\nversion = "99.0.0"'),
        "pyproject.toml says version 99.0.0, CHANGELOG.md",
    ),
    "another version in CITATION.cff": (
        "versions", change("CITATION.cff", r"\nversion: .*", "\nversion: 99.0.0"),
        "CITATION.cff says version 99.0.0, CHANGELOG.md",
    ),
    "a heading without a date": (
        "versions", change("CHANGELOG.md", r"(## \S+) .*", r"\1"),
        "is neither `## 1.2.3 (YYYY-MM-DD)` nor `## 1.2.3 (unreleased)`",
    ),
    "no version": ("versions", put("CHANGELOG.md", "# Changes\n"), "CHANGELOG.md has no version"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_found_and_said(project: Path, capsys, case: str):
    check, spoil, sentence = FAULTS[case]
    assert checks.CHECKS[check](project) == []
    spoil(project)
    assert checks.main([check], project) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("heading", "citation", "right"),
    [
        ("unreleased", "", True),
        ("2026-01-31", 'date-released: "2026-01-31"', True),
        ("2026-01-31", "date-released: 2026-01-31", True),
        ("2026-01-31", 'date-released: "2026-01-30"', False),
        ("2026-01-31", "", False),
        ("unreleased", 'date-released: "2026-01-31"', False),
    ],
)
def test_a_version_is_dated_in_both_files_or_in_neither(
    project: Path, heading: str, citation: str, right: bool
):
    (project / "CHANGELOG.md").write_text(f"# Changes\n\n## 1.2.3 ({heading})\n")
    (project / "CITATION.cff").write_text(f"version: 1.2.3\n{citation}\n")
    (project / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    assert (checks.versions(project) == []) == right


@pytest.mark.parametrize("field", [{"outputs": [{"name": "stdout"}]}, {"execution_count": 3}])
def test_an_output_in_a_notebook_is_found(project: Path, field: dict[str, Any]):
    path = project / "notebooks" / f"{STUDY}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    number, cell = next(
        (number, cell)
        for number, cell in enumerate(notebook["cells"], 1)
        if cell["cell_type"] == "code"
    )
    cell |= field
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert checks.outputs(project) == [
        f"{STUDY}.ipynb: cell {number} has an output; run `make pair`"
    ]


def test_a_check_that_does_not_exist_is_refused(capsys):
    assert checks.main(["spelling"]) == 2
    assert checks.main([]) == 2
    assert "wants one or more of: outputs, contents, versions" in capsys.readouterr().err


def test_a_misspelling_is_found_and_british_is_none(tmp_path):
    wrong = "rec" + "ieved"
    (tmp_path / "page.md").write_text(f"The {wrong} dose, its colour and its centre.\n")
    done = run("codespell", "--toml", "pyproject.toml", str(tmp_path / "page.md"))
    assert f"{wrong} ==> received" in done.stdout
    assert done.stdout.count("==>") == 1


def test_prose_is_british():
    """codespell's own list of British words, read the other way round."""
    import codespell_lib

    folder = Path(codespell_lib.__file__).parent / "data"
    pairs = (folder / "dictionary_en-GB_to_en-US.txt").read_text().split()
    american = {us: gb for gb, _, us in (pair.partition("->") for pair in pairs) if "," not in us}
    # Right in British too, of computers and statistics; and names of functions.
    allowed = {"biased", "license", "math", "practice", "program", "stories", "story"}
    allowed |= {"minimize", "optimize"}
    # Titles, a keyword of a formula, and R. J. Gray, whose test it is.
    quoted = (
        r"a single-center retrospective study|constraints='center'|Regression Modeling Strategies"
    )
    quoted += (
        r"|\bGray\b|gray1988|#grays-test|fine-gray|\bgray(?= = |\.p_value)|\w*_gray\w*|gray_test"
    )
    pages = [*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/*.md"), *ROOT.glob("*.md")]
    found = [
        f"{page.name}: {word}, in British {american[word.lower()]}"
        for page in pages
        for word in re.findall(r"[A-Za-z]+", re.sub(quoted, "", page.read_text(encoding="utf-8")))
        if word.lower() in american.keys() - allowed
    ]
    assert american["color"] == "colour"
    assert not found, "\n".join(found)


def test_errata_and_changes_are_pages_of_the_book():
    assert {"book/errata", "book/changes"} <= set(checks._files(read(ROOT / "_toc.yml")))
    assert "../CHANGELOG.md" in (ROOT / "book/changes.md").read_text()
