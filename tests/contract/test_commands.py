"""Every verb of the command line: help, refusals in a sentence, and the pages that name it."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from fixtures_core import invoke, run

from helpers import published
from helpers.commands import main

ROOT = Path(__file__).parents[2]
TINY = published.DATA / "tiny.yaml"
WORDS = {
    "new": ["file"],
    "schema": [],
    "template": ["out"],
    "fill": ["folder"],
    "validate": ["cohort"],
    "scorecard": [],
    "check": ["file"],
    "reconstruct": ["--out", "out", "--seed", "1"],
    "forced": ["--rate", "93.5", "--n", "37"],
    "ensemble draw": ["--out", "out"],
    "ensemble verify": ["file"],
    "ensemble typical": ["file", "--out", "out"],
    "ensemble unprinted": ["file", "--out", "out"],
    "ensemble assumed": ["--out", "out"],
    "ensemble trace": ["--measure", "exchangeable", "--quantity", "rows.small", "--out", "out"],
    "certificates prove": ["--out", "out"],
    "certificates complete": ["--out", "out"],
    "certificates verify": [],
    "calibration simulated": ["--out", "out", "--work", "work"],
    "calibration real": ["--out", "out", "--work", "work"],
    "calibration tiny": ["--out", "out"],
    "plan size": [],
    "plan rate": [],
    "plan cut": [],
    "plan schedule": [],
}
"""Words with which a verb could run."""
READ = {"file", "folder", "tables", "drawn", "certified", "offered"}
WRITTEN = {"out", "trace", "work"}
NAMES = {"measure", "measures", "quantity", "variants"}
FREE = {"scheduler", "printed", "n", "at_risk", "median", "interval",
        "ratio", "larger", "survival", "lost", "other", "icc"}  # fmt: skip
"""Texts that are no names."""


def tree(command=main, words=()):
    """Every command by its words."""
    found = {" ".join(words): command}
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            found |= tree(below, (*words, name))
    return found


VERBS = {words: one for words, one in tree().items() if not isinstance(one, click.Group)}


def each(names, kind):
    """A case for every parameter of that kind of every verb."""
    return [
        pytest.param(words, parameter, id=f"{words} {parameter.name}")
        for words, command in VERBS.items()
        for parameter in command.params
        if isinstance(parameter.type, kind) and parameter.name in names
    ]


def test_every_verb_and_every_place_is_looked_at_here():
    assert set(WORDS) == set(VERBS)
    for words, command in VERBS.items():
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                assert parameter.name in READ | WRITTEN, (words, parameter.name)
            elif isinstance(parameter.type, click.types.StringParamType):
                assert parameter.name in NAMES | FREE, (words, parameter.name)


@pytest.mark.parametrize("words", tree())
def test_every_command_has_help_that_reads_well(words):
    done = invoke(*words.split(), "--help")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == invoke(*words.split(), "-h").stdout
    assert "..." not in re.sub(r"\[?ARGS\]\.\.\.", "", done.stdout), "a sentence is cut off"
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    command = tree()[words]
    assert command.help
    assert words == "" or command.short_help
    for parameter in command.params:
        assert isinstance(parameter, click.Argument) or parameter.help, parameter.name


def refused(folder, *words):
    """The one sentence with which it is refused, nothing written and nothing overwritten."""
    before = sorted(folder.rglob("*"))
    done = invoke(*words)
    assert done.exit_code == 2, done
    assert done.stderr.startswith("Error: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert sorted(folder.rglob("*")) == before
    return done.stderr


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no ensemble")
    return tmp_path


def asked(words, parameter, value):
    """The words of a verb, with another value of one parameter."""
    given = WORDS[words]
    if isinstance(parameter, click.Argument):
        options = given[1:] if given and not given[0].startswith("-") else given
        return [*words.split(), value, *options]
    return [*words.split(), *given, parameter.opts[0], value]


@pytest.mark.parametrize(("words", "parameter"), each(READ, click.Path))
def test_what_is_not_there_is_refused(words, parameter, here):
    assert "none" in refused(here, *asked(words, parameter, "none"))


@pytest.mark.parametrize(("words", "parameter"), each({"file"}, click.Path))
def test_a_bad_study_is_refused(words, parameter, here):
    (here / "bad.yaml").write_text("study: {}\n")
    assert "bad.yaml" in refused(here, *asked(words, parameter, "bad.yaml"))


@pytest.mark.parametrize(("words", "parameter"), each({"file"}, click.Path))
def test_an_empty_study_is_said_to_be_empty(words, parameter, here):
    (here / "empty.yaml").write_text("")
    assert "empty.yaml: the file is empty" in refused(here, *asked(words, parameter, "empty.yaml"))


@pytest.mark.parametrize("verb", ["verify", "unprinted"])
def test_an_ensemble_of_another_study_asks_for_its_file(verb, here):
    words = ["ensemble", "--published", TINY, "--n", 2, "--out", "tiny.parquet", "--work", "work",
             "--workers", 1, "--quiet"]  # fmt: skip
    assert invoke(*words).exit_code == 0
    written = ["--out", "out"] if verb == "unprinted" else []
    message = refused(here, "ensemble", verb, "tiny.parquet", *written)
    assert "--published names its file" in message


@pytest.mark.parametrize(("words", "parameter"), each(WRITTEN, click.Path))
@pytest.mark.parametrize("place", ["file/below", "file/below/deeper"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(words, parameter, here, place):
    message = refused(here, *asked(words, parameter, place))
    assert f"{place}: cannot be written" in message
    assert "file is no folder" in message


@pytest.mark.parametrize(("words", "parameter"), each(NAMES, click.types.StringParamType))
def test_an_unknown_name_is_refused(words, parameter, here):
    message = refused(here, *asked(words, parameter, "guess"))
    assert re.search(r"one of .*, .* was expected", message), message


@pytest.mark.parametrize("words", tree())
def test_an_unknown_option_or_verb_is_refused(words, here):
    unknown = [*words.split(), *WORDS.get(words, ["guess"]), "--guess"]
    for done in (
        (invoke(*unknown), run(*unknown, process=True)) if words == "" else (invoke(*unknown),)
    ):
        assert (done.returncode if hasattr(done, "returncode") else done.exit_code) == 2
        assert "guess" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_an_ensemble_is_drawn_where_no_verb_is_named(here):
    done = [
        invoke("ensemble", *verb, "--published", TINY, "--n", 2, "--out", f"{len(verb)}.parquet",
               "--work", "work", "--workers", 1, "--quiet")
        for verb in ([], ["draw"])
    ]  # fmt: skip
    assert [one.exit_code for one in done] == [0, 0], done
    assert (here / "0.parquet").read_bytes() == (here / "1.parquet").read_bytes()
    assert "draw" in invoke("ensemble").output


QUICK = """
import json, sys
from click.testing import CliRunner
from helpers.commands import main
for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(main, words)
    assert done.exit_code in (0, 2), (words, done)
