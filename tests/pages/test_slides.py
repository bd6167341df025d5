"""Slides: the figures of the pages, a slide each, with the words that say whose data they show."""

from __future__ import annotations

import io
import shutil

import books
import pytest
import slides
from pypdf import PdfReader


def page(folder, name, body):
    path = folder / f"{name}.html"
    path.write_text(f"<html><body><article>{body}</article></body></html>")
    return path


@pytest.fixture
def chapter(tmp_path):
    (tmp_path / "one.svg").write_text(
        '<svg role="img" aria-label="A curve."><path d="M0 0"/></svg>'
    )
    return page(
        tmp_path,
        "01-one",
        '<h1>One<a class="headerlink">#</a></h1>'
        '<div class="cohort-banner"><strong>Synthetic.</strong> No patient.</div>'
        '<details class="book-goals"><summary>You will learn</summary><ul>'
        "<li><p>to draw <!-- ex-one --></p></li><li>to\nread</li></ul></details>"
        '<figure><img src="one.svg"><figcaption>Fig. 1 A &amp; B.</figcaption></figure>'
        "<figure><p>no drawing</p><figcaption>Fig. 2</figcaption></figure>",
    )


def test_a_chapter_gives_its_title_goals_and_figures(chapter):
    one = slides.chapter(chapter)
    assert (one.title, one.goals) == ("One", ["to draw", "to read"])
    assert [caption for _, caption in one.figures] == ["Fig. 1 A & B."]
    assert 'aria-label="A curve."' in one.figures[0][0]


def test_every_slide_says_whose_data_it_shows(chapter):
    html = slides.deck("Book", [slides.chapter(chapter)], "Book · Synthetic.")
    assert html.count("<section") == html.count('data-foot="Book · Synthetic."') == 3
    assert "Fig. 1 A &amp; B." in html


def test_a_page_without_a_title_is_told(tmp_path):
    with pytest.raises(slides.SlidesError, match="a page with a title was expected"):
        slides.chapter(page(tmp_path, "02-two", "<p>Nothing.</p>"))


def test_a_drawing_whose_file_is_gone_is_told(chapter):
    (chapter.parent / "one.svg").unlink()
    with pytest.raises(
        slides.SlidesError, match=r"01-one.html: one.svg is not there; run make book"
    ):
        slides.chapter(chapter)


def test_a_picture_of_pixels_comes_with_the_slide(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\xff")
    figure = '<figure><img src="a.png"><figcaption>Fig.</figcaption></figure>'
    (drawing, _), *_ = slides.chapter(page(tmp_path, "03-three", f"<h1>T</h1>{figure}")).figures
    assert 'src="data:image/png;base64,iVBOR/8="' in drawing


def test_without_a_chromium_or_a_book_one_sentence_says_so(tmp_path, monkeypatch, chapter, capsys):
    with pytest.raises(SystemExit):
        slides.main(tmp_path)
    assert "run make book" in capsys.readouterr().err
    monkeypatch.setenv("CHROMIUM", "nowhere")
    pages = tmp_path / "_build" / "html" / "notebooks"
    pages.mkdir(parents=True)
    shutil.copy(chapter, pages)
    shutil.copy(tmp_path / "one.svg", pages)
    with pytest.raises(SystemExit):
        slides.main(tmp_path)
    assert "CHROMIUM=nowhere: no such program" in capsys.readouterr().err
    assert not (tmp_path / "_build" / "slides").exists()


def test_slides_of_no_chapter_are_told():
    with pytest.raises(slides.SlidesError, match="run make book"):
        slides._cohort([])


def test_every_figure_of_the_book_has_a_slide(browser, shipped: books.Built):
    """Two chapters printed, all of them read."""
    pages = sorted((shipped.folder / "notebooks").glob("[0-9]*.html"))
    chapters = [slides.chapter(path) for path in pages]
    for path, one in zip(pages, chapters, strict=True):
        assert one.goals, f"{path.name} has no goals"
        assert one.figures, f"{path.name} has no figures"
        assert all("Exercise" not in goal for goal in one.goals)
    with_slider = next(k for k, path in enumerate(pages) if "explorer" in path.read_text())
    chosen = [chapters[0], chapters[with_slider]]
    pdf = PdfReader(
        io.BytesIO(slides.printed(slides.deck("Book", chosen, "Synthetic cohort."), browser))
    )
    assert len(pdf.pages) == 1 + sum(1 + len(one.figures) for one in chosen)
    for sheet in pdf.pages:
        assert sheet.mediabox.width > sheet.mediabox.height
        assert "Synthetic cohort." in sheet.extract_text()
