"""Print the whole book as a PDF; `make pdf` calls it with the folder that has, or gets, `_build`.

Chromium prints what the builder `onepage` made, and prints it twice: the first time tells on which
page each entry of the table of contents begins, which CSS in Chromium cannot. WeasyPrint can, but
runs no MathJax. With `SOURCE_DATE_EPOCH` the same book gives the same bytes, from the same Chromium
and the same fonts.
"""

from __future__ import annotations

import io
import mimetypes
import re
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

import chromium
import pikepdf
import tags
import whole
from extensions import about
from playwright.sync_api import Error, Page, Route
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, PdfObject

_HOST = "http://book.invalid/"
_CELL = re.compile(rb"\(node\d{8}\)")
_NUMBER_CONTENTS = """pages => document.querySelectorAll(".page-of").forEach(place => {
  place.textContent = pages[place.dataset.id] ?? "";
})"""


class PrintError(Exception):
    """The page cannot be printed as it is."""


def printed(folder: Path) -> bytes:
    """The page of a folder as PDF, with page numbers in its table of contents.

    Raises
    ------
    FileNotFoundError
        When there is no Chromium on this machine.
    playwright.sync_api.Error
        When it ends, or does not answer.
    PrintError
        When the page asks for a file that is not in the folder, or shows mathematics badly.
    """
    with chromium.launch() as browser:
        page = browser.new_page()
        page.set_default_timeout(chromium.HANGING)
        problems: list[str] = []
        page.route("**/*", _from(folder, problems.append))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(_HOST + "index.html")
        if page.evaluate("() => 'MathJax' in window"):
            page.wait_for_function("window.MathJax.startup?.promise")
            page.evaluate("() => MathJax.startup.promise")
        page.evaluate("() => document.fonts.ready")
        if page.locator("mjx-merror").count():
            problems.append("MathJax could not set a formula")
        if problems:
            raise PrintError("; ".join(problems))
        page.evaluate(_NUMBER_CONTENTS, _pages(_pdf(page, whole=False)))
        return _pdf(page)


def _from(folder: Path, missing: Callable[[str], None]) -> Callable[[Route], None]:
    """Answer a page's requests from a folder, and those to anywhere else not at all."""

    def answer(route: Route) -> None:
        path = folder / unquote(urlsplit(route.request.url).path).lstrip("/")
        if route.request.url.startswith(_HOST) and path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            route.fulfill(body=path.read_bytes(), content_type=kind)
        elif path.name == "favicon.ico":
            route.abort()
        else:
            missing(f"{route.request.url} is not there")
            route.abort()

    return answer


def _pdf(page: Page, *, whole: bool = True) -> bytes:
    """The page, or its pages alone, which are sooner printed without outline and tags."""
    return page.pdf(prefer_css_page_size=True, print_background=True, outline=whole, tagged=whole)


def _pages(pdf: bytes) -> dict[str, int]:
    """The number of the page on which each address stands that something in the PDF links to."""
    reader = PdfReader(io.BytesIO(pdf))
    return {
        name.lstrip("/"): (reader.get_destination_page_number(place) or 0) + 1
        for name, place in reader.named_destinations.items()
    }


def titled(pdf: bytes, book: about.About) -> bytes:
    """The same pages, with what the book says of itself, and each picture once."""
    # Chromium names table cells by counters that begin anywhere; the order of names has to stay.
    rank = {name: b"(node%08d)" % n for n, name in enumerate(sorted(set(_CELL.findall(pdf))))}
    pdf = _CELL.sub(lambda found: rank[found.group()], pdf)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.pdf_header = "%PDF-1.7"
    date = f"D:{book.date:%Y%m%d%H%M%S}Z"
    writer.metadata = {
        "/Title": book.title,
        "/Author": book.author,
        "/Subject": book.subtitle,
        "/Keywords": ", ".join(book.subjects),
        "/CreationDate": date,
        "/ModDate": date,
    }
    pictures: dict[bytes, PdfObject] = {}
    for page in writer.pages:
        _share(page["/Resources"], pictures)  # type: ignore[arg-type]
    tags.flatten(writer)
    # Only what nothing points to any more; pypdf's search for doubles would mix up the tags.
    writer.compress_identical_objects(remove_duplicates=False)
    file = io.BytesIO()
    writer.write(file)
    return _packed(file)


def _packed(file: io.BytesIO) -> bytes:
    """The same document in half the bytes: its many small objects compressed together.

    A tagged book has tens of thousands of them. pypdf writes each by itself and uncompressed;
    pikepdf puts them into object streams (ISO 32000-1, 7.5.7).
    """
    packed = io.BytesIO()
    with pikepdf.open(file) as pdf:
        streams = pikepdf.ObjectStreamMode.generate
        pdf.save(packed, object_stream_mode=streams, deterministic_id=True)
    return packed.getvalue()


def _share(resources: DictionaryObject, pictures: dict[bytes, PdfObject]) -> None:
    """Let equal pictures, which Chromium writes for each hatched area, be one."""
    for kind in ("/XObject", "/Pattern"):
        drawn = resources.get(kind, DictionaryObject()).get_object()
        for name in drawn:
            thing = drawn[name]
            if thing.get("/Subtype") == "/Image":
                content = io.BytesIO()
                thing.write_to_stream(content)
                same = sha256(content.getvalue()).digest()
                drawn[name] = pictures.setdefault(same, drawn.raw_get(name))
            elif "/Resources" in thing:
                _share(thing["/Resources"], pictures)


def main(output: Path) -> None:
    """Build the page, print it, and say where the PDF is."""
    try:
        with chromium.launch():
            pass  # better known before the book is built
    except FileNotFoundError as error:
        whole.refuse(str(error))
    made = whole.build(output, "onepage")
    try:
        pdf = printed(made)
    except (Error, PrintError) as error:
        reason = str(error).partition("\n")[0]  # Playwright adds its log
        whole.refuse(f"The page cannot be printed: {reason}.")
    whole.place(titled(pdf, whole.titles()), made, "pdf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
