"""The solutions of a book on paper: at its end, so that nobody reads them with the exercise.

sphinx-exercise can hide all solutions of a book, but moves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bs4 import BeautifulSoup, Tag
from docutils import nodes

TITLE = "Solutions to the exercises"


def exercises(tree: nodes.document) -> dict[str, str]:
    """Of each solution on a page, by its address, the label of its exercise."""
    return {
        node["ids"][0]: node["target_label"]
        for node in tree.findall(nodes.Element)
        if type(node).__name__ == "solution_node"
    }


def apart(html: str, of: Mapping[str, str]) -> tuple[str, str]:
    """A page without its solutions, and these; each leads to the other, with the number of its page.

    Parameters
    ----------
    html : str
    of : mapping of str to str
        Of each solution the address of its exercise, by its own.
    """
    soup = BeautifulSoup(html, "html.parser")
    taken: list[str] = []
    for solution in soup.select("div.solution[id]"):
        id = str(solution["id"])
        title = solution.select_one(".admonition-title")
        if id in of and title is not None:
            link = soup.new_tag("a", href=f"#{of[id]}")
            for child in list(title.children):
                link.append(child)
            title.extend([link, ", page\N{NO-BREAK SPACE}", _page(soup, of[id])])
        there = soup.new_tag("p", attrs={"class": "book-solution"})
        link = soup.new_tag("a", href=f"#{id}")
        link.string = "Solution"
        there.extend([link, ", page\N{NO-BREAK SPACE}", _page(soup, id)])
        solution.replace_with(there)
        taken.append(solution.decode(formatter="minimal"))
    return soup.decode(formatter="minimal"), "".join(taken)


def _page(soup: BeautifulSoup, id: str) -> Tag:
    """Where the number of a page will stand."""
    return soup.new_tag("span", attrs={"class": "page-of", "data-id": id})


def together(chapters: Iterable[tuple[str, str, str]]) -> str:
    """All of them as one page, under the title of each chapter.

    Parameters
    ----------
    chapters : iterable of tuples of str
        Title, address and solutions of each chapter that has some.
    """
    page = BeautifulSoup("", "html.parser")
    heading = page.new_tag("h1")
    heading.string = TITLE
    page.append(heading)
    for title, id, html in chapters:
        heading = page.new_tag("h2", id=id)
        heading.string = title
        page.extend([heading, BeautifulSoup(html, "html.parser")])
    return page.decode(formatter="minimal")
