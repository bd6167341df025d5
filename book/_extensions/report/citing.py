"""How to cite the book and a page of it, in words and as BibTeX, from `CITATION.cff`.

The foot of a page, its printed head, the title pages of the PDF and the EPUB, and `{how-to-cite}` on a
page all say what is written here.

cffconvert turns such a file into BibTeX as well, but only the whole of it: it knows no chapters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.nodes import make_id
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from .provenance import Origin

_ROOT = Path(__file__).resolve().parents[3]
_CHAPTER = re.compile(r"notebooks/(\d+)-")
LICENCES = {
    "MIT": ("Code", "MIT licence", "https://opensource.org/license/mit"),
    "CC-BY-4.0": (
        "Text and figures",
        "CC BY 4.0 licence",
        "https://creativecommons.org/licenses/by/4.0/",
    ),
}
"""Of each licence that `CITATION.cff` may name: what is under it, its name, and where it is read."""


@dataclass(frozen=True)
class Author:
    """A person, as "Given Family", or a body by its name."""

    name: str
    person: bool

    @property
    def bibtex(self) -> str:
        """The name; one of a body in braces, or it would be taken apart as a person's."""
        return self.name if self.person else f"{{{self.name}}}"


@dataclass(frozen=True)
class Citation:
    """What somebody who cites has to write.

    Attributes
    ----------
    words, bibtex : str
        As a sentence, and as an entry.
    """

    words: str
    bibtex: str


@dataclass(frozen=True)
class Book:
    """What is cited.

    Attributes
    ----------
    title : str
        With its subtitle.
    authors : tuple of Author
    version : str
    released : str
        The day of the release, as in 2026-01-31; empty where this version is not released.
    commit, committed : str
        What the book is built from, and the day of it; empty where it is not built from git.
    doi, address : str
        Empty where there is none.
    """

    title: str
    authors: tuple[Author, ...]
    version: str
    released: str
    commit: str
    committed: str
    doi: str
    address: str

    @classmethod
    def read(cls, commit: str = "", committed: str = "", address: str = "") -> Book:
        """This book, from `CITATION.cff`."""
        told = yaml.safe_load((_ROOT / "CITATION.cff").read_text(encoding="utf-8"))
        return cls(
            title=told["title"],
            authors=tuple(_author(author) for author in told["authors"]),
            version=str(told["version"]),
            released=str(told.get("date-released", "")),
            commit=commit,
            committed=committed,
            doi=told.get("doi", ""),
            address=address,
        )

    @property
    def date(self) -> str:
        """The day of the release, or else of the commit."""
        return self.released or self.committed

    @property
    def year(self) -> str:
        """The year of that day; empty where neither is known."""
        return self.date[:4]

    @cached_property
    def state(self) -> str:
        """The version, and the commit where the version is not released."""
        unreleased = f", commit {self.commit[:10]}" if self.commit and not self.released else ""
        return f"version {self.version}{unreleased}"

    @property
    def place(self) -> str:
        """Where it is found: a DOI, or else an address, or nothing."""
        return f"https://doi.org/{self.doi}" if self.doi else self.address

    def whole(self) -> Citation:
        """How to cite the whole book."""
        state = f"{self.state[0].upper()}{self.state[1:]}"
        return Citation(
            words=" ".join([self._who, f"{self.title}.", f"{state}.", self.place]).strip(),
            bibtex=self._entry("book", self._key, {"title": _braced(self.title)}, self.place),
        )

    def part(self, title: str, number: int | None, address: str) -> Citation:
        """How to cite a page.

        Parameters
        ----------
        title : str
        number : int or None
            Of the chapter; None for another page.
        address : str
            Of the page; empty where it is not known.
        """
        place = address or self.place
        head = title if title.endswith(("?", "!")) else f"{title}."
        fields = {"title": _braced(title), "booktitle": _braced(self.title)}
        if number:
            fields["chapter"] = str(number)
        key = f"{self._key}-{make_id(title)}"
        words = self._in_book(head, number, place)
        return Citation(words, self._entry("incollection", key, fields, place))

    def piece(self, name: str, title: str, number: int | None, address: str) -> str:
        """How to cite a figure or a table of a page, in words.

        Parameters
        ----------
        name : str
            As in "Figure 6.2".
        title, number
            Of the page, as `part` takes them.
        address : str
            Of the figure; empty where it is not known.
        """
        return self._in_book(f"{name}, “{title}”.", number, address or self.place)

    def _in_book(self, head: str, number: int | None, place: str) -> str:
        chapter = f", chapter {number}" if number else ""
        words = [self._who, head, f"In: {self.title}, {self.state}{chapter}.", place]
        return " ".join(words).strip()

    @property
    def _key(self) -> str:
        return make_id(self.title.partition(":")[0])

    @property
    def who(self) -> str:
        """The authors, in words."""
        return ", ".join(author.name for author in self.authors)

    @property
    def _who(self) -> str:
        return f"{self.who}{f' ({self.year})' if self.year else ''}."

    def _entry(self, kind: str, key: str, fields: dict[str, str], place: str) -> str:
        all_fields = {
            "author": " and ".join(author.bibtex for author in self.authors),
            **fields,
            "year": self.year,
            "note": f"{self.state[0].upper()}{self.state[1:]}",
            "doi": self.doi,
            "url": "" if place.startswith("https://doi.org/") else place,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in all_fields.items() if value]
        return "\n".join([f"@{kind}{{{key},", *lines, "}"])


class how_to_cite(nodes.General, nodes.Element):
    """Where the citation goes; it names the commit, so it is put there when the page is written."""


class HowToCite(SphinxDirective):
    """`{how-to-cite}`: the citation of the whole book, in words and as BibTeX."""

    def run(self) -> list[nodes.Node]:
        return [how_to_cite()]


class _Told(SphinxPostTransform):
    """Put the citation in its place."""

    default_priority = 100

    def run(self, **_: Any) -> None:
        for place in list(self.document.findall(how_to_cite)):
            told = of(self.app).whole()
            blocks = [
                nodes.literal_block(text, text, language="none", classes=["cite-text"])
                for text in (told.words, told.bibtex)
            ]
            place.replace_self(blocks)


def of(app: Sphinx) -> Book:
    """The book that is built."""
    origin: Origin = app.book_origin  # type: ignore[attr-defined]
    return Book.read(origin.commit, origin.date, app.config.html_baseurl)


def chapter(docname: str) -> int | None:
    """The number of a chapter; None for another page."""
    found = _CHAPTER.match(docname)
    return int(found[1]) if found else None


def _author(told: dict[str, Any]) -> Author:
    if "name" in told:
        return Author(str(told["name"]), person=False)
    parts = ("given-names", "name-particle", "family-names", "name-suffix")
    return Author(" ".join(str(told[part]) for part in parts if part in told), person=True)


def _braced(title: str) -> str:
    """A title whose capitals stay: BibTeX styles make them small elsewhere."""
    return f"{{{title}}}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(how_to_cite)
    app.add_directive("how-to-cite", HowToCite)
    app.add_post_transform(_Told)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
