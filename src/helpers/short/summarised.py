"""What is printed of a column, such as its median and range: which number is which, and in words."""

from __future__ import annotations

from typing import Any

from . import texts
from .lines import Line
from .texts import Between, Number

ENDS = ("minimum", "maximum")
_BY_RULE = "By R's rule 7; SPSS has rule 6, SAS rule 2."
WORDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "median": ("Median", "The plain median.", {"statistic": "median"}),
    "minimum": ("Minimum", "The plain minimum.", {"statistic": "minimum"}),
    "maximum": ("Maximum", "The plain maximum.", {"statistic": "maximum"}),
    "mean": ("Mean", "The plain mean.", {"statistic": "mean"}),
    "sd": ("Standard deviation of", "By n − 1.", {"statistic": "sd"}),
    "lower quartile": (
        "Lower quartile of",
        _BY_RULE,
        {"statistic": "quantile", "share": 0.25, "rule": 7},
    ),
    "upper quartile": (
        "Upper quartile of",
        _BY_RULE,
        {"statistic": "quantile", "share": 0.75, "rule": 7},
    ),
}


def statistics_of(line: Line, how: str) -> dict[str, Number]:
    """The numbers of a summary by what they are; the middle one first, where one is printed."""
    found = line.read(texts.as_summary)
    printed: dict[str, Number] = {}
    if isinstance(found, Between):
        between: tuple[Between, ...] = (found,)
    else:
        between = found.between
        if not isinstance(found.number, Number):
            raise line.refused(f"a number was expected, found {line.text!r}")
        if how == "median" and found.mean:
            raise line.refused(f"a median was expected, found a mean: {line.text!r}")
        printed["mean" if found.mean or how == "mean" else "median"] = found.number
        if found.error is not None:
            printed["sd"] = found.error
    for one in between:
        names = ENDS if one.what == "range" else ("lower quartile", "upper quartile")
        for name, end in zip(names, (one.low, one.high), strict=True):
            if isinstance(end, Number):
                printed[name] = end
            elif end is not None:
                raise line.refused(f"a number was expected, found {line.text!r}")
    return printed


def without_word(label: str) -> tuple[str, str]:
    """A label without the word `mean` or `median` before it, and that word."""
    word, _, rest = label.partition(" ")
    if word.lower() in ("mean", "median") and rest:
        return rest, word.lower()
    return label, ""
