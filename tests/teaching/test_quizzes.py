"""Quizzes for learning platforms: what was written, read back by other readers, is what the book asks."""

from __future__ import annotations

import functools
import io
import re
import zipfile
from dataclasses import dataclass, replace
from xml.dom import minidom

import books
import pytest
import quizzes
from bs4 import BeautifulSoup

from helpers import cohort as cohorts
from helpers import exercises
from helpers.exercises.quizzes import Choice, QuizQuestion

THOSE = quizzes.quizzes()
CHAPTERS = [path.stem for path in sorted((books.ROOT / "notebooks").glob("[0-9]*.md"))]
NAMES = [*CHAPTERS, quizzes.ALL]


@functools.cache
def files() -> dict[str, bytes]:
    """What `make quizzes` writes."""
    return quizzes.files(THOSE)


def asked(name: str) -> list[tuple[QuizQuestion, ...]]:
    """What the registry asks, for the file of a name."""
    return [exercises.read(chapter) for chapter in (CHAPTERS if name == quizzes.ALL else [name])]


def elements(node: minidom.Node, name: str) -> list[minidom.Element]:
    return node.getElementsByTagName(name)


def children(node: minidom.Node) -> list[minidom.Element]:
    return [child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE]


def content(node: minidom.Element) -> str:
    return "".join(child.data for child in node.childNodes if child.nodeType == child.TEXT_NODE)


def words(html: str) -> str:
    """The words of a paragraph of HTML, which has no other element in it."""
    page = BeautifulSoup(html, "html.parser")
    assert [tag.name for tag in page.find_all(True)] == ["p"], html
    return page.get_text()


def question(asks: str, choices: list[tuple[str, str, bool]]) -> QuizQuestion:
    return QuizQuestion(
        asks=asks,
        choices=tuple(Choice(says=says, because=because, right=right) for says, because, right in choices),
    )  # fmt: skip


@dataclass(frozen=True)
class Package:
    """A package of QTI, opened."""

    archive: zipfile.ZipFile

    def read(self, name: str) -> minidom.Document:
        return minidom.parseString(self.archive.read(name))

    @property
    def manifest(self) -> minidom.Document:
        return self.read("imsmanifest.xml")

    def resources(self, kind: str) -> list[minidom.Element]:
        return [
            one
            for one in elements(self.manifest, "resource")
            if one.getAttribute("type").startswith(kind)
        ]

    @property
    def assessments(self) -> list[minidom.Document]:
        return [
            self.read(elements(one, "file")[0].getAttribute("href"))
            for one in self.resources("imsqti_xmlv1p2")
        ]


def opened(content: bytes) -> Package:
    return Package(zipfile.ZipFile(io.BytesIO(content)))


def mattext(node: minidom.Element) -> str:
    (text,) = elements(node, "mattext")
    assert text.getAttribute("texttype") == "text/html"
    return words(content(text))


def of_item(item: minidom.Element) -> QuizQuestion:
    """A question as an importer reads it: key and feedback by the rules that the item itself has."""
    (presentation,) = elements(item, "presentation")
    (asks,) = [child for child in children(presentation) if child.tagName == "material"]
    (response,) = elements(presentation, "response_lid")
    assert response.getAttribute("rcardinality") == "Single"
    told = {one.getAttribute("ident"): mattext(one) for one in elements(item, "itemfeedback")}
    right, feedback = [], {}
    for rule in elements(item, "respcondition"):
        (value,) = elements(rule, "varequal")
        assert value.getAttribute("respident") == response.getAttribute("ident")
        right += [content(value) for score in elements(rule, "setvar") if content(score) == "100"]
        for shown in elements(rule, "displayfeedback"):
            feedback[content(value)] = told[shown.getAttribute("linkrefid")]
    (key,) = right
    labels = elements(response, "response_label")
    assert set(feedback) == {label.getAttribute("ident") for label in labels}
    return question(
        mattext(asks),
        [
            (mattext(one), feedback[one.getAttribute("ident")], one.getAttribute("ident") == key)
            for one in labels
        ],
    )


def of_moodle(element: minidom.Element) -> QuizQuestion:
    def said(node: minidom.Element) -> str:
        assert node.getAttribute("format") == "html"
        return words(content(next(one for one in children(node) if one.tagName == "text")))

    fractions = {"100": True, "0": False}
    return question(
        said(elements(element, "questiontext")[0]),
        [
            (said(one), said(elements(one, "feedback")[0]), fractions[one.getAttribute("fraction")])
            for one in elements(element, "answer")
        ],
    )


def bank(content: bytes) -> list[minidom.Element]:
    return elements(minidom.parseString(content), "question")


@pytest.mark.parametrize("name", NAMES)
def test_a_package_asks_what_the_book_asks(name):
    """Question, choices, key and feedback, in their order."""
    found = [
        tuple(map(of_item, elements(assessment, "item")))
        for assessment in opened(files()[f"{name}.qti.zip"]).assessments
    ]
    assert found == asked(name)


@pytest.mark.parametrize("name", NAMES)
def test_moodle_is_asked_what_the_book_asks(name):
    kinds = [one.getAttribute("type") for one in bank(files()[f"{name}.moodle.xml"])]
    expected = [["category", *["multichoice"] * len(those)] for those in asked(name)]
    assert kinds == [kind for those in expected for kind in those]
    found = [
        of_moodle(one)
        for one in bank(files()[f"{name}.moodle.xml"])
        if one.getAttribute("type") == "multichoice"
    ]
    assert found == [one for those in asked(name) for one in those]


