"""What a reader can take from a page: figures and tables as files; its notebook is written by `reader`.

`helpers` writes figures and tables with links that hold the file themselves, which works in any
notebook. In the book each becomes a file beside the page, which keeps the page light and gives the
file a name. Sphinx's `download` role takes files that exist before the build only.
"""

from __future__ import annotations

import base64
import re
import shutil
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from helpers import markup

_FOLDER = "_downloads"
_LINK = re.compile(
    r'<a (?P<before>[^>]*?)download="(?P<name>[^"]+)" href="data:[\w/+.-]+;base64,(?P<data>[^"]+)"'
)
_PICTURE = re.compile(r'src="data:image/svg\+xml;base64,(?P<data>[^"]+)"')
_ALL = re.compile(f'<p class="{markup.DOWNLOADS}">.*?</p>', re.DOTALL)


def _page(app: Sphinx, pagename: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    """Write what the page holds to files, and link to them."""
    if doctree is None or "body" not in context or app.builder.name != "html":
        return
    folder = Path(app.outdir, _FOLDER, pagename)
    shutil.rmtree(folder, ignore_errors=True)
    names: dict[str, int] = {}

    def as_file(match: re.Match[str]) -> str:
        name = _unique(unescape(match["name"]), names)
        address = _write(folder / name, base64.b64decode(match["data"]))
        return f'<a {match["before"]}download="{name}" href="{address}"'

    def as_picture(match: re.Match[str]) -> str:
        content = base64.b64decode(match["data"])
        name = f"{sha256(content).hexdigest()[:16]}.svg"
        return f'src="{_write(Path(app.outdir, app.builder.imagedir, name), content)}"'

    def _write(path: Path, content: bytes) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return context["pathto"](path.relative_to(app.outdir).as_posix(), 1)

    context["body"] = _PICTURE.sub(as_picture, _LINK.sub(as_file, context["body"]))


class NoDownloads(SphinxPostTransform):
    """On paper and in an e-reader there is nothing to download."""

    default_priority = 610  # after myst-nb has chosen renderings and fetched those of other pages

    def run(self, **_: Any) -> None:
        if self.app.builder.name == "html":
            return
        for raw in list(self.document.findall(nodes.raw)):
            html = _ALL.sub("", raw.astext())
            if html != raw.astext():
                raw.replace_self(nodes.raw("", html, format=raw["format"]))


def _unique(name: str, names: dict[str, int]) -> str:
    """The name, with a number where the page has that name already."""
    names[name] = names.get(name, 0) + 1
    stem, dot, suffix = name.rpartition(".")
    return name if names[name] == 1 else f"{stem}-{names[name]}{dot}{suffix}"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(NoDownloads)
    app.connect("html-page-context", _page, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
