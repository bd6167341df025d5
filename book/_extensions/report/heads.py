"""The head of a page: what search engines, link previews and reference managers read of it.

A description, Open Graph and Twitter cards, the `citation_*` tags that Google Scholar and Zotero read,
and JSON-LD. What needs the address of the site is left out where that is not known.

sphinxext-opengraph writes the first two of these; it takes the banner for a page's first words, as a
banner is no admonition there, and knows neither citations nor JSON-LD.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

from . import about, citing
from .sections import beside_html

_MOST = 300
"""Characters of a description; search engines show half of them, previews all."""
_PICTURE = "_downloads/notebooks/08-prognostic-factors/fig-pf-size.png"
"""Of a page that has none: the answer of the book in one figure."""
_PNG = re.compile(r'<a [^>]*download="[^"]+\.png" href="(?P<to>[^"]+)"')
_ALT = re.compile(r'<img [^>]*alt="(?P<words>[^"]+)"')
_VIEWPORT = re.compile(r'<meta (?:content="[^"]*" )?name="viewport"[^>]*>\s*')


@dataclass(frozen=True)
class Page:
    """What the head of a page tells.

    Attributes
    ----------
    name : str
        Of the document.
    title, description : str
    url, picture : str
        Whole addresses; empty where the site has none.
    alt : str
        The words for the picture.
    cover : bool
    """

    name: str
    title: str
    description: str
    url: str
    picture: str
    alt: str
    cover: bool

    @cached_property
    def number(self) -> int | None:
        """Of a chapter; None for another page."""
        return citing.chapter(self.name)


def description(document: nodes.document) -> str:
    """The first paragraph of a page, cut after a sentence or a word; empty where there is none."""
    section = next(document.findall(nodes.section), None)
    for node in [] if section is None else beside_html(section):
        if isinstance(node, nodes.paragraph):
            return _cut(" ".join(_said(node).split()))
    return ""


def _said(node: nodes.Node) -> str:
    """The words of a node, without what only a page can show."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.raw | nodes.math | nodes.footnote_reference):
        return ""
    return "".join(_said(child) for child in node.children)


def _cut(words: str) -> str:
    if len(words) <= _MOST:
        return words
    start = words[:_MOST]
    sentences = re.match(r".*[.?!](?= )", start, re.DOTALL)
    if sentences and len(sentences[0]) > _MOST // 3:
        return sentences[0]
    return f"{start.rpartition(' ')[0].rstrip(' ,;:')} …"


def metas(page: Page, book: citing.Book, site: str) -> str:
    """The tags of a page as HTML.

    Parameters
    ----------
    site : str
        The name of the site.
    """
    title = site if page.cover else page.title
    named = [
        ("description", page.description),
        ("author", book.who),
        ("twitter:card", "summary_large_image" if page.picture else "summary"),
        ("twitter:title", title),
        ("twitter:description", page.description),
        ("twitter:image", page.picture),
        ("citation_title", book.title if page.cover else page.title),
        *(("citation_author", author.name) for author in book.authors),
        ("citation_publication_date", book.date.replace("-", "/")),
        ("citation_inbook_title", book.title if page.number else ""),
        ("citation_doi", book.doi if page.cover else ""),
        ("citation_language", "en"),
        ("citation_fulltext_html_url", page.url),
    ]
    properties = [
        ("og:title", title),
        ("og:type", "book" if page.cover else "article"),
        ("og:site_name", site),
        ("og:locale", "en_GB"),
        ("og:description", page.description),
        ("og:url", page.url),
        ("og:image", page.picture),
        ("og:image:alt", page.alt if page.picture else ""),
    ]
    return "\n".join(
        f'<meta {kind}="{key}" content="{escape(value)}">'
        for kind, pairs in (("name", named), ("property", properties))
        for key, value in pairs
        if value
    )


def linked_data(
    page: Page, book: citing.Book, told: about.About, parts: list[Page]
) -> dict[str, Any]:
    """A page in the words of schema.org.

    Parameters
    ----------
    parts : list of Page
        The chapters, which the cover lists.
    """
    whole = {
        "@type": ["Book", "LearningResource"],
        "name": book.title,
        "url": book.address,
        "author": [
            {"@type": "Person" if author.person else "Organization", "name": author.name}
            for author in book.authors
        ],
        "version": book.version,
        "datePublished": book.date,
        "inLanguage": told.language,
        "license": [citing.LICENCES[name][2] for name in told.licences],
        "isAccessibleForFree": True,
        "keywords": ", ".join(told.subjects),
        "identifier": f"https://doi.org/{book.doi}" if book.doi else "",
    }
    if page.cover:
        chapters = [
            {"@type": "Chapter", "name": part.title, "position": part.number, "url": part.url}
            for part in parts
        ]
        found = {
            **whole,
            "description": page.description,
            "image": page.picture,
            "educationalLevel": "advanced",
            "learningResourceType": "textbook",
            "hasPart": [_known(chapter) for chapter in chapters],
        }
    else:
        found = {
            "@type": ["Chapter", "LearningResource"] if page.number else "WebPage",
            "name": page.title,
            "description": page.description,
            "url": page.url,
            "image": page.picture,
            "position": page.number,
            "isPartOf": _known(whole),
        }
    return {"@context": "https://schema.org", **_known(found)}


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact not in ("", None, [])}


def _chapters(app: Sphinx, base: str) -> list[Page]:
    """The chapters in the order of the book."""
    return [
        Page(name, _title(app, name), "", urljoin(base, app.builder.get_target_uri(name)) if base else "",
             "", "", cover=False)
        for name in sorted(app.env.found_docs)
        if citing.chapter(name)
    ]  # fmt: skip


def _title(app: Sphinx, name: str) -> str:
    return app.env.titles[name].astext()


def _page(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    if app.builder.name != "html":
        return
    context["metatags"] = _VIEWPORT.sub("", context.get("metatags", ""))
    base, book = app.config.html_baseurl, citing.of(app)
    context["book_cited"] = book
    told = about.book()
    context["book_licences"] = [citing.LICENCES[name] for name in told.licences]
    context["book_whole"] = book.whole()
    if doctree is None:
        return
    body = context.get("body", "")
    picture, alt = _PNG.search(body), _ALT.search(body)
    own = urljoin(urljoin(base, f"{pagename}.html"), picture["to"]) if base and picture else ""
    cover = pagename == app.config.root_doc
    page = Page(
        name=pagename,
        title=_title(app, pagename),
        description=description(doctree),
        url=context["pageurl"] or "",
        picture=own or (urljoin(base, _PICTURE) if base else ""),
        alt=unescape(alt["words"]) if own and alt else "",
        cover=cover,
    )
    data = linked_data(page, book, told, _chapters(app, base) if cover else [])
    script = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    context["book_head"] = (
        f'{metas(page, book, told.title)}\n<script type="application/ld+json">{script}</script>'
    )
    if not cover:
        context["book_part"] = book.part(page.title, page.number, page.url)
        place = f"{page.url}#{{anchor}}" if page.url else ""
        context["book_piece"] = book.piece("{name}", page.title, page.number, place)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", _page, priority=950)  # after `address` and `downloads`
    return {"parallel_read_safe": True, "parallel_write_safe": True}
