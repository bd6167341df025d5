"""The figures of the book as slides, `_build/slides/slides.pdf`; `make slides` builds the book before.

A slide a figure, under a short title; before those of a chapter one with its title and its goals. A
table of patients at risk has a slide of its own, so that it can be read in a room. The figures are those
of the pages, so that a slide never shows another number than the book; what they show in words is in
`notes.md` beside the slides. nbconvert's reveal slides load their scripts from a network, and show
cells, of which a figure is the least part.
"""

from __future__ import annotations

import copy
import os
import re
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
h1 { font-size: 40pt; margin: 0 0 0.2in }
h2 { font-size: 30pt; margin: 0 0 0.3in }
h3 { font-size: 24pt; margin: 0 0 0.15in }
li, p { font-size: 18pt; line-height: 1.35; margin-bottom: 0 }
figure { display: flex; flex: 1 1 0; flex-direction: column; margin: 0; min-height: 0 }
figure img, figure svg { flex: 1 1 0; height: 5in; margin: 0 auto; width: 100%;
  min-height: 0; object-fit: contain }
[class^="frame-"] { display: none } .frame-0 { display: inline }  /* of a flip-book one page */
figcaption { font-size: 14pt; line-height: 1.3; margin-top: 0.12in }
"""
_CUT = """() => document.querySelectorAll("svg.part").forEach(svg => {
  const all = svg.viewBox.baseVal, drawn = svg.getBBox(), room = 3;
  const [left, top] = [Math.max(all.x, drawn.x - room), Math.max(all.y, drawn.y - room)];
  const right = Math.min(all.x + all.width, drawn.x + drawn.width + room);
  const bottom = Math.min(all.y + all.height, drawn.y + drawn.height + room);
  svg.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
})"""
"""A part of a drawing fills its slide."""
_LONGEST = 75  # letters of a title in one line


class SlidesError(Exception):
    """No slides can be made; the message says why."""


@dataclass(frozen=True)
class Figure:
    """A figure of a page.

    Attributes
    ----------
    title : str
        In a few words.
    drawing : str
        As HTML.
    caption, alt : str
        What stands under it, and what it shows, in words.
    """

    title: str
    drawing: str
    caption: str
    alt: str


@dataclass
class Chapter:
    """What the slides take of a chapter."""

    title: str
    goals: list[str]
    figures: list[Figure] = field(default_factory=list)


@dataclass(frozen=True)
class Slide:
    """What one slide shows, as HTML, and what is to be said to it."""

    shown: str
    title: str
    note: str = ""


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
            for button in caption.select("button, details"):
                button.decompose()
            found.figures.append(
                Figure(
                    title=_title(figure, caption),
                    drawing=_drawn(drawing, page),
                    caption=" ".join(caption.get_text().split()),
                    alt=str(drawing.get("alt") or drawing.get("aria-label") or ""),
                )
            )
    return found


def _title(figure: Tag, caption: Tag) -> str:
    """What the caption says first; where that is long, the heading of the section."""
    words = caption.select_one(".caption-text")
    first = re.split(r"[.;:,](?=\s|$)| \(", (words or caption).get_text().strip())[0]
    section = figure.find_parent("section")
    heading = section and section.find(["h1", "h2", "h3", "h4"])
    return first if len(first) <= _LONGEST or not heading else heading.get_text().strip()


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


def parts(drawing: str) -> tuple[str, str] | None:
    """A drawing without its table of patients at risk, and the table under its axis; None without one."""
    svg = BeautifulSoup(drawing, "html.parser").svg
    tables = [g for g in svg.select("g[id^=axes_]") if _is_words(g)] if svg else []
    if svg is None or not tables:
        return None
    svg["class"] = "part"
    for ground in svg.select("g[id^=figure_] > g[id^=patch_]"):
        ground.decompose()
    table = copy.copy(svg)
    for group in svg.select("g[id^=axes_]"):
        if _is_words(group):
            group.decompose()
    axis = table.select_one('g[id="matplotlib.axis_1"]')
    for group in table.select("g[id^=axes_]"):
        if not _is_words(group):
            group.clear()
            group.extend(axis.select("g[id^=text_]") if axis else [])
            axis = None
    return str(svg), str(table)


def _is_words(axes: Tag) -> bool:
    groups = axes.find_all("g", recursive=False)
    return bool(groups) and all(str(group.get("id")).startswith("text_") for group in groups)


def slides(book: about.About, cohort: str, chapters: list[Chapter]) -> list[Slide]:
    """All slides: that of the book, and of each chapter its own and those of its figures."""
    lines = (book.subtitle, f"The figures of version {book.version}, {book.day}.", cohort)
    told = "".join(f"<p>{escape(line)}</p>" for line in (*lines, f"{book.author}. {book.licence}."))
    made = [Slide(f"<h1>{escape(book.title)}</h1>{told}", book.title)]
    for one in chapters:
        goals = "".join(f"<li>{escape(goal)}</li>" for goal in one.goals)
        made.append(Slide(f"<h2>{escape(one.title)}</h2><ul>{goals}</ul>", one.title))
        for figure in one.figures:
            curve, table = parts(figure.drawing) or (figure.drawing, "")
            made.append(_slide(figure.title, curve, figure.caption, figure.alt))
            if table:
                title = f"{figure.title}: patients at risk"
                made.append(_slide(title, table, "The table of the figure before.", figure.alt))
    return made


def _slide(title: str, drawing: str, caption: str, alt: str) -> Slide:
    under = f"<figcaption>{escape(caption)}</figcaption>"
    return Slide(f"<h3>{escape(title)}</h3><figure>{drawing}{under}</figure>", title, alt)


def deck(title: str, made: list[Slide], foot: str) -> str:
    """Slides as one page of HTML."""
    sections = "".join(
        f'<section data-foot="{escape(foot)}">{slide.shown}</section>' for slide in made
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{sections}</body></html>"
    )


def notes(made: list[Slide]) -> str:
    """What the figures show, slide by slide, to be read aloud or to somebody who does not see them."""
    return "\n\n".join(
        f"## {number}. {slide.title}\n\n{slide.note}".strip()
        for number, slide in enumerate(made, 1)
    )


def printed(html: str, browser: Browser) -> bytes:
    """Slides as PDF, a page each, with an outline."""
    page = browser.new_page()
    page.set_default_timeout(chromium.HANGING)
    page.set_content(html, wait_until="load")
    page.evaluate(_CUT)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    page.close()
    return pdf


def main(output: Path) -> None:
    """Make the slides of a built book, and say where they are."""
    pages = sorted((output / "_build" / "html" / "notebooks").glob("[0-9]*.html"))
    book = about.book()
    folder = output.resolve() / "_build" / "slides"
    try:
        lead, text = _cohort(pages)
        made = slides(book, f"{lead} {text}", [chapter(page) for page in pages])
        html = deck(book.title, made, f"{book.title} · {lead}")
        with chromium.launch() as browser:
            pdf = titled(printed(html, browser), book)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("slides.pdf", pdf), ("notes.md", f"{notes(made)}\n".encode())):
            new = folder / f"{name}.new"
            new.write_bytes(content)
            os.replace(new, folder / name)
    except (OSError, SlidesError) as error:
        whole.refuse(str(error))
    except Error as error:
        whole.refuse(f"The slides cannot be printed: {str(error).partition(chr(10))[0]}.")
    print(f"Open {folder / 'slides.pdf'}")


def _cohort(pages: list[Path]) -> tuple[str, str]:
    """Whose data the figures show, as the banner of a page says: its first words, and the others."""
    if not pages:
        raise SlidesError("no chapters are built; run make book")
    soup = BeautifulSoup(pages[0].read_text(encoding="utf-8"), "html.parser")
    banner = soup.select_one(".cohort-banner")
    lead = banner and banner.select_one("strong")
    if banner is None or lead is None:
        raise SlidesError(f"{pages[0].name}: a banner was expected that says whose data these are")
    for link in banner.select("a"):
        link.decompose()
    first = " ".join(lead.extract().get_text().split())
    return first, " ".join(banner.get_text().split())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
