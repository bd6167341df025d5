"""Slides: the figures of the pages, a slide each, with the words that say whose data they show."""

from __future__ import annotations

import io
import re
import shutil

import books
import pytest
import slides
from pypdf import PdfReader

ABOUT = slides.about.book()


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
        '<figure><img src="one.svg" alt="A curve."><figcaption><span class="caption-number">'
        'Fig. 1.1 </span><span class="caption-text">A &amp; B, synthetic. More words.</span></figcaption></figure>'
        "<figure><p>no drawing</p><figcaption>Fig. 2</figcaption></figure>",
    )


def test_a_chapter_gives_its_title_goals_and_figures(chapter):
    one = slides.chapter(chapter)
    assert (one.title, one.goals) == ("One", ["to draw", "to read"])
    (figure,) = one.figures
    assert (figure.caption, figure.alt) == ("Fig. 1.1 A & B, synthetic. More words.", "A curve.")
    assert 'aria-label="A curve."' in figure.drawing
    assert figure.title == "A & B"


def test_every_slide_says_whose_data_it_shows(chapter):
    made = slides.slides(ABOUT, "Synthetic. No patient.", [slides.chapter(chapter)])
    html = slides.deck("Book", made, "Book · Synthetic.")
    assert html.count("<section") == html.count('data-foot="Book · Synthetic."') == 3
    assert "<h3>A &amp; B</h3>" in html
    assert "Fig. 1.1 A &amp; B, synthetic." in html
    first = made[0].shown
    for words in (ABOUT.subtitle, f"version {ABOUT.version}", ABOUT.day, "Synthetic. No patient."):
        assert words in first
    assert slides.notes(made).endswith("## 3. A & B\n\nA curve.")


def test_a_long_first_sentence_gives_way_to_the_heading_of_its_section(tmp_path):
    long = f"{'How often it comes up ' * 5}when labels are dealt out anew."
    body = (
        f'<h1>T</h1><section><h2>By hand</h2><figure><svg role="img"></svg><figcaption>{long}'
        "</figcaption></figure></section>"
    )
    (figure,) = slides.chapter(page(tmp_path, "04-four", body)).figures
    assert figure.title == "By hand"
    assert figure.caption == long


def test_a_table_of_patients_at_risk_has_a_slide_of_its_own_under_its_axis(browser):
    axis = '<g id="matplotlib.axis_1"><g id="xtick_1"><g id="line2d_1"></g><g id="text_1">12</g></g></g>'
    drawing = (
        '<svg viewBox="0 0 90 90"><g id="figure_1"><g id="patch_1"></g>'
        f'<g id="axes_1"><g id="patch_2"></g>{axis}</g>'
        '<g id="axes_2"><g id="text_8"><text y="70">19</text></g><g id="text_9"></g></g></g></svg>'
    )
    curve, table = slides.parts(drawing)
    assert "axes_2" not in curve
    assert "line2d_1" in curve
    assert "12" in table
    assert "19" in table
    assert "line2d_1" not in table
    assert "patch_1" not in curve + table
    assert slides.parts('<svg><g id="axes_1"><g id="patch_2"></g></g></svg>') is None
    made = slides.slides(
        ABOUT, "", [slides.Chapter("One", [], [slides.Figure("Curve", drawing, "Fig.", "Words.")])]
    )
    assert [slide.title for slide in made[2:]] == ["Curve", "Curve: patients at risk"]
    opened = browser.new_page()
    opened.set_content(slides.deck("Book", made, ""))
    opened.evaluate(slides._CUT)
    box = opened.evaluate("document.querySelectorAll('svg.part')[1].getAttribute('viewBox')")
    opened.close()
    assert float(box.split()[3]) < 30, "the table does not fill its slide"


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
    (found,) = slides.chapter(page(tmp_path, "03-three", f"<h1>T</h1>{figure}")).figures
    assert 'src="data:image/png;base64,iVBOR/8="' in found.drawing


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


@pytest.mark.full
def test_every_figure_of_the_book_has_a_slide(browser, shipped: books.Built):
    """Two chapters printed, all of them read."""
    pages = sorted((shipped.folder / "notebooks").glob("[0-9]*.html"))
    chapters = [slides.chapter(path) for path in pages]
    for path, one in zip(pages, chapters, strict=True):
        assert one.goals, f"{path.name} has no goals"
        drawn = re.search(r"<figure\b", path.read_text("utf-8"))
        assert bool(one.figures) == bool(drawn), f"{path.name}: not the figures of the page"
        assert all("Exercise" not in goal for goal in one.goals)
        for figure in one.figures:
            assert len(figure.title) <= slides._LONGEST, figure.title
            assert figure.alt, figure.caption
            for word in ("slider", "press", "click", "hover"):
                assert word not in figure.caption.lower(), figure.caption
    with_slider = next(k for k, path in enumerate(pages) if 'class="explorer"' in path.read_text())
    made = slides.slides(ABOUT, "Cohort.", [chapters[0], chapters[with_slider]])
    figures = len(chapters[0].figures) + len(chapters[with_slider].figures)
    at_risk = sum("at risk" in slide.title for slide in made)
    assert at_risk
    pdf = PdfReader(
        io.BytesIO(slides.printed(slides.deck("Book", made, "Synthetic cohort."), browser))
    )
    assert len(pdf.pages) == len(made) == 3 + figures + at_risk
    for sheet in pdf.pages:
        assert sheet.mediabox.width > sheet.mediabox.height
        assert "Synthetic cohort." in sheet.extract_text()
