"""Drawings that stand in a page, as files of their own, where nothing moves them.

SVG is XML and tells upper case from lower, which no parser of HTML keeps: an e-reader that finds
`viewbox` cuts the figure. So drawings leave the page before it is parsed, and are read as XML.
html5lib mends the names of SVG's own elements, but not those of its metadata.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from hashlib import sha256
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

_SVG = "http://www.w3.org/2000/svg"
_DRAWING = re.compile(r"<svg\b[^>]*>.*?</svg>", re.DOTALL)
_INSIDE = re.compile(r'src="data:image/svg\+xml;base64,(?P<data>[^"]+)"')
_FRAME = re.compile(r"\bframe-(?P<number>\d+)\b")


def still(svg: str) -> str:
    """A drawing as a file: without metadata, and of several frames the first.

    A line of no points, which matplotlib writes as a path of nothing, is drawn from one to itself.
    """
    ET.register_namespace("", _SVG)  # for all of the program, and others have a first of their own
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            frame = _FRAME.search(child.get("class", ""))
            if child.tag == f"{{{_SVG}}}metadata" or (frame and frame["number"] != "0"):
                parent.remove(child)
    for path in root.iter(f"{{{_SVG}}}path"):
        path.set("d", path.get("d") or "M0 0")
    return ET.tostring(root, encoding="unicode")


def apart(html: str, put: Callable[[str, str], str]) -> str:
    """A page whose drawings are files.

    Parameters
    ----------
    html : str
    put : callable
        Takes the name and the text of a drawing, and gives the address of its file.

    Returns
    -------
    str
        Icons, which have no words, are gone.
    """

    def address(svg: str) -> str:
        text = still(svg)
        return put(f"{sha256(text.encode()).hexdigest()[:16]}.svg", text)

    def drawing(found: re.Match[str]) -> str:
        alt = ET.fromstring(found[0]).get("aria-label")
        return f'<img alt="{escape(alt)}" src="{address(found[0])}"/>' if alt else ""

    html = _DRAWING.sub(drawing, html)
    return _INSIDE.sub(
        lambda found: f'src="{address(base64.b64decode(found["data"]).decode())}"', html
    )


def into(folder: Path, before: str) -> Callable[[str, str], str]:
    """Put drawings into a folder, which pages call `before`."""

    def put(name: str, text: str) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return f"{before}{name}"

    return put
