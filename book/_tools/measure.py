"""Weigh and time the pages of the built book in Chromium, and write `book/measured.json`.

`make measure` calls it; `tests/pages/test_site.py` measures with the same functions. Lighthouse measures
more, and needs a Node.js of its own.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import chromium
from machine import machine
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "book" / "measured.json"
_TEXT = {".html", ".css", ".js", ".svg", ".json", ".txt", ".csv", ".ipynb", ".py", ".map"}
_LARGEST = """(hanging) => new Promise((resolve, refuse) => {
  setTimeout(() => refuse("nothing is painted"), hanging);
  new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""


@dataclass(frozen=True)
class Page:
    """What a browser with nothing in its cache fetches for a page.

    Attributes
    ----------
    kilobytes : float
        Bytes over the wire, compressed, headers included, over 1000.
    requests : int
    largest_paint_seconds : float
        Until the largest picture or block of text of the first view is painted.
    """

    kilobytes: float
    requests: int
    largest_paint_seconds: float


class _Compressed(SimpleHTTPRequestHandler):
    """Sends text compressed, as a web host does, and says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        pass

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path))
        if not path.is_file() or path.suffix not in _TEXT:
            return super().send_head()
        content = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; gives the address, with a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Compressed, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def pages(folder: Path) -> list[str]:
    """Names of the pages of a built book, without their ending, chapters first."""
    return _names(folder, "html")


def sources(folder: Path) -> list[str]:
    """The same names, from the texts that the pages are made of."""
    return _names(folder, "md")


def _names(folder: Path, ending: str) -> list[str]:
    found = [*folder.glob(f"notebooks/*.{ending}"), *folder.glob(f"book/*.{ending}")]
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in found]
    return sorted(names, key=lambda name: (not name.startswith("notebooks/"), name))


def weigh(browser: Browser, address: str) -> Page:
    """Load a page once, with an empty cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(chromium.HANGING)
    try:
        page = context.new_page()
        done: list[Any] = []
        page.on("requestfinished", lambda request: done.append(request))
        page.goto(address, wait_until="networkidle")
        painted = page.evaluate(_LARGEST, chromium.HANGING)
        sizes = [r.sizes() for r in done if r.url.startswith("http")]
    finally:
        context.close()
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    return Page(total / 1000, len(sizes), painted / 1000)


def measure(folder: Path, seconds: dict[str, float]) -> dict[str, Any]:
    """All that goes into the file.

    Parameters
    ----------
    folder : Path
        The built book.
    seconds : dict of float
        How long each chapter took to execute, by the name of its file.
    """
    with chromium.launch() as browser, serve(folder) as address:
        found: dict[str, Any] = {}
        for name in pages(folder):
            # The first visit may wait for the disk; the better of two is the page's own.
            page = min(
                (weigh(browser, f"{address}{name}.html") for _ in range(2)),
                key=lambda page: page.largest_paint_seconds,
            )
            found[name] = {key: round(value, 3) for key, value in asdict(page).items()}
            if (took := seconds.get(Path(name).name)) is not None:
                found[name]["seconds_to_execute"] = took
        return {"machine": {**machine(), "Chromium": browser.version}, "pages": found}


def main() -> int:
    """Measure the built book."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        print("There is no built book to measure; run `make book` first.", file=sys.stderr)
        return 2
    times = ROOT / "_build" / ".jupyter_cache" / "seconds.json"
    if not times.exists():
        print(
            "How long the chapters took is not known; `make book FORCE=1` runs them.",
            file=sys.stderr,
        )
        return 2
    try:
        found = measure(folder, json.loads(times.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    new = TARGET.with_suffix(".new")
    new.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    new.replace(TARGET)
    print(f"Wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
