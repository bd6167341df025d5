"""The quizzes of the book for learning platforms, in `_build/quizzes`; `make quizzes` calls it.

For each chapter, and once for all, there is a package of QTI 1.2, which Canvas and others import, and a
file of Moodle's own XML: Moodle has no importer of QTI packages. What is asked, what is right and what
is said of each choice come from `helpers.exercises.read`, as on the pages, and the same questions give
the same bytes.

text2qti writes the QTI. It takes Markdown, so whatever could be markup goes in as a character
reference; and its manifest, which calls a quiz private and dates it, is written anew. qti-package-maker
was looked at too: for Canvas it writes no feedback on a choice. Neither writes Moodle's XML with
feedback, which is short.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import launch
from extensions import about, archives
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from helpers import cohort as cohorts
from helpers import exercises
from helpers.exercises import QuizQuestion

ROOT = Path(__file__).resolve().parents[2]
ALL = "all-chapters"
_PACKAGING = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_METADATA = "http://www.imsglobal.org/xsd/imsmd_v1p2"
_MARKUP = re.compile(r"[!-+\-/:<->@\[-`{-~]|(?<=[\d.])\.|\.(?!\s|$)")
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class ChapterQuiz:
    """The quiz of a chapter.

    Attributes
    ----------
    chapter : str
        Name of its file, without the ending.
    title : str
        Its number and title.
    about : str
        Where it is from, and which cohort is meant where a question speaks of one.
    questions : tuple of QuizQuestion
    """

    chapter: str
    title: str
    about: str
    questions: tuple[QuizQuestion, ...]

    def name(self, number: int) -> str:
        """What a question is called, as in `6.2`."""
        return f"{int(self.chapter[:2])}.{number}"


def quizzes(root: Path = ROOT) -> list[ChapterQuiz]:
    """The quizzes of all chapters, in their order."""
    book, cohort = about.book(), cohorts.load()
    found = []
    for chapter in exercises.quizzes.names():
        text = (root / "notebooks" / f"{chapter}.md").read_text(encoding="utf-8")
        (title, *_) = re.findall(r"(?m)^# (.+)$", text)
        number = int(chapter[:2])
        found.append(
            ChapterQuiz(
                chapter,
                title=f"{number}. {title}",
                about=f"From chapter {number} of “{book.title}”, version {book.version}. {book.licence}. "
                "Where a question speaks of the cohort of the book, it means this one: "
                f"{cohort.name.rstrip('.')}.",
                questions=exercises.read(chapter),
            )
        )
    return found


# QTI 1.2


def text(quiz: ChapterQuiz) -> str:
    """A quiz as text2qti reads it: a line a question and a choice, each choice with its feedback."""
    lines = [
        f"Quiz title: {_one_line(quiz.title)}",
        f"Quiz description: {_literally(quiz.about)}",
        "Shuffle answers: true",
    ]
    for number, question in enumerate(quiz.questions, 1):
        lines += ["", f"Title: {quiz.name(number)}", f"1. {_literally(question.asks)}"]
        for choice in question.choices:
            lines.append(f"{'*' if choice.right else ''}a) {_literally(choice.says)}")
            lines.append(f"... {_literally(choice.because)}")
    return "\n".join([*lines, ""])


def package(those: Sequence[ChapterQuiz]) -> bytes:
    """A package of QTI 1.2 that holds quizzes."""
    made = [QTI(Quiz(text(quiz), config=Config())) for quiz in those]
    files = {"imsmanifest.xml": _manifest(made)}
    for qti in made:
        name = qti.assessment_identifier
        files[f"{name}/assessment_meta.xml"] = qti.assessment_meta.encode()
        files[f"{name}/{name}.xml"] = qti.assessment.encode()
    return archives.packed({name: archives.Entry(content) for name, content in files.items()})


def _manifest(made: Sequence[QTI]) -> bytes:
    """One manifest of the quizzes: what text2qti says of their files, and what the book says of itself."""
    first, *others = (ElementTree.fromstring(qti.imsmanifest_xml) for qti in made)
    resources = first.find(f"{{{_PACKAGING}}}resources")
    described = first.find(f".//{{{_METADATA}}}lom")
    assert resources is not None
    assert described is not None
    for manifest in others:
        resources.extend(manifest.iter(f"{{{_PACKAGING}}}resource"))
    if others:
        first.set("identifier", f"manifest_{ALL}")
    book = about.book()
    described[:] = [
        _said("general", "title", book.title),
        _said("rights", "description", book.licence),
    ]
    ElementTree.register_namespace("", _PACKAGING)
    ElementTree.register_namespace("imsmd", _METADATA)
    return _written(first)


def _said(part: str, field: str, words: str) -> Element:
    element = Element(f"{{{_METADATA}}}{part}")
    inner = SubElement(SubElement(element, f"{{{_METADATA}}}{field}"), f"{{{_METADATA}}}string")
    inner.text = words
    return element


def _literally(words: str) -> str:
    """Words of which Markdown makes nothing: what could be markup is a character reference."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", _one_line(words))


