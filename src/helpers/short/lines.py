"""Reading the short form: every line with its place, so that a refusal can name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, get_args

import yaml

from ..published.estimands import Scale
from .names import PER_MONTH, nearest
from .texts import TextError

T = TypeVar("T")

SYMMETRIC = "symmetric"
_INTERVALS: tuple[str, ...] = (*get_args(Scale), SYMMETRIC)

_ABOUT = (
    "name",
    "title",
    "authors",
    "journal",
    "year",
    "doi",
    "rows",
    "lesions",
    "time",
    "intervals",
    "rounding",
    "nested",
)
_ROUNDINGS = ("half up", "cut off")
_YES_OR_NO = ("yes", "no")
_SECTIONS = ("counts", "summaries", "rates", "medians", "means", "ratios", "tests")
_KEYS = (*_ABOUT, "groups", *_SECTIONS)


class ShortError(ValueError):
    """A short form that cannot be read; the message names file, line and key."""


@dataclass(frozen=True)
class Line:
    """One printed number: its key and its text as they stand in a file.

    Attributes
    ----------
    where : str
        File, line and section, for a refusal.
    key, text : str
    """

    where: str
    key: str
    text: str

    def read(self, how: Callable[[str], T]) -> T:
        """The text as a function of `texts` understands it.

        Raises
        ------
        ShortError
        """
        try:
            return how(self.text)
        except TextError as error:
            raise self.refused(error) from None

    def refused(self, why: object) -> ShortError:
        """What to raise where this line cannot be understood."""
        return ShortError(f"{self.where}: {self.key!r}: {why}")


@dataclass(frozen=True)
class Short:
    """A file in the short form.

    Attributes
    ----------
    about : dict of str to Line
        `name` and `rows`, and what else is said of the study.
    groups : dict of str to list of Lines
        The levels of each category.
    counts, summaries, rates, medians, means, ratios, tests : list of Lines
    unit : str
        Of all times.
    intervals : str
        The scale of confidence intervals of curves; none where each says so itself.
    cut_off : bool
        Whether what follows the last decimal is cut off instead of rounded.
    nested : bool
        Whether what happens in one endpoint also does in those that it is a part of.
    """

    about: dict[str, Line]
    groups: dict[str, list[Line]] = field(default_factory=dict)
    counts: list[Line] = field(default_factory=list)
    summaries: list[Line] = field(default_factory=list)
    rates: list[Line] = field(default_factory=list)
    medians: list[Line] = field(default_factory=list)
    means: list[Line] = field(default_factory=list)
    ratios: list[Line] = field(default_factory=list)
    tests: list[Line] = field(default_factory=list)
    unit: str = "months"
    intervals: str | None = None
    cut_off: bool = False
    nested: bool = True


def read(text: str, name: str) -> Short:
    """Read a short form.

    Parameters
    ----------
    text : str
        YAML.
    name : str
        Of the file, for refusals.

    Raises
    ------
    ShortError
        In one sentence with the line.
    """
    root = _root(text, name)
    about: dict[str, Line] = {}
    groups: dict[str, list[Line]] = {}
    sections: dict[str, list[Line]] = {}
    for key, where, node in _pairs(root, name, ""):
        if key not in _KEYS:
            raise ShortError(f"{where}: no key is called {key!r}; {_meant(key, node)}")
        if key in _ABOUT:
            about[key] = Line(where, key, _text(node, where, key))
            continue
        if isinstance(node, yaml.ScalarNode) and not node.value.strip():
            continue  # a section without lines
        inner = _pairs(_mapping(node, where, key), name, f", {key}")
        if key == "groups":
            for category, place, levels in inner:
                groups[category] = [
                    Line(at, level, _text(one, at, level))
                    for level, at, one in _pairs(
                        _mapping(levels, place, category), name, f", {category}"
                    )
                ]
        else:
            sections[key] = [Line(at, one, _text(value, at, one)) for one, at, value in inner]
    for needed in ("name", "rows"):
        if needed not in about:
            example = {"name": "yeung-2017", "rows": "18 patients"}[needed]
            raise ShortError(
                f"{name}: a line for {needed} was expected, such as `{needed}: {example}`"
            )
    unit = about["time"].text if "time" in about else "months"
    if unit not in PER_MONTH:
        raise about["time"].refused(nearest(unit, tuple(PER_MONTH)))
    intervals = about["intervals"].text if "intervals" in about else None
    if intervals is not None and intervals not in _INTERVALS:
        raise about["intervals"].refused(nearest(intervals, _INTERVALS))
    cut_off = _one_of(about, "rounding", _ROUNDINGS) == _ROUNDINGS[1]
    nested = _one_of(about, "nested", _YES_OR_NO) == _YES_OR_NO[0]
    return Short(
        about, groups, **sections, unit=unit, intervals=intervals, cut_off=cut_off, nested=nested
    )


def _one_of(about: dict[str, Line], key: str, known: tuple[str, ...]) -> str:
    """The word of a line, the first of those that are known where there is no such line."""
    if key not in about:
        return known[0]
    if about[key].text not in known:
        raise about[key].refused(nearest(about[key].text, known))
    return about[key].text


def _root(text: str, name: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ShortError(f"{name}, line {line}: {_in_words(str(error.problem))}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ShortError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    if root is None:
        raise ShortError(f"{name}: the file is empty")
    if not isinstance(root, yaml.MappingNode):
        raise ShortError(f"{name}: lines such as `rows: 18 patients` were expected")
    return root


def _in_words(problem: str) -> str:
    """What YAML does not take, in words for one who only writes lines of a name and a number."""
    if "mapping values are not allowed" in problem:
        return (
            "a second colon was found; put quotes about what stands before the last one, as in "
            '`"os: surgery against drugs": 0.04`'
        )
    if r"'\t'" in problem:
        return "a tab was found; write spaces in its place"
    return problem


def _meant(key: str, node: yaml.Node) -> str:
    """What a key that is not known may have meant."""
    if isinstance(node, yaml.ScalarNode) and node.value.strip().isdigit():
        if key.lower() in ("n", "number", "size"):
            key = "patients"
        if key.lower() in ("patients", "cases", "subjects", "participants"):
            return f"did you mean `rows: {node.value.strip()} {key.lower()}`?"
    return nearest(key, _KEYS)


def _pairs(node: yaml.MappingNode, name: str, section: str) -> list[tuple[str, str, yaml.Node]]:
    """Key, place and value of the lines of a mapping; a key that stands twice is refused."""
    found = []
    seen: set[str] = set()
    for key, value in node.value:
        where = f"{name}, line {key.start_mark.line + 1}{section}"
        text = _text(key, where, "a key")
        if text in seen:
            raise ShortError(f"{where}: the key {text!r} stands twice")
        seen.add(text)
        found.append((text, where, value))
    return found


def _mapping(node: yaml.Node, where: str, key: str) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode):
        raise ShortError(f"{where}: {key!r}: lines of a name and a number were expected below it")
    return node


def _text(node: yaml.Node, where: str, key: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise ShortError(f"{where}: {key!r}: a number or a word was expected, found lines below it")
    return str(node.value).strip()
