"""Pages as they stand on paper and in an e-reader: nothing folded, nothing to press.

Beautiful Soup, which the theme brings, does the work; sphinx-togglebutton and myst-nb fold with
scripts and `details`, and neither has a setting that leaves them open in some builders only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag
from myst_nb.core.render import base_render_priority
from sphinx.config import Config

from helpers import markup

from . import drawings

ROWS = 24
"""So many rows of a figure's numbers a reader of paper can use: a third of a page in two columns."""
_ONLY_ON_SCREEN = (
    "script, style, button, form, picture > source, .headerlink, "
    f".{markup.ONLY_ON_SCREEN}, .{markup.PREDICT}"
)
_PLAIN_TOKENS = ".highlight :is(.n, .nn, .p, .w)"  # names and signs: coloured like any text
_DROPDOWN = re.compile(r"^(dropdown|toggle.*)$")
_NOT_AN_ADDRESS = re.compile("[<>]")  # some old digital object identifiers have them
_ELSEWHERE = re.compile(r"^(?!#|[a-z]+:)")


def unfolded(html: str, put: Callable[[str, str], str], *, only_page: bool = False) -> str:
    """The body of a page with everything open and everything that needs a screen taken out.

    What comes back is well-formed XML too, whatever a notebook put on the page.

    Parameters
    ----------
    html : str
    put : callable
        Where drawings go; see `drawings.apart`.
    only_page : bool
        Whether the page comes alone; links to other files then become plain words.
    """
    soup = BeautifulSoup(drawings.apart(html, put), "html.parser")
    for element in soup.select(_ONLY_ON_SCREEN):
        element.decompose()
    for picture in soup.find_all("picture"):  # what is left of it is the drawing for wide screens
        picture.unwrap()
    for folded in soup.find_all("details"):
        _open(folded)
    for numbers in soup.select(f".{markup.NUMBERS}"):
        _shorten(numbers)
    for element in soup.find_all(class_=_DROPDOWN):
        names = [name for name in element["class"] if not _DROPDOWN.match(name)]
        element["class"] = names  # type: ignore[assignment]
    for choice in soup.select(".sd-tab-set > input"):
        choice.decompose()
    for label in soup.select(".sd-tab-set > label"):
        label.name, label.attrs = "p", {"class": "tab-label"}
    for label in soup.find_all("label"):  # of a slider that is gone
        label.name = "p"
    for content in soup.select(".sd-tab-content"):
        content.attrs = {"class": "tab-content"}
    for tabs in soup.select(".sd-tab-set"):  # one under the other, each under its name
        tabs.attrs = {"class": "tabs"}
    for token in soup.select(_PLAIN_TOKENS):  # more than half of all elements of the book
        token.unwrap()
    for element in soup.find_all(tabindex=True):  # nothing scrolls
        del element["tabindex"]
    seen: set[str] = set()
    for element in soup.find_all(id=True):
        id = str(element["id"])
        if id in seen:  # sphinx-exercise names the inside of every exercise the same
            del element["id"]
        else:
            seen.add(id)
    for link in soup.find_all("a", href=_NOT_AN_ADDRESS):
        link["href"] = _NOT_AN_ADDRESS.sub(lambda sign: quote(sign.group()), str(link["href"]))
    for link in soup.find_all("a", href=_ELSEWHERE) if only_page else ():
        link.unwrap()
    return soup.decode(formatter="minimal")


def _open(folded: Tag) -> None:
    """Open what is folded; myst-nb's prompts to show code and to hide it then mean nothing."""
    summary = folded.find("summary", recursive=False)
    if summary is None or "hide" in folded.get_attribute_list("class"):
        if summary is not None:
            summary.decompose()
        folded.name = "div"
        folded.attrs.pop("open", None)
        return
    folded["open"] = ""
    del folded["name"]  # of several of one name only one may be open
    for paragraph in summary.find_all("p"):
        paragraph.unwrap()


def _shorten(numbers: Tag) -> None:
    """Leave out the numbers of a figure where they are more than paper can use."""
    rows = len(numbers.select("tbody > tr"))
    if rows > ROWS:
        numbers.clear()
        numbers.name, numbers.attrs = "p", {"class": markup.NUMBERS}
        numbers.append(f"The numbers in this figure, {rows:,} rows, are on its page of the book.")


def as_html(config: Config, builder: str) -> None:
    """Let a builder of our own choose among the renderings of an output as the HTML builder does."""
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        *((builder, mime, rank) for mime, rank in base_render_priority()["html"].items()),
    ]
