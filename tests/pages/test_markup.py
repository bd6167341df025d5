"""What the package puts on a page, and what extensions, styles and scripts look for, has the same names."""

from __future__ import annotations

import re

import books
import pytest

from helpers import markup

STATIC = books.ROOT / "book" / "_static"
FILES = [*sorted(STATIC.glob("*.css")), *sorted(STATIC.glob("*.js"))]
FILES += sorted((books.ROOT / "src" / "helpers" / "figures").glob("*.js"))
assert len(FILES) >= 10
# What others call theirs: the theme, docutils and Sphinx, myst-nb, sphinx-design, -exercise and
# -togglebutton, Jupyter, Thebe and CodeMirror.
_OTHERS = re.compile(
    r"(bd|pst|sd|jp|thebe|cm|cell|admonition|toggle|theme|skip|right|prev|header|container)-.*"
    r"|admonition|caption(-text|-number)?|cell(_input|_output)?|citation|copybtn|CodeMirror.*|dataframe"
    r"|details|exercise|fa-lg|headerlink|hide|highlight|internal|jupyter.*|k[a-z]?|[a-z][0-9a-z]?|label"
    r"|literal|math.*|note|output|page|pre|section|solution|stderr|svg|table|text_html|toctree.*"
    r"|search.*|pydata.*|tag_.*|field-.*|footnote.*|docutils|align-.*|genindex.*|navbar.*|brackets|dropdown-item"
    r"|version-switcher.*"
)
# What the book's own extensions, templates and scripts write.
_OF_THE_BOOK = re.compile(
    r"(live|preview|reading|book|title-page|page|moving|cite)(-.*)?|btn-code-switch"
    r"|chapter|checklist|dictionary|measurements|notice|onepage|part|printed|provenance|tab-(label|content)"
    r"|tabs|ways-in|whole-book"
)


def selected(text: str, ending: str) -> set[str]:
    """The classes that a style sheet selects, or a script looks for."""
    if ending == ".css":
        text = re.sub(r"/\*.*?\*/|\"[^\"]*\"|url\([^)]*\)|\{[^{}]*\}", " ", text, flags=re.DOTALL)
        return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", text))
    calls = re.findall(r"(?:querySelector(?:All)?|closest|matches)\(\s*[\"'`]([^\"'`]*)", text)
    return {name for call in calls for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", call)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_class_that_is_selected_is_one_that_somebody_writes(path):
    unknown = {
        name
        for name in selected(path.read_text(encoding="utf-8"), path.suffix)
        if name not in markup.WRITTEN
        and not _OTHERS.fullmatch(name)
        and not _OF_THE_BOOK.fullmatch(name)
    }
    assert not unknown, "no class of the package: helpers.markup has those"


def test_a_class_that_has_another_name_is_noticed():
    assert selected(".report-tabel { x: y } a.downloads:hover > .b { }", ".css") == {
        "report-tabel",
        "downloads",
        "b",
    }
    assert selected("x.querySelectorAll('.flip-bok input')", ".js") == {"flip-bok"}
    for name in ("report-tabel", "flip-bok", "cohort-baner", "figure-number"):
        assert name not in markup.WRITTEN
        assert not _OTHERS.fullmatch(name)
        assert not _OF_THE_BOOK.fullmatch(name)


@pytest.mark.parametrize("name", sorted(markup.WRITTEN - {markup.RIGHT, markup.NUMBER}))
def test_a_name_is_typed_in_python_once(name: str):
    typed = [
        path.relative_to(books.ROOT).as_posix()
        for folder in ("src/helpers", "book/_extensions/report")
        for path in sorted((books.ROOT / folder).rglob("*.py"))
        if re.search(rf"class=\\?[\"'][^\"'{{}}]*\b{name}\b", path.read_text(encoding="utf-8"))
    ]
    assert not typed, "helpers.markup has it"


def test_the_templates_name_the_banner_as_the_package_does():
    templates = sorted((books.ROOT / "book" / "_extensions" / "report").glob("*.jinja"))
    assert len(templates) == 2
    for path in templates:
        assert f'class="{markup.BANNER}"' in path.read_text(encoding="utf-8"), path.name
