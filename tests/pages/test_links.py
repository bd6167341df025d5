"""`make links` finds a link that is broken, and asks doi.org in place of publishers."""

from __future__ import annotations

from pathlib import Path

import pytest
import site_under_test
from books import Book
from report.links import asked


@pytest.mark.parametrize(
    ("uri", "other"),
    [
        ("https://doi.org/10.1002/sim.2864", "https://doi.org/api/handles/10.1002/sim.2864"),
        ("https://doi.org/api/handles/10.1002/sim.2864", None),
        ("https://example.org/10.1002/sim.2864", None),
    ],
)
def test_a_doi_is_asked_at_doi_org(uri: str, other: str | None):
    assert asked(uri) == other


def test_a_broken_link_is_found_and_one_that_works_is_not(tiny_book: Book, tmp_path: Path):
    """The test's own server stands for doi.org too: it knows one DOI, and no publisher."""
    (tmp_path / "here.html").write_text("<title>Here</title>")
    (tmp_path / "api/handles/10.1").mkdir(parents=True)
    (tmp_path / "api/handles/10.1/known").write_text("{}")
    with site_under_test.serve(tmp_path) as address:
        names = ("here.html", "gone.html", "10.1/known", "10.1/unknown")
        links = " and ".join(f"[{name}]({address}{name})" for name in names)
        tiny_book.edit("book/words.md", "Text.", links)
        tiny_book.edit("book/_extensions/report/links.py", '"https://doi.org/"', f'"{address}"')
        tiny_book.edit("book/_extensions/report/links.py", "uri.startswith(_DOI)", '"10.1/" in uri')
        built = tiny_book.build("--builder", "custom", "--custom-builder", "linkcheck")
    assert built.code != 0
    told = (tiny_book.root / "_build/linkcheck/output.txt").read_text()
    assert told.count("[broken]") == 2, told
    assert "/gone.html" in told
    assert "/api/handles/10.1/unknown" in told
    assert "here.html" not in told
    assert "10.1/known" not in told