def _one_line(words: str) -> str:
    return " ".join(words.split())


# Moodle


def moodle(those: Sequence[ChapterQuiz]) -> bytes:
    """Quizzes as Moodle XML: a category of the question bank for each."""
    bank = Element("quiz")
    for quiz in those:
        path = (
            f"$course$/top/{about.book().title.replace('/', '//')}/{quiz.title.replace('/', '//')}"
        )
        category = SubElement(bank, "question", type="category")
        _text(category, "category", path)
        _html(category, "info", quiz.about)
        for number, question in enumerate(quiz.questions, 1):
            _asked(bank, quiz.name(number), f"{quiz.chapter}-{number}", question)
    return _written(bank)


def _asked(bank: Element, name: str, id: str, question: QuizQuestion) -> None:
    element = SubElement(bank, "question", type="multichoice")
    _text(element, "name", name)
    _html(element, "questiontext", question.asks)
    for field, value in (
        ("defaultgrade", "1"), ("hidden", "0"), ("idnumber", id), ("single", "true"),
        ("shuffleanswers", "true"), ("answernumbering", "abc"),
    ):  # fmt: skip
        SubElement(element, field).text = value
    for choice in question.choices:
        answer = _html(element, "answer", choice.says)
        answer.set("fraction", "100" if choice.right else "0")
        _html(answer, "feedback", choice.because)


def _html(parent: Element, name: str, words: str) -> Element:
    element = _text(parent, name, f"<p>{escape(_one_line(words), quote=False)}</p>")
    element.set("format", "html")
    return element


def _text(parent: Element, name: str, words: str) -> Element:
    element = SubElement(parent, name)
    SubElement(element, "text").text = words
    return element


def _written(root: Element) -> bytes:
    ElementTree.indent(root)
    return _HEAD + ElementTree.tostring(root, encoding="unicode").encode() + b"\n"


def files(those: Sequence[ChapterQuiz]) -> dict[str, bytes]:
    """Every file by its name: a package and a file for Moodle for each chapter, and for all."""
    parts = {quiz.chapter: [quiz] for quiz in those} | {ALL: list(those)}
    return {
        f"{name}.{ending}": write(part)
        for name, part in parts.items()
        for ending, write in (("qti.zip", package), ("moodle.xml", moodle))
    }


def main(folder: Path) -> None:
    """Write the quizzes in place of those that were there, and say where they are."""
    made = files(quizzes())
    launch.put({Path(name): content for name, content in made.items()}, folder)
    print(f"{len(made)} files in {folder}; the guide for instructors says how to import them.")


if __name__ == "__main__":
    try:
        main(ROOT / "_build" / "quizzes")
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}; the quizzes were not written")
