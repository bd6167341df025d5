"""Where the site is published, and what a site has besides its pages: `sitemap.xml`, `robots.txt`, `404.html`.

The address comes from `SITE_ADDRESS`, or from GitLab's variable for Pages. Without one nothing is
written that would name a wrong place. The page at the top of the site is the cover itself.

sphinx-sitemap lists the pages that a build wrote, so a page that was not written again is missing
from it. sphinx-notfound-page writes `404.html` alone; what moves the cover to the top does for it too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

NOT_FOUND = "404"
_SOMEWHERE = "https://somewhere/"
_ATTRIBUTE = re.compile(
    r'(?<=[\s"])(?P<name>href|src|srcset|action|data-content_root)="(?P<to>[^"]*)"'
)


def find() -> str:
    """The address of the site, with a slash at its end; empty where it is not known.

    Raises
    ------
    ValueError
        When `SITE_ADDRESS` is no web address.
    """
    given = os.environ.get("SITE_ADDRESS", "").strip()
    address = given or os.environ.get("CI_PAGES_URL", "").strip()
    if not address:
        return ""
    if not re.fullmatch(r"https?://[\w.-]+(:\d+)?(/[\w.~/-]*)?", address):
        raise ValueError(
            f"SITE_ADDRESS={address}: expected where the pages are published, such as "
            "https://owner.github.io/name/"
        )
    return f"{address.rstrip('/')}/"


def moved(page: str, folder: str, to: str = "") -> str:
    """A page that stands elsewhere, with all its links inside the site leading where they led.

    Parameters
    ----------
    page : str
        HTML.
    folder : str
        Where it stood, such as `book/`.
    to : str
        What an address at the top of the site begins with.
    """

    def there(old: str) -> str:
        if not old or old.startswith(("#", "//")) or urlsplit(old).scheme:
            return old
        return to + urljoin(f"{_SOMEWHERE}{folder}", old).removeprefix(_SOMEWHERE)

    def led(match: re.Match[str]) -> str:
        name, old = match["name"], match["to"]
        if name == "data-content_root":
            new = to or "./"
        elif name == "srcset":
            new = ", ".join(there(each) for each in old.split(", "))
        else:
            new = there(old)
        return f'{name}="{new}"'

    return _ATTRIBUTE.sub(led, page)


def _look_up(app: Sphinx, config: Config) -> None:
    try:
        config.html_baseurl = find()
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _canonical(
    app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: object
) -> None:
    """The cover is found at the top of the site; what is no page of the book has no address to cite."""
    if not app.config.html_baseurl:
        return
    if pagename == app.config.root_doc:
        context["pageurl"] = app.config.html_baseurl
    elif doctree is None:
        context["pageurl"] = None


def _not_found(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    if app.builder.name != "html":  # an EPUB has no addresses that lead nowhere
        return []
    return [(NOT_FOUND, {"title": "Page not found"}, "not-found.html")]


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    cover = out / f"{app.config.root_doc}.html"
    folder = app.config.root_doc.rpartition("/")[0]
    top = moved(cover.read_text(encoding="utf-8"), f"{folder}/" if folder else "")
    (out / "index.html").write_text(top, encoding="utf-8")
    missing = out / f"{NOT_FOUND}.html"
    prefix = urlsplit(base).path or "/"
    page = missing.read_text(encoding="utf-8")
    if f'data-content_root="{prefix}"' not in page:
        missing.write_text(moved(page, "", prefix), encoding="utf-8")
    forget_gone(out, app.env.found_docs)
    _list(app, out, base)


def forget_gone(out: Path, names: Collection[str]) -> None:
    """Remove pages beside those of the book that no file of it makes any more; Sphinx leaves them.

    Parameters
    ----------
    out : Path
        Where the pages are.
    names : collection of str
        The pages of the book, such as `notebooks/05-overall-survival`.
    """
    for folder in {Path(name).parent for name in names}:
        for page in (out / folder).glob("*.html"):
            if page.relative_to(out).with_suffix("").as_posix() not in names:
                page.unlink()


def _list(app: Sphinx, out: Path, base: str) -> None:
    """Tell search engines of all pages."""
    sitemap, robots = out / "sitemap.xml", out / "robots.txt"
    if not base:
        sitemap.unlink(missing_ok=True)
        robots.unlink(missing_ok=True)
        return
    names = sorted(app.env.found_docs - {app.config.root_doc})
    pages = ["", *(app.builder.get_target_uri(name) for name in names)]
    lines = "".join(f"<url><loc>{escape(urljoin(base, page))}</loc></url>\n" for page in pages)
    sitemap.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n',
        encoding="utf-8",
    )
    robots.write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", _look_up, priority=140)
    app.connect("html-page-context", _canonical, priority=900)  # after the theme has looked at it
    app.connect("html-collect-pages", _not_found)
    app.connect("build-finished", _finish, priority=800)  # after pages have their feet
    return {"parallel_read_safe": True, "parallel_write_safe": True}
