"""Modules import only from floors below their own; see "The plan of the house" in CONTRIBUTING.md."""

import ast
from functools import cache
from pathlib import Path

import plan

import helpers

PACKAGE = Path(helpers.__file__).parent
FLOOR = {room: number for number, floor in enumerate(plan.FLOORS) for room in floor.rooms}


@cache
def imports():
    """Pairs of subjects of the package: who imports, and what."""
    return frozenset(_imports())


def _imports():
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts == ("__init__",):
            continue
        for node in ast.walk(_tree(path)):
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


@cache
def _tree(path):
    return ast.parse(path.read_text())


def test_every_module_has_a_floor():
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert modules - {"__init__", "__pycache__"} == set(FLOOR)


def test_imports_go_downwards():
    wrong = {(room, other) for room, other in imports() if FLOOR[room] <= FLOOR[other]}
    assert not wrong, f"upward or sideways imports: {sorted(wrong)}"


def test_every_room_stands_on_one_floor():
    rooms = [room for floor in plan.FLOORS for room in floor.rooms]
    assert len(rooms) == len(set(rooms))


def test_the_plan_in_the_guide_is_that_of_the_floors():
    page = plan.PAGE.read_text(encoding="utf-8")
    assert page.count("<!-- plan -->\n| Floor | Room |") == 1
    assert page == plan.with_plan(page), "run `make plan`"


def test_four_ways_to_a_number_share_nothing():
    ways = {
        "search": {"reconstruct"},
        "verification": {"batch"},
        "analyses": {"survival", "prognosis", "growth", "estimates"},
        "proofs": {"proofs", "forced"},
    }
    way = {room: name for name, rooms in ways.items() for room in rooms}
    assert set(way) <= set(FLOOR)
    pairs = imports()
    assert ("ensemble", "reconstruct") in pairs
    crossing = {pair for pair in pairs if len({way[room] for room in pair if room in way}) > 1}
    assert not crossing, crossing


CHAPTER_BY_CHAPTER = {"EXERCISES"}
"""What `exercises.registry` reads from the module of every chapter."""


def public_names(path: Path) -> set[str]:
    """What a module defines at its top for others."""
    names = set()
    for node in _tree(path).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return {name for name in names if not name.startswith("_")} - CHAPTER_BY_CHAPTER


def test_no_two_public_names_of_a_floor_are_alike():
    seen = 0
    for number, floor in enumerate(plan.FLOORS):
        homes = {}
        for path in PACKAGE.rglob("*.py"):
            if path.relative_to(PACKAGE).with_suffix("").parts[0] in floor.rooms:
                for name in public_names(path):
                    homes.setdefault(name, []).append(path.relative_to(PACKAGE).as_posix())
        seen += len(homes)
        twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
        assert not twice, f"floor {number}: {twice}"
    assert seen > 300


SAME_SUBJECT = {"figures", "commands", "batch"}
"""Rooms that take up the subject of another: draw it, run it, or compute it again by other means."""


def test_a_file_has_the_name_of_another_only_where_it_has_its_subject():
    homes, seen = {}, 0
    for path in PACKAGE.rglob("[a-z]*.py"):
        homes.setdefault(path.stem, set()).add(path.relative_to(PACKAGE).parts[0])
    for name, rooms in homes.items():
        seen += len(rooms) > 1
        assert len(rooms - SAME_SUBJECT) <= 1, f"{name}.py: {sorted(rooms)}"
    assert seen > 3