@pytest.mark.parametrize("name", NAMES)
def test_a_package_is_whole(name):
    """Each file is named in the manifest, each reference leads somewhere, and no name stands twice."""
    package = opened(files()[f"{name}.qti.zip"])
    named = [one.getAttribute("href") for one in elements(package.manifest, "file")]
    assert sorted([*named, "imsmanifest.xml"]) == sorted(package.archive.namelist())
    resources = {one.getAttribute("identifier") for one in elements(package.manifest, "resource")}
    assert len(resources) == len(elements(package.manifest, "resource")) == 2 * len(asked(name))
    for one in package.resources("imsqti_xmlv1p2"):
        (needs,) = elements(one, "dependency")
        assert needs.getAttribute("identifierref") in resources
    idents = []
    for assessment in package.assessments:
        assert assessment.documentElement.tagName == "questestinterop"
        for item in elements(assessment, "item"):
            order = [child.tagName for child in children(item)]
            head, feedback = order[:3], order[3:]
            assert head == ["itemmetadata", "presentation", "resprocessing"]
            assert set(feedback) == {"itemfeedback"}
            names = [
                child.getAttribute("ident") for child in (item, *elements(item, "response_label"),
                *elements(item, "itemfeedback"))
            ]  # fmt: skip
            idents += names
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", one) for one in idents)
    assert len(set(idents)) == len(idents)


@pytest.mark.parametrize("name", NAMES)
def test_moodle_gets_names_of_its_own(name):
    those = [
        one
        for one in bank(files()[f"{name}.moodle.xml"])
        if one.getAttribute("type") == "multichoice"
    ]
    ids = [content(elements(one, "idnumber")[0]) for one in those]
    assert ids == [
        f"{chapter}-{number}"
        for chapter in (CHAPTERS if name == quizzes.ALL else [name])
        for number in range(1, len(exercises.read(chapter)) + 1)
    ]


@pytest.mark.parametrize("quiz", THOSE, ids=lambda quiz: quiz.chapter)
def test_a_quiz_says_where_it_is_from_and_which_cohort_is_meant(quiz):
    """No right answer goes by another cohort than the one that is named."""
    (meta,) = opened(files()[f"{quiz.chapter}.qti.zip"]).resources("associatedcontent")
    about = opened(files()[f"{quiz.chapter}.qti.zip"]).read(meta.getAttribute("href"))
    told = words(content(elements(about, "description")[0]))
    category = bank(files()[f"{quiz.chapter}.moodle.xml"])[0]
    assert told == words(content(elements(elements(category, "info")[0], "text")[0])) == quiz.about
    assert cohorts.load().name in told
    assert "CC BY 4.0" in told
    assert content(elements(about, "title")[0]) == quiz.title
    path = content(elements(elements(category, "category")[0], "text")[0])
    assert path.split("/")[:2] == ["$course$", "top"]
    assert path.split("/")[-1] == quiz.title


def test_the_same_questions_give_the_same_bytes_on_every_day():
    assert quizzes.files(quizzes.quizzes()) == files()
    for name, written in files().items():
        if name.endswith(".zip"):
            manifest = opened(written).archive.read("imsmanifest.xml").decode()
            assert not re.search(r"20\d\d-\d\d-\d\d|[Pp]rivate", manifest)
            assert {entry.date_time[0] for entry in opened(written).archive.infolist()} == {1980}


MARKUP = [
    r"Is $\hat S(t) < \frac{1}{2}$, or \(x_1 \le x_2\) & not *that*?",
    "1. `a_b_c` <b>bold</b> [link](http://example.org) {x} | y ~~z~~ x^2^",
    "*) <script>alert('1')</script> \"quoted\" 'single' -- ... !img",
    "a) # no heading > no quote &amp; no entity &#42;",
    "… √−1 ≤ 2, 0.05 and 3. April; 50% of H₂O, µ ± σ: “yes”",
]


def test_mathematics_and_markup_survive_as_they_are_written():
    odd = question(
        MARKUP[0],
        [(says, f"{says}?", number == 1) for number, says in enumerate(MARKUP[1:])],
    )
    quiz = replace(THOSE[0], title="1. A/B & <C>", about=MARKUP[1], questions=(odd,))
    (assessment,) = opened(quizzes.package([quiz])).assessments
    assert [of_item(one) for one in elements(assessment, "item")] == [odd]
    category, found = bank(quizzes.moodle([quiz]))
    assert of_moodle(found) == odd
    path = content(elements(elements(category, "category")[0], "text")[0])
    assert path.endswith("/1. A//B & <C>")
    (meta,) = opened(quizzes.package([quiz])).resources("associatedcontent")
    about = opened(quizzes.package([quiz])).read(meta.getAttribute("href"))
    assert content(elements(about, "title")[0]) == quiz.title
    assert words(content(elements(about, "description")[0])) == MARKUP[1]


def test_they_are_written_in_place_of_the_old_ones(tmp_path, capsys):
    folder = tmp_path / "quizzes"
    folder.mkdir()
    (folder / "06-gone.qti.zip").write_text("old")
    quizzes.main(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files()
    assert f"{2 * len(NAMES)} files in {folder}" in capsys.readouterr().out
