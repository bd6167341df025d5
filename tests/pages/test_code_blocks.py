"""Code on the pages: no line is cut, what stands folded is no step of an analysis, pages stay light."""

from __future__ import annotations

import ast
import re

import books
import pytest
import without_sphinx
from report import gates, pairing

COLUMNS = 76
"""What the column of text shows at 1440 pixels."""
NODES = 8000
"""Of a page, as a browser counts them."""
CHAPTERS = sorted((books.ROOT / "notebooks").glob("[0-9]*.md"))
_LIBRARIES = re.compile(
    r"(lifelines|scipy|statsmodels|lmfit|firthmodels)\.(?!exceptions)"
    r"|helpers\.(survival|prognosis|growth|batch|forced|calibration\.(ranks|reporting))$"
)
_SUMMARIES = frozenset(
    [
        "agg",
        "corr",
        "crosstab",
        "describe",
        "fit",
        "idxmax",
        "idxmin",
        "interp",
        "isf",
        "max",
        "mean",
        "median",
        "min",
        "nanmax",
        "nanmean",
        "nanmedian",
        "nanmin",
        "nanquantile",
        "nanstd",
        "pivot_table",
        "predict",
        "qcut",
        "quantile",
        "rank",
        "sf",
        "std",
        "var",
    ]
)
"""Methods that compute what a reader is told; counting, and sorting into groups, are not among them."""


def too_long(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(line) > COLUMNS]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_line_of_a_cell_is_longer_than_the_column(path):
    cells = without_sphinx.visible(path.with_suffix(".ipynb"))
    assert cells
    found = [line for cell in cells for line in too_long(cell.source)]
    assert not found, "\n".join(found)


def test_no_line_of_an_output_is_longer_than_the_column(shipped: books.Built):
    found, seen = [], 0
    for path in CHAPTERS:
        page = shipped.soup(f"notebooks/{path.stem}")
        for printed in page.select("article .cell_output pre"):
            seen += 1
            if not printed.find_parent(class_="tag_in-r"):  # R's own code, as it was run
                found += [(path.stem, line) for line in too_long(printed.text)]
    assert seen > 50
    assert not found, found


def test_every_page_is_light(shipped: books.Built):
    """The browser adds a tenth and a half: buttons to copy, headings of the contents."""
    pages = sorted(shipped.folder.rglob("*.html"))
    assert len(pages) >= 30
    found = {path.name: len(re.findall(r"<[a-zA-Z]", path.read_text("utf-8"))) for path in pages}
    assert not {name: nodes for name, nodes in found.items() if nodes > NODES / 1.15}


def trees(cells) -> list[ast.Module]:
    return [ast.parse(re.sub(r"^%", "#", cell.source, flags=re.MULTILINE)) for cell in cells]


class WithoutClaims(ast.NodeTransformer):
    """Leaves out the calls of `page.claim`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "page.claim"
        return ast.copy_location(ast.Pass(), node) if call else node


def imported(cells) -> set[str]:
    """The names that cells import from libraries of statistics."""
    return {
        name.asname or name.name
        for tree in trees(cells)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if _LIBRARIES.match(f"{node.module}.{name.name}")
    }


def steps(cells, known: set[str]) -> set[str]:
    """What cells compute: calls of libraries of statistics, summaries and powers.

    What holds a sentence to its numbers is no step of the analysis.
    """
    nodes = [node for tree in trees(cells) for node in ast.walk(WithoutClaims().visit(tree))]
    called = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    powers = {"**" for node in nodes if isinstance(node, ast.Pow)}
    return powers | {
        name
        for name in called
        if re.split(r"\W", name)[0] in known
        or ("." in name and name.rpartition(".")[2] in _SUMMARIES)
    }


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_step_of_an_analysis_is_in_a_fold(path):
    """A reader sees each step in the library's own words; what is folded shows or draws."""
    text = gates.SOLUTION.sub("", path.read_text(encoding="utf-8"))
    cells = [
        cell
        for cell in pairing.from_text(text).cells
        if cell.cell_type == "code" and "remove-cell" not in cell.metadata.get("tags", [])
    ]
    folded = [cell for cell in cells if "hide-input" in cell.metadata.get("tags", [])]
    assert folded
    assert len(folded) < len(cells)
    assert not steps(folded, imported(cells))


@pytest.mark.parametrize(
    "source",
    [
        "tables.show(pd.DataFrame({'p': tests.min().to_numpy()}))",
        "page.show(figures.curves(KaplanMeierFitter().fit(months, died)))",
        "rates = survival.survival_at(months, died, 36)",
        "limit = 0.025 ** (1 / n)",
        "z.quantile([0.025, 0.975])",
    ],
)
def test_a_step_in_a_fold_is_seen(source: str):
    cell = pairing.from_text(f"```{{code-cell}} ipython3\n{source}\n```\n").cells[0]
    assert steps([cell], {"KaplanMeierFitter", "survival"})
