"""Make the whole book one file, in the copy in which the tests have built it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import books
import builder
import limits
import yaml

TITLE = "A study rebuilt from its abstract"
NAME = "a-study-rebuilt-from-its-abstract"


def make(root: Path, tool: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `make pdf` or `make epub` runs."""
    return subprocess.run(
        [sys.executable, str(root / "book" / "_tools" / f"{tool}.py"), str(root)],
        env=books.settings_for(root, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=limits.HANGING,
    )


@dataclass(frozen=True)
class Made:
    """A file of the whole book, and what making it said."""

    file: Path
    said: str


def whole(shipped: books.Built, tool: str, kind: str) -> Made:
    """The file that a tool makes from the built book."""
    assert shipped.code == 0, shipped.said
    root = shipped.folder.parents[1]
    done = make(root, tool, SOURCE_DATE_EPOCH=str(books.EPOCH))
    assert done.returncode == 0, done.stdout
    return Made(root / "_build" / kind / f"{NAME}.{kind}", done.stdout)


def chapters() -> list[str]:
    """Names of all pages in reading order."""
    toc = yaml.safe_load((books.ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *(name.removesuffix(".ipynb") for name in files)]


def title(name: str) -> str:
    """The title of a page, with the number of a chapter."""
    path = books.ROOT / f"{name}.md"
    text = path.read_text(encoding="utf-8")
    if included := re.match(r"```\{include\} (\S+)", text):
        text = (path.parent / included[1]).read_text(encoding="utf-8")
    words = re.search(r"^# (.*)$", text, re.MULTILINE).group(1)  # type: ignore[union-attr]
    number = re.match(r"notebooks/(\d+)", name)
    return f"{int(number[1])}. {words}" if number else words


def sections(name: str) -> list[str]:
    """The headings of a page's sections, where they are plain words."""
    text = (books.ROOT / f"{name}.md").read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [
        words
        for words in re.findall(r"^## (.*)$", text, re.MULTILINE)
        if re.fullmatch(r"[\w\s,;:?-]+", words)
    ]


def make_here(tool: str, output: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tool of this book, writing elsewhere."""
    program = books.ROOT / "book" / "_tools" / f"{tool}.py"
    done = builder.run(program, [output], books.ROOT, {**os.environ, **environment})
    told = done.stdout + done.stderr
    return subprocess.CompletedProcess([program, output], done.returncode, told)
