"""Mathematics as MathML, for e-readers, in which MathJax does not run. latex2mathml turns it."""

from __future__ import annotations

from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

RENDERER = "mathml"
_LOGGER = logging.getLogger(__name__)


def mathml(latex: str, *, display: bool) -> str:
    """A formula as MathML, with its LaTeX as alternative text.

    Raises
    ------
    ValueError
        When a command in it is not known, which would come out as its own name.
    """
    written = convert(latex, display="block" if display else "inline")
    if "\\" in written:
        raise ValueError(f"a command in {latex!r} has no MathML")
    return written.replace("<math ", f'<math alttext="{escape(" ".join(latex.split()))}" ', 1)


def _put(translator: HTML5Translator, node: nodes.Element, *, display: bool) -> None:
    try:
        translator.body.append(mathml(node.astext(), display=display))
    except Exception as problem:  # whatever latex2mathml raises for LaTeX that it cannot read
        _LOGGER.warning("a formula has no MathML: %s", problem, location=node)
    raise nodes.SkipNode


def _inline(translator: HTML5Translator, node: nodes.Element) -> None:
    _put(translator, node, display=False)


def _display(translator: HTML5Translator, node: nodes.Element) -> None:
    _put(translator, node, display=True)


def register(app: Sphinx) -> None:
    """Let a builder ask for this by name.

    Not an extension of the book: of two renderers the other builders would take the one that was
    added, not MathJax.
    """
    app.add_html_math_renderer(RENDERER, (_inline, None), (_display, None))
