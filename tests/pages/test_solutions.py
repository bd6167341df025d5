"""On paper solutions stand at the end of the book, and exercise and solution lead to each other."""

from __future__ import annotations

from bs4 import BeautifulSoup
from report import solutions

PAGE = (
    '<div class="exercise admonition" id="a--ex-one"><p>Why?</p></div>'
    '<div class="solution admonition" id="a--sol-one"><p class="admonition-title">Solution to'
    " Exercise 1.1</p><p>Because &lt; 1.</p></div><p>after</p>"
)


def test_a_solution_leaves_its_page_and_each_leads_to_the_other():
    page, taken = solutions.apart(PAGE, {"a--sol-one": "a--ex-one"})
    assert "Because" not in page
    left = BeautifulSoup(page, "html.parser")
    link = left.select_one(".exercise + .book-solution a")
    assert link is not None
    assert link["href"] == "#a--sol-one"
    assert left.select_one('.page-of[data-id="a--sol-one"]') is not None
    there = BeautifulSoup(taken, "html.parser")
    title = there.select_one(".admonition-title a")
    assert title is not None
    assert title["href"] == "#a--ex-one"
    assert title.get_text() == "Solution to Exercise 1.1"
    assert there.select_one('.page-of[data-id="a--ex-one"]') is not None
    assert "Because &lt; 1." in taken


def test_a_page_without_solutions_stays_as_it_is():
    assert solutions.apart("<p>A &amp; B</p>", {}) == ("<p>A &amp; B</p>", "")


def test_solutions_stand_under_the_titles_of_their_chapters():
    html = solutions.together([("1. One", "s1", "<p>a</p>"), ("2. Two", "s2", "<p>b</p>")])
    soup = BeautifulSoup(html, "html.parser")
    assert [h.get_text() for h in soup.find_all(["h1", "h2"])] == [
        solutions.TITLE,
        "1. One",
        "2. Two",
    ]
    assert [h["id"] for h in soup.find_all("h2")] == ["s1", "s2"]
