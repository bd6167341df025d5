"""What machines and those who cite read: heads, citations, the sitemap, the page that is not there."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urljoin

import books
import pytest
import site_under_test
from bs4 import Tag
from docutils import nodes
from playwright.sync_api import Browser
from pybtex.database import parse_string
from report import address, citing, heads, repository, weight

PAGES = site_under_test.measure.sources(books.ROOT)
SITE = "https://somebody.github.io/fork/"
BOOK = citing.Book(
    title="A book: of something",
    authors=(citing.Author("The authors of this book", person=False),),
    version="1.2.3",
    released="2026-01-31",
    commit="0123456789abcdef",
    committed="2026-01-30",
    doi="",
    address=SITE,
)


def _head(built: books.Built, name: str) -> Tag:
    return built.soup(name).head


def _named(head: Tag) -> dict[str, str]:
    tags = head.find_all("meta", content=True)
    return {tag.get("name") or tag.get("property"): tag["content"] for tag in tags}


class TestHead:
    @pytest.mark.parametrize("name", PAGES)
    def test_a_page_tells_what_it_is(self, shipped: books.Built, name: str):
        head = _head(shipped, name)
        told = _named(head)
        assert 60 < len(told["description"]) <= 302
        assert "{" not in told["description"]
        assert not re.match("(Synthetic cohort|Invented data)", told["description"]), "the banner"
        assert told["og:description"] == told["description"]
        assert told["author"] == told["citation_author"] == "The authors of this book"
        assert told["citation_title"]
        assert len(head.find_all("meta", {"name": "viewport"})) == 1
        data = json.loads(head.find("script", type="application/ld+json").string)
        assert data["@context"] == "https://schema.org"
        if name.startswith("notebooks/"):
            assert data["@type"] == ["Chapter", "LearningResource"]
            assert data["position"] == int(name.split("/")[1][:2])
            assert data["isPartOf"]["name"] == told["citation_inbook_title"]

    def test_each_page_has_its_own_description(self, shipped: books.Built):
        told = [_named(_head(shipped, name))["description"] for name in PAGES]
        assert len(set(told)) == len(told) > 20

    def test_the_cover_names_the_book_once_and_lists_its_chapters(self, shipped: books.Built):
        for name in ("book/index", "index"):
            head = _head(shipped, name)
            assert head.title.string == "A study rebuilt from its abstract"
            assert _named(head)["og:title"] == head.title.string
            data = json.loads(head.find("script", type="application/ld+json").string)
            assert data["@type"] == ["Book", "LearningResource"]
            chapters = [part["position"] for part in data["hasPart"]]
            assert chapters == list(range(1, len(list(books.ROOT.glob("notebooks/[0-9]*.md"))) + 1))

    def test_without_an_address_nothing_names_one(self, shipped: books.Built):
        for name in PAGES:
            head = str(_head(shipped, name))
            for tag in ("canonical", "og:url", "og:image", "twitter:image", "fulltext_html_url"):
                assert tag not in head, f"{name}: {tag}"
        assert not (shipped.folder / "sitemap.xml").exists()
        assert not (shipped.folder / "robots.txt").exists()

    def test_the_picture_of_pages_without_one_is_there(self, shipped: books.Built):
        assert (shipped.folder / heads._PICTURE).read_bytes().startswith(b"\x89PNG")

    def test_a_description_ends_after_a_sentence_or_a_word(self):
        def of(words: str) -> str:
            document = nodes.document(None, None)
            section = nodes.section()
            section += nodes.title("", "T")
            section += nodes.raw("", '<div class="cohort-banner">', format="html")
            section += nodes.paragraph("", "The banner.")
            section += nodes.raw("", "</div>", format="html")
            section += nodes.paragraph("", words)
            document += section
            return heads.description(document)

        assert of("A few words.") == "A few words."
        assert of("One sentence of words. " * 20).endswith("words.")
        cut = of("word, " * 100)
        assert cut.endswith("word …")
        assert len(cut) <= 302
        assert of("") == ""


class TestAddress:
    def test_a_book_that_knows_its_address_tells_it(self, tiny_book: books.Book):
        built = tiny_book.build(SITE_ADDRESS=SITE.rstrip("/"))
        assert built.code == 0, built.said
        assert not built.executed
        words = _head(built, "book/words")
        assert words.find("link", rel="canonical")["href"] == f"{SITE}book/words.html"
        assert _named(words)["og:url"] == f"{SITE}book/words.html"
        foot = built.soup("book/words").find(class_="page-about")
        assert foot["data-cite-piece"].endswith(f" {SITE}book/words.html#{{anchor}}")
        for name in ("index", "book/index"):
            cover = _head(built, name)
            assert [link["href"] for link in cover.find_all("link", rel="canonical")] == [SITE]
        assert not _head(built, "search").find("link", rel="canonical")
        listed = [
            place.text
            for place in ET.parse(built.folder / "sitemap.xml").iter()
            if place.tag.endswith("loc")
        ]
        assert listed == [
            SITE,
            f"{SITE}book/words.html",
            f"{SITE}notebooks/01-quotes.html",
            f"{SITE}notebooks/02-plain.html",
        ]
        assert f"Sitemap: {SITE}sitemap.xml" in (built.folder / "robots.txt").read_text()
        tiny_book.edit("book/words.md", "Text.", "Other text.")
        again = tiny_book.build(SITE_ADDRESS=SITE)
        assert (again.folder / "sitemap.xml").read_text().count("<loc>") == 4, "edited pages only"
        missing = again.soup("404")
        places = [tag["href"] for tag in missing.find_all(href=True)]
        places += [tag["src"] for tag in missing.find_all(src=True)]
        places += [tag["action"] for tag in missing.find_all(action=True)]
        assert len(places) > 20
        assert not [p for p in places if not p.startswith(("/fork/", "#", "https://"))]
        assert "/fork/search.html" in places
        bare = tiny_book.build()
        assert not (bare.folder / "sitemap.xml").exists(), "the address is known no more"
        assert "canonical" not in bare.page("book/words")

    def test_an_address_that_is_none_is_refused(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("SITE_ADDRESS", "my site")
        with pytest.raises(ValueError, match="SITE_ADDRESS=my site: expected where the pages"):
            address.find()
        monkeypatch.setenv("SITE_ADDRESS", "")
        monkeypatch.setenv("CI_PAGES_URL", "https://group.gitlab.io/book")
        assert address.find() == "https://group.gitlab.io/book/"

    def test_the_top_of_the_site_is_the_cover(self, shipped: books.Built):
        top = shipped.soup("index")
        assert not top.find("meta", {"http-equiv": "refresh"})
        cover = shipped.soup("book/index")
        assert top.article.get_text() == cover.article.get_text()
        for tag, attribute in (("a", "href"), ("img", "src"), ("script", "src"), ("link", "href")):
            there = [each[attribute] for each in cover.find_all(tag, **{attribute: True})]
            here = [each[attribute] for each in top.find_all(tag, **{attribute: True})]
            assert there
            assert [urljoin(SITE, place) for place in here] == [
                urljoin(SITE, place) if place.startswith("#") else urljoin(f"{SITE}book/", place)
                for place in there
            ]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('href="other.html#a"', 'href="/s/book/other.html#a"'),
            ('src="../_static/x.js?v=1"', 'src="/s/_static/x.js?v=1"'),
            ('href="#here"', 'href="#here"'),
            ('href="https://example.org/"', 'href="https://example.org/"'),
            ('src="data:image/png;base64,AA"', 'src="data:image/png;base64,AA"'),
            ('srcset="../a.svg, ../b.svg 2x"', 'srcset="/s/a.svg, /s/b.svg 2x"'),
            ('data-content_root="../"', 'data-content_root="/s/"'),
        ],
    )
    def test_a_link_of_a_page_that_moves_leads_where_it_led(self, old: str, new: str):
        assert address.moved(f"<a {old}>", "book/", "/s/") == f"<a {new}>"

    def test_a_page_of_a_chapter_that_was_renamed_goes(self, tmp_path: Path):
        stay = ("notebooks/07-new.html", "notebooks/07-new.csv", "search.html", "_static/a.html")
        for name in (*stay, "notebooks/06-old.html"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        address.forget_gone(tmp_path, {"notebooks/07-new"})
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
        assert left == set(stay)

    def test_a_page_that_is_not_there_has_a_search(self, browser: Browser, site: str):
        page = browser.new_page()
        page.goto(f"{site}404.html")
        assert page.get_by_role("heading", level=1).inner_text() == "Page not found"
        field = page.locator("article input[type=search]")
        field.fill("at risk")
        field.press("Enter")
        page.wait_for_url("**/search.html?q=at+risk")
        page.close()


class TestCitation:
    def test_a_book_and_a_chapter_are_cited_in_words(self):
        assert BOOK.whole().words == (
            f"The authors of this book (2026). A book: of something. Version 1.2.3. {SITE}"
        )
        assert BOOK.part("What is it?", 6, f"{SITE}6.html").words == (
            "The authors of this book (2026). What is it? In: A book: of something, version 1.2.3, "
            f"chapter 6. {SITE}6.html"
        )

    def test_what_is_not_released_is_cited_by_its_commit(self):
        assert "version 1.2.3, commit 0123456789." in (
            replace(BOOK, released="").part("T", None, "").words
        )
        bare = replace(BOOK, released="", commit="", committed="", address="")
        assert (
            bare.whole().words == "The authors of this book. A book: of something. Version 1.2.3."
        )

    def test_bibtex_is_read_as_it_is_meant(self):
        person = citing.Author("Ada de la Rive", person=True)
        book = replace(BOOK, authors=(*BOOK.authors, person), doi="10.5281/zenodo.1")
        entries = parse_string(
            "\n".join([book.whole().bibtex, book.part("Growth", 9, "").bibtex]), "bibtex"
        ).entries
        whole, part = entries["a-book"], entries["a-book-growth"]
        body, other = whole.persons["author"]
        assert str(body) == "{The authors of this book}"
        assert other.last_names == ["Rive"]
        assert (whole.type, part.type) == ("book", "incollection")
        assert (part.fields["chapter"], part.fields["year"]) == ("9", "2026")
        assert whole.fields["doi"] == "10.5281/zenodo.1"
        assert "url" not in whole.fields

    @pytest.mark.parametrize(
        "name", ["notebooks/01-the-study", "book/glossary", "book/errata", "book/index"]
    )
    def test_the_foot_has_author_licence_citation_and_a_way_to_tell_a_mistake(
        self, shipped: books.Built, name: str
    ):
        foot = shipped.soup(name).find(class_="page-about")
        assert "By the authors of this book." in foot.get_text()
        assert len(foot.find_all("a", rel="license")) == 2
        copied = [pre.get_text() for pre in foot.select(".page-cite .highlight pre")]
        assert len(copied) == (2 if name == "book/index" else 4)
        entries = parse_string("\n".join(c for c in copied if c.startswith("@")), "bibtex").entries
        assert len(entries) == len(copied) // 2
        told = foot.find("a", class_="report-mistake")["href"]
        assert told in (
            "#how-to-report-one",
            "errata.html#how-to-report-one",
            "../book/errata.html#how-to-report-one",
        )
        assert foot.find("details", class_="page-made").find(class_="provenance")

    def test_there_is_one_citation_of_the_book_and_one_of_a_page(self, shipped: books.Built):
        chapter = shipped.soup(f"notebooks/{books.chapter('overall-survival')}")
        page, _, book, bibtex = (
            pre.get_text().strip() for pre in chapter.select(".page-cite .highlight pre")
        )
        assert chapter.find(class_="book-on-paper").get_text().endswith(f"Cite as: {page}")
        guide = shipped.soup("book/how-to-use").article
        told = [pre.get_text().strip() for pre in guide.select(".cite-text pre")]
        assert told == [book, bibtex]
        cover = shipped.soup("book/index")
        assert cover.find(class_="book-on-paper").get_text().endswith(f"Cite as: {book}")

    def test_a_mistake_is_told_to_the_repository_with_the_page_filled_in(self):
        for host, title in (("github.com", "title"), ("gitlab.com", "issue[title]")):
            found = repository.Repository(f"https://{host}/a/b", "main")
            asked = unquote(found.mistake("book/words", "version 1")).replace("+", " ")
            assert f"issues/new?{title}=Mistake on the page book/words" in asked
            assert "Book: version 1" in asked

    def test_a_citation_is_copied_by_a_button(self, browser: Browser, site: str):
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{site}notebooks/{books.chapter('overall-survival')}.html")
        page.locator(".page-cite summary").click()
        page.locator(".page-cite button.copybtn").first.click()
        assert "Overall survival. In: A study" in page.evaluate("navigator.clipboard.readText()")
        context.close()


class TestWeight:
    @pytest.mark.parametrize("name", [*PAGES, "index", "search", "genindex", "404"])
    def test_mathjax_is_where_a_formula_is(self, shipped: books.Built, name: str):
        page = shipped.soup(name)
        formulas = page.select("article .math")
        assert bool(page.select("script[src*=mathjax]")) == bool(formulas)

    def test_there_are_pages_with_and_without_a_formula(self, shipped: books.Built):
        counts = {"mathjax/" in shipped.page(name) for name in PAGES}
        assert counts == {True, False}

    def test_every_icon_is_in_the_small_font(self, shipped: books.Built):
        """In templates and scripts too; one that is not makes a page load them all."""
        static = books.ROOT / "book"
        texts = [shipped.page(name) for name in [*PAGES, "search", "404"]]
        texts += [p.read_text(encoding="utf-8") for p in static.rglob("*.js")]
        shown = {
            name
            for text in texts
            for name in re.findall(r"\bfa-([a-z][a-z-]+)", text)
            if name not in ("solid", "brands", "regular", "lg", "fw", "sm", "xs")
        }
        assert len(shown) > 10
        small = {icon for icons in weight._ICONS.values() for icon in icons.split()}
        assert shown <= small, "add it to `_ICONS` in book/_extensions/report/weight.py"
