"""Outputs as they can be seen where nothing was run.

A Jupyter that did not run a notebook itself, and GitHub, take scripts, styles, drawings and files out of its
outputs, and leave their words. So what moves is the picture that it begins with, and files to be taken away,
which are half of what a notebook weighs, are left out; both are there when the cell is run.
"""

from __future__ import annotations

import base64
import re

from helpers import markup

_MOVES = (f'<div class="{markup.EXPLORER}">', f'<div class="{markup.FLIP_BOOK}">')
_FILES = re.compile(f'<p class="{markup.DOWNLOADS}">.*?</p>', re.DOTALL)
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_LABEL = re.compile(r'aria-label="([^"]*)"')
_FRAME = re.compile(r'class="(frame-\d+)"')
_PRESSED = re.compile(
    r"<script\b.*?</script>|<style>.*?</style>|<fieldset\b.*?</fieldset>|<input [^>]*>", re.DOTALL
)


def still(html: str) -> str:
    """An output that nothing moves, and that holds no files.

    Parameters
    ----------
    html : str
    """
    html = _FILES.sub("", html)
    if not html.startswith(_MOVES):
        return html
    drawing = _DRAWING.search(html)
    if drawing is None:
        return html
    before, after = html[: drawing.start()], html[drawing.end() :]
    note = "<p><em>Run this cell to move it.</em></p>"
    return _PRESSED.sub("", before) + _picture(drawing[0]) + note + _PRESSED.sub("", after)


def _picture(drawing: str) -> str:
    """A drawing as a picture, of its first frame where it has several."""
    _, *others = dict.fromkeys(_FRAME.findall(drawing)) or [""]
    label = _LABEL.search(drawing)
    if others:
        hidden = ", ".join(f".{name}" for name in others)
        at = drawing.index(">") + 1
        drawing = f"{drawing[:at]}<style>{hidden} {{ display: none }}</style>{drawing[at:]}"
    if "xmlns=" not in drawing[: drawing.index(">")]:
        drawing = drawing.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    data = base64.b64encode(drawing.encode()).decode()
    return (
        f'<img class="{markup.FIGURE}" alt="{label[1] if label else ""}" '
        f'style="max-width: 100%; background: white" src="data:image/svg+xml;base64,{data}">'
    )