slow = {"numba", "numpy", "pandas", "lifelines", "scipy", "matplotlib", "tqdm"} & set(sys.modules)
assert not slow, slow
"""


def test_help_and_bad_words_import_nothing_slow():
    calls = [
        call
        for words in tree()
        for call in ([*words.split(), "--help"], [*words.split(), "--guess"])
    ]
    calls += [
        asked(words, parameter, "none.yaml")
        for words, parameter in (case.values for case in each({"file"}, click.Path))
    ]
    done = subprocess.run(
        [sys.executable, "-c", QUICK, json.dumps(calls)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- what pages and docstrings say


def texts():
    """Whatever tells a reader of commands, by where it stands."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    pages += [*ROOT.glob("book/**/*.md"), *ROOT.glob("notebooks/*.md")]
    found = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in pages}
    for folder in ("src", "book", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            code = path.read_text("utf-8")
            for node in ast.walk(ast.parse(code)) if "-m helpers" in code else ():
                if isinstance(
                    node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
                ) and (text := ast.get_docstring(node)):
                    name = getattr(node, "name", "module")
                    found[f"{path.relative_to(ROOT)}: {name}"] = text
    return found


def commands():
    """Where a command stands, its words, and whether it is only mentioned in a sentence."""
    for where, text in texts().items():
        for match in re.finditer(
            r"(?<!\S)(`?)(\S*)python3? -m helpers\b([^`\n]*)", text.replace("\\\n", " ")
        ):
            words = shlex.split(match[3].partition(" > ")[0], comments=True)
            if not match[3].startswith("."):
                yield where, words, match[1] == "`"


SAID = list(commands())


def test_pages_and_docstrings_name_commands():
    assert {where.split(":")[0] for where, *_ in SAID} > {
        "README.md", "CONTRIBUTING.md", "book/how-to-use.md", "book/teaching.md",
        "notebooks/10-scorecard.md", "notebooks/11-what-a-printed-rate-forces.md",
        "src/helpers/commands/ensemble.py", "src/helpers/commands/rate.py",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "mentioned"),
    sorted({(tuple(words), mentioned) for _, words, mentioned in SAID}),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_a_command_that_is_named_parses(words, mentioned, monkeypatch):
    named = tree().get(" ".join(words))
    if mentioned and isinstance(named, click.Group):
        return
    for command in tree().values():
        monkeypatch.setattr(command, "callback", None)  # parsed, not run
    try:
        main.main(list(words), prog_name="python -m helpers", standalone_mode=False)
    except click.MissingParameter:
        assert mentioned, "a command that a reader copies lacks something"


def test_there_is_one_entry_point():
    assert [path.parent.name for path in ROOT.glob("src/helpers/**/__main__.py")] == ["helpers"]
    others = [
        (path, line)
        for path in [*ROOT.glob("*.md"), ROOT / "Makefile", *ROOT.glob("book/**/*.md"),
                     *ROOT.glob("notebooks/*"), *ROOT.glob("src/**/*.py")]
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"-m helpers\.", line)
    ]  # fmt: skip
    assert not others
