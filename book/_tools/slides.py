"""The figures of the book as slides, `_build/slides/slides.pdf`; `make slides` builds the book before.

A slide a figure, with its caption; before those of a chapter one with its title and its goals. The
figures are those of the pages, so that a slide never shows another number than the book. nbconvert's
reveal slides load their scripts from a network, and show cells, of which a figure is the least part.
"""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import chromium
import whole
from bs4 import BeautifulSoup, Tag
from extensions import about
from pdf import titled
from playwright.sync_api import Browser, Error

_STYLE = """
@page { size: 13.333in 7.5in; margin: 0 }
body { color: #222; font-family: "DejaVu Sans", sans-serif; margin: 0 }
section { box-sizing: border-box; break-after: page; display: flex; flex-direction: column;
  height: 7.5in; justify-content: center; overflow: hidden; padding: 0.4in 0.7in 0.6in;
  position: relative; width: 13.333in }
section::after { bottom: 0.18in; color: #666; content: attr(data-foot); font-size: 11pt; left: 0.7in;
  position: absolute }
h1 { font-size: 40pt; margin: 0 0 0.3in }
h2 { font-size: 30pt; margin: 0 0 0.3in }
li, p { font-size: 18pt; line-height: 1.35 }
figure { display: flex; flex-direction: column; margin: 0; min-height: 0 }
figure img, figure svg { flex: 1 1 auto; height: 5.2in; margin: 0 auto; width: 100%;
  min-height: 0; object-fit: contain }
[class^="frame-"] { display: none } .frame-0 { display: inline }  /* of a flip-book one page */
figcaption { font-size: 15pt; line-height: 1.3; margin-top: 0.15in }
"""


class SlidesError(Exception):
    """No slides can be made; the message says why."""


@dataclass
class Chapter:
    """What the slides take of a chapter."""

    title: str
    goals: list[str]
    figures: list[tuple[str, str]] = field(default_factory=list)  # drawing and caption, as HTML


def chapter(page: Path) -> Chapter:
    """The title, the goals and the figures of a page of the book."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article")
    heading = article and article.select_one("h1")
    if article is None or heading is None:
        raise SlidesError(f"{page.name}: a page with a title was expected")
    for link in article.select("a.headerlink"):
        link.decompose()
    goals = [" ".join(goal.get_text().split()) for goal in article.select(".book-goals li")]
    found = Chapter(heading.get_text(), goals)
    for figure in article.select("figure"):
        caption = figure.select_one("figcaption")
        drawing = figure.select_one("svg, img")
        if caption is not None and drawing is not None:
            found.figures.append((_drawn(drawing, page), caption.get_text(" ", strip=True)))
    return found


def _drawn(drawing: Tag, page: Path) -> str:
    """A drawing whose file is found from anywhere."""
    source = str(drawing.get("src", "data:"))
    if source.startswith("data:"):
        return str(drawing)
    path = (page.parent / source).resolve()
    if not path.is_file():
        raise SlidesError(f"{page.name}: {source} is not there; run make book")
    if path.suffix == ".svg":
        return str(BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").svg)
    kind, content = path.suffix.removeprefix("."), b64encode(path.read_bytes()).decode()
    drawing["src"] = f"data:image/{kind};base64,{content}"
    return str(drawing)


def deck(title: str, chapters: list[Chapter], foot: str) -> str:
    """All slides as one page of HTML."""
    slides = [f"<h1>{escape(title)}</h1><p>The figures of the book, chapter by chapter.</p>"]
    for one in chapters:
        goals = "".join(f"<li>{escape(goal)}</li>" for goal in one.goals)
        slides.append(f"<h2>{escape(one.title)}</h2><ul>{goals}</ul>")
        for drawing, caption in one.figures:
            slides.append(f"<figure>{drawing}<figcaption>{escape(caption)}</figcaption></figure>")
    sections = "".join(f'<section data-foot="{escape(foot)}">{slide}</section>' for slide in slides)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{sections}</body></html>"
    )


def printed(html: str, browser: Browser) -> bytes:
    """Slides as PDF, a page each, with an outline."""
    page = browser.new_page()
    page.set_default_timeout(chromium.HANGING)
    page.set_content(html, wait_until="load")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    page.close()
    return pdf


def main(output: Path) -> None:
    """Make the slides of a built book, and say where they are."""
    pages = sorted((output / "_build" / "html" / "notebooks").glob("[0-9]*.html"))
    book = about.book()
    folder = output.resolve() / "_build" / "slides"
    try:
        html = deck(
            book.title, [chapter(page) for page in pages], f"{book.title} · {_cohort(pages)}"
        )
        with chromium.launch() as browser:
            pdf = titled(printed(html, browser), book)
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / "slides.pdf.new"
        new.write_bytes(pdf)
        os.replace(new, folder / "slides.pdf")
    except (OSError, SlidesError) as error:
        whole.refuse(str(error))
    except Error as error:
        whole.refuse(f"The slides cannot be printed: {str(error).partition(chr(10))[0]}.")
    print(f"Open {folder / 'slides.pdf'}")


def _cohort(pages: list[Path]) -> str:
    """Whose data the figures show, as the banner of a page says."""
    if not pages:
        raise SlidesError("no chapters are built; run make book")
    soup = BeautifulSoup(pages[0].read_text(encoding="utf-8"), "html.parser")
    lead = soup.select_one(".cohort-banner strong")
    if lead is None:
        raise SlidesError(f"{pages[0].name}: a banner was expected that says whose data these are")
    return lead.get_text()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
