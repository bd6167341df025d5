"""A number as an abstract prints it: value, decimals, relation, and what stands in brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..published import Relation

_NUMBER = r"[-−]?\d+(?:[.·]\d+)?"
_SINGLE = re.compile(rf"(?P<sign><=|>=|[<>≤≥=])?\s*(?P<number>{_NUMBER}|\.\d+)\s*(?P<percent>%)?")
_RANGE = re.compile(
    rf"[(\[]\s*(?:range:?\s*)?(?P<low>{_NUMBER})\s*(?:-|–|—|to|,)\s*(?P<high>{_NUMBER})\s*[)\]]"
)
_SIGNS: dict[str, Relation] = {"≤": "<=", "≥": ">=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


class TextError(ValueError):
    """A text that is not read as a number; the message says what was expected."""


@dataclass(frozen=True)
class Number:
    """One printed number.

    Attributes
    ----------
    value : int or float
    decimals : int
        Those of the text: 2 for `0.50`.
    relation : str
    percent : bool
        Whether a % stands behind it.
    """

    value: int | float
    decimals: int
    relation: Relation = "="
    percent: bool = False


def as_number(text: str) -> Number:
    """A text that is one number, such as `33.6`, `89%` or `<0.001`.

    Raises
    ------
    TextError
    """
    found = _SINGLE.fullmatch(text.strip())
    if found is None:
        raise TextError(f"a number was expected, found {text!r}")
    return _number(found)


def as_count(text: str) -> tuple[Number | None, Number | None]:
    """A count and its share, of which one may be missing: `11 (61%)`, `8`, `44%`.

    Raises
    ------
    TextError
    """
    found = re.fullmatch(r"(?P<first>[^(]+?)\s*(?:\(\s*(?P<second>[^)]+?)\s*\))?", text.strip())
    if found is None:
        raise TextError(f"a count such as 11 (61%) was expected, found {text!r}")
    first = as_number(found["first"])
    if found["second"] is None:
        return (None, first) if first.percent else (_whole(first, text), None)
    second = as_number(found["second"])
    if first.percent:
        return _whole(second, text), first
    return _whole(first, text), second


def as_summary(text: str) -> tuple[Number, tuple[Number, Number] | None]:
    """A median and its range, where that is printed: `1.95 (0.8-6.2)`, `33.6`.

    Raises
    ------
    TextError
    """
    if "±" in text or "+/-" in text:
        raise TextError(
            f"a median, with its range in brackets, was expected, found a mean: {text!r}"
        )
    bracket = re.search(r"[(\[]", text)
    if bracket is None:
        return as_number(text), None
    found = _RANGE.fullmatch(text[bracket.start() :].strip())
    if found is None:
        raise TextError(
            f"a range such as (0.8-6.2) was expected, found {text[bracket.start() :]!r}"
        )
    low, high = as_number(found["low"]), as_number(found["high"])
    if low.value > high.value:
        raise TextError(f"a range from low to high was expected, found {found[0]!r}")
    return as_number(text[: bracket.start()]), (low, high)


def as_rate(text: str) -> Number:
    """A rate in percent, with or without the sign: `89%`, `47.0`.

    Raises
    ------
    TextError
        Also for a share of one, which could be either.
    """
    found = as_number(text)
    if not found.percent and 0 < found.value < 1:
        raise TextError(f"a rate in percent was expected, found {text!r}; write it with its %")
    if not 0 <= found.value <= 100:
        raise TextError(f"a rate from 0 to 100% was expected, found {text!r}")
    return found


def as_p_value(text: str) -> Number:
    """A p value: `0.04`, `<0.001`, `p = .03`.

    Raises
    ------
    TextError
    """
    found = as_number(re.sub(r"^\s*[pP]\s*", "", text))
    if found.percent or not 0 <= found.value <= 1:
        raise TextError(f"a p value from 0 to 1 was expected, found {text!r}")
    return found


def _number(found: re.Match[str]) -> Number:
    digits = found["number"].replace("−", "-").replace("·", ".")
    decimals = len(digits.partition(".")[2])
    value = float(digits) if decimals else int(digits)
    relation = _SIGNS.get(found["sign"] or "=", "=")
    return Number(value, decimals, relation, found["percent"] is not None)


def _whole(found: Number, text: str) -> Number:
    if found.decimals or found.percent or found.value < 0:
        raise TextError(f"a count such as 11 (61%) was expected, found {text!r}")
    return found
