"""The guide for instructors: every chapter has a place in a course, every mistake is told."""

from __future__ import annotations

import re

import books
import pytest

from helpers import exercises

GUIDE = (books.ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
CHAPTERS = sorted(path.stem for path in (books.ROOT / "notebooks").glob("[0-9]*.md"))


def section(title: str) -> str:
    return re.split(r"^#+ ", GUIDE.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_long_course_has_every_chapter(chapter: str):
    assert f"notebooks/{chapter}.ipynb" in section("Six weeks")


def test_the_sections_of_the_courses_are_in_their_chapters():
    plans = re.findall(r"/([\w-]+)\.ipynb\): ((?:\*[^*]+\*(?:, )?)+)", GUIDE)
    assert len(plans) > 20
    for chapter, names in plans:
        text = (books.ROOT / "notebooks" / f"{chapter}.md").read_text(encoding="utf-8")
        for name in re.findall(r"\*([^*]+)\*", names):
            assert f"\n## {name}\n" in text, (chapter, name)


def test_one_session_takes_as_long_as_it_says():
    minutes = [
        int(text)
        for text in re.findall(r"^\| (\d+) \|", section("One session of 90 minutes"), re.MULTILINE)
    ]
    assert sum(minutes) == 90


def test_the_commands_are_there():
    makefile = (books.ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"`?make ([a-z]+)\b", GUIDE))
    assert {"student", "slides", "book", "test"} <= commands
    for command in commands - {"it"}:
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_every_named_mistake_is_in_the_built_guide(shipped: books.Built):
    text = shipped.text("book/teaching").replace("&#x27;", "'").replace("&#39;", "'")
    for those in exercises.chapters().values():
        for one in those:
            for mistake in one.mistakes:
                words = re.sub(r"[*`’']", "", mistake.says)
                assert words in re.sub(r"[*`’']", "", text), f"{one.id}: {mistake.says}"
