"""Modules import only from floors below their own; see "Where things are" in CONTRIBUTING.md."""

import ast
from pathlib import Path

import helpers

PACKAGE = Path(helpers.__file__).parent
FLOORS = [
    {"imports", "published"},
    {"compiled", "package"},
    {"contract", "tables"},
    {"cohort", "side_by_side"},
    {"survival", "prognosis", "growth", "reconstruct", "estimates", "forced", "proofs", "batch"},
    {"ensemble", "scorecard", "figures", "notice"},
    {"calibration", "exercises", "page", "__main__"},
]
FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}
# `estimates` gathers what the analyses of its own floor compute.
SAME_FLOOR = {("estimates", "growth")}


def imports():
    """Pairs of subjects of the package: who imports, and what."""
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts == ("__init__",):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.ImportFrom) and node.level:
                base = list(parts[: len(parts) - node.level])
                base += node.module.split(".") if node.module else []
                names = [(*base, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers"):
                base = (node.module or "").split(".")[1:]
                names = [(*base, alias.name) for alias in node.names]
            for name in names:
                if name[0] in FLOOR and name[0] != parts[0]:
                    yield parts[0], name[0]


def test_every_module_has_a_floor():
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules - {"__init__", "__pycache__"} == set(FLOOR)


def test_imports_go_downwards():
    wrong = {
        (one, other)
        for one, other in imports()
        if FLOOR[one] <= FLOOR[other] and (one, other) not in SAME_FLOOR
    }
    assert not wrong, f"upward or sideways imports: {sorted(wrong)}"


def test_the_search_and_the_analyses_share_nothing():
    analyses = {"survival", "prognosis", "growth", "estimates", "batch"}
    crossing = {pair for pair in imports() if "reconstruct" in pair and analyses & set(pair)}
    assert not crossing, crossing
