"""What a page need not load: icons that the book does not show, and MathJax where no formula is.

The theme loads a font with every icon of Font Awesome; a subset of it is a twentieth. What is not in
the subset the browser still takes from the whole font. Sphinx gives MathJax to a page whose *table of
contents* names a page with a formula, which is to say to the cover.

fonttools makes the subset; no extension of Sphinx does.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pydata_sphinx_theme  # type: ignore[import-untyped]
from docutils import nodes
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from sphinx.application import Sphinx

_FONTS = Path(pydata_sphinx_theme.__file__).parent.joinpath(
    "theme", "pydata_sphinx_theme", "static", "vendor", "fontawesome", "webfonts"
)
_SHEET = "icons.css"
_ICONS = {
    ("fa-solid-900", "Font Awesome 6 Free", 900): (
        "angle-down angle-left angle-right arrow-up arrow-up-right-from-square bars bell circle-check "
        "circle-exclamation circle-half-stroke circle-info circle-xmark code download expand eye "
        "eye-slash file file-code file-pdf lightbulb link list magnifying-glass moon pencil play print "
        "quote-left rocket share sun triangle-exclamation xmark"
    ),
    ("fa-brands-400", "Font Awesome 6 Brands", 400): "git github gitlab google",
}
"""Of each font, with its family and weight: the icons of the theme, its buttons and the book."""


def subset(name: str, icons: str) -> tuple[bytes, list[int]]:
    """A font with these icons alone, as WOFF, and their places in Unicode.

    Parameters
    ----------
    name : str
        The file of a font, without its ending.
    icons : str
        Their names, with spaces between.

    Raises
    ------
    KeyError
        When the font has no such icon.
    """
    font = TTFont(_FONTS / f"{name}.ttf", recalcTimestamp=False)
    places: dict[str, list[int]] = {}
    for place, icon in font.getBestCmap().items():
        places.setdefault(icon, []).append(place)
    wanted = sorted(place for icon in icons.split() for place in places[icon])
    subsetter = Subsetter(Options(layout_features=[], notdef_outline=True))
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    font.flavor = "woff"
    written = BytesIO()
    font.save(written)
    return written.getvalue(), wanted


def _write(app: Sphinx) -> None:
    """Write the fonts, and the sheet that has the browser look into them first."""
    if app.builder.name != "html":
        return
    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    rules = []
    for (name, family, weight), icons in _ICONS.items():
        font, places = subset(name, icons)
        (folder / f"{name}.woff").write_bytes(font)
        ranges = ", ".join(f"U+{place:X}" for place in places)
        rules.append(
            f'@font-face {{\n  font-family: "{family}";\n  font-weight: {weight};\n'
            f'  font-display: block;\n  src: url("{name}.woff") format("woff");\n'
            f"  unicode-range: {ranges};\n}}\n"
        )
    (folder / _SHEET).write_text("\n".join(rules), encoding="utf-8", newline="\n")


def _page(app: Sphinx, _: str, __: str, context: dict[str, Any], doctree: nodes.document) -> None:
    if app.builder.name != "html":
        return
    app.add_css_file(_SHEET, priority=300)
    if doctree is None or any(doctree.findall(_is_formula)):
        return
    scripts = context["script_files"]
    scripts[:] = [script for script in scripts if not _is_mathjax(script)]


def _is_formula(node: nodes.Node) -> bool:
    return isinstance(node, nodes.math | nodes.math_block)


def _is_mathjax(script: Any) -> bool:
    body = getattr(script, "attributes", {}).get("body") or ""
    name = str(getattr(script, "filename", script) or "")
    return "mathjax" in name or body.startswith("window.MathJax")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", _write)
    app.connect("html-page-context", _page, priority=900)  # after Sphinx has added MathJax
    return {"parallel_read_safe": True, "parallel_write_safe": True}
