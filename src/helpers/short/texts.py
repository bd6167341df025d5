"""A number as an abstract prints it: value, decimals, relation, and what stands in brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..published import NOT_REACHED, Relation

_NUMBER = r"[-−]?\d+(?:[.·]\d+)?"
_SINGLE = re.compile(rf"(?P<sign><=|>=|[<>≤≥=])?\s*(?P<number>{_NUMBER}|\.\d+)\s*(?P<percent>%)?")
_END = rf"{_NUMBER}|nr|not reached"
_BETWEEN = re.compile(
    rf"(?P<what>.*?)\s*(?P<low>{_END})\s*%?\s*(?:-|–|—|to|,)\s*(?P<high>{_END})\s*%?", re.IGNORECASE
)
_BETWEEN_NUMBERS = rf"{_NUMBER}\s*(?:-|–|—|to)\s*{_NUMBER}"
_ONE_END = re.compile(rf"(?P<end>min|from|max|up to)\s*(?P<number>{_NUMBER})", re.IGNORECASE)
_LEVEL = re.compile(r"(?P<level>\d+(?:\.\d+)?)\s*%\s*(?:ci|confidence interval)")
_RANGES = {"": "range", "range": "range", "iqr": "quartiles", "quartiles": "quartiles",
           "interquartile range": "quartiles", "ci": "interval", "confidence interval": "interval"}  # fmt: skip
_FAR_WIDER = 0.05
"""Of the width of an interval, what rounding may hide of how it lies about its middle."""
_ERROR = re.compile(r"(?P<first>.+?)\s*(?:±|\+/-|\+-)\s*(?P<error>[^(\[]+?)\s*(?P<rest>[(\[].*)?")
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
        raise TextError(f"a number was expected, found {text!r}{_likely(text.strip())}")
    return _number(found)


def _likely(text: str) -> str:
    """What a reader may have meant by a text that is no number, as the end of a sentence."""
    if found := re.fullmatch(r"(\d+),(\d+)\s*(%?)", text):
        whole, part, percent = found.groups()
        if len(part) == 3 and not percent:
            return f"; write {whole}{part}, or {whole}.{part} where it is a decimal"
        return f"; write a decimal point: {whole}.{part}{percent}"
    if found := re.fullmatch(rf"({_NUMBER})\s*(percent|per cent|pct)\.?", text, re.IGNORECASE):
        return f"; write {found[1]}%"
    if found := re.fullmatch(rf"({_NUMBER})\s*[,;]\s*[^\d,;]*({_BETWEEN_NUMBERS})", text):
        return f"; write what belongs to it in brackets: {found[1]} ({found[2]})"
    if re.fullmatch(rf"{_NUMBER}\s*[^\W\d][^\d,;]*", text):
        return (
            "; a unit stands behind the name, as in `size mm`, and that of all times in the "
            "line `time`"
        )
    return ""


def as_count(text: str) -> tuple[Number | None, Number | None]:
    """A count and its share, of which one may be missing: `11 (61%)`, `8`, `44%`; neither of `unknown`.

    Raises
    ------
    TextError
    """
    found = re.fullmatch(r"(?P<first>[^(]+?)\s*(?:\(\s*(?P<second>[^)]+?)\s*\))?", text.strip())
    if found is None:
        raise TextError(f"a count such as 11 (61%) was expected, found {text!r}")
    if found["first"].strip().lower() == "unknown":
        return None, None
    first = as_number(found["first"])
    if found["second"] is None:
        return (None, first) if first.percent else (_whole(first, text), None)
    second = as_number(found["second"])
    if first.percent:
        return _whole(second, text), first
    return _whole(first, text), second


@dataclass(frozen=True)
class Between:
    """What stands in brackets behind a number: a range, quartiles or a confidence interval.

    Attributes
    ----------
    what : str
        `range`, `quartiles` or `interval`.
    low, high : Number or str or None
        A name for a limit that is not reached; none for an end that is not printed.
    level : float
        Of an interval.
    """

    what: str
    low: Number | str | None
    high: Number | str | None
    level: float = 0.95


@dataclass(frozen=True)
class Printed:
    """A number with what is printed beside it.

    Attributes
    ----------
    number : Number or str
        A name for a median that is not reached.
    error : Number or None
        What stands behind ±.
    between : tuple of Between
    mean : bool
        Of a summary, whether the number is a mean.
    """

    number: Number | str
    error: Number | None = None
    between: tuple[Between, ...] = ()
    mean: bool = False

    @property
    def symmetric(self) -> bool:
        """Whether an interval lies evenly about the number, as far as its decimals tell.

        A number without decimals tells it of an interval that is far wider than they are.
        """
        intervals = [one for one in self.between if one.what == "interval"]
        for one in intervals:
            low, middle, high = one.low, self.number, one.high
            if not (
                isinstance(low, Number) and isinstance(middle, Number) and isinstance(high, Number)
            ):
                return False
            end = 10.0 ** -min(low.decimals, high.decimals)
            unit = 10.0**-middle.decimals
            wide = (unit + end) < _FAR_WIDER * (high.value - low.value)
            if end == 1 or (unit == 1 and not wide):
                return False
            if abs(low.value + high.value - 2 * middle.value) > 1.0005 * (unit + end):
                return False
        return bool(intervals)


def as_summary(text: str) -> Printed | Between:
    """A median or a mean with what is printed of it: `1.95 (0.8-6.2)`, `62.1 ± 9.2`, `57 (IQR 50-64)`.

    A word says it where nothing else does, `mean 62`; and a range may stand alone, `(31-60)`.

    Raises
    ------
    TextError
    """
    if alone := re.fullmatch(r"[(\[]\s*(.+?)\s*[)\]]", text.strip()):
        return _between(alone[1], "range", ("range",))
    word = re.match(r"(?i)(mean|median)\b\s*", text.strip())
    found = _printed(text.strip()[word.end() :] if word else text, "range", ("range", "quartiles"))
    mean = found.error is not None or (word is not None and word[1].lower() == "mean")
    if word is not None and word[1].lower() == "median" and found.error is not None:
        raise TextError(f"a standard deviation goes with a mean, found a median: {text!r}")
    found = replace(found, mean=mean)
    if found.mean and any(one.what == "quartiles" for one in found.between):
        raise TextError(f"quartiles go with a median, found a mean: {text!r}")
    return found


def as_rate(text: str) -> Printed:
    """A rate in percent: `89%`, `47.0`, `57.3% (95% CI 45.1-68.2)`, `55 ± 7.9`.

    Raises
    ------
    TextError
        Also for a share of one, which could be either.
    """
    found = _printed(text, "interval", ("interval",))
    rate = found.number
    if not isinstance(rate, Number):
        raise TextError(f"a rate in percent was expected, found {text!r}")
    if not rate.percent and 0 < rate.value < 1:
        percent = f"{rate.value * 100:.{max(rate.decimals - 2, 0)}f}%"
        raise TextError(
            f"a rate in percent was expected, found {text!r}; write {percent}, or "
            f"{rate.value:.{rate.decimals}f}% for less than one percent"
        )
    if not 0 <= rate.value <= 100:
        raise TextError(f"a rate from 0 to 100% was expected, found {text!r}")
    return found


def as_median(text: str) -> Printed:
    """A Kaplan–Meier median: `24 (19-31)`, `14.5 ± 2.0 (10.5-18.5)`, `22 (IQR 12.5-34.5)`, `not reached`.

    Raises
    ------
    TextError
    """
    return _printed(text, "interval", ("interval", "quartiles"))


def as_mean(text: str) -> Printed:
    """A mean of a curve: `28.5 ± 1.6`, `14.6 ± 1.8 (11.0-18.2)`.

    Raises
    ------
    TextError
    """
    return _printed(text, "interval", ("interval",))


def as_estimate(text: str) -> Printed:
    """A ratio with its confidence interval: `0.62 (0.41-0.94)`, `0.62 (90% CI 0.45-0.88)`.

    Raises
    ------
    TextError
    """
    found = _printed(text, "interval", ("interval",))
    if found.error is not None:
        raise TextError(f"an interval in brackets was expected, found a standard error: {text!r}")
    return found


def _printed(text: str, plain: str, known: tuple[str, ...]) -> Printed:
    """A number with an error and what stands in brackets, which without a word is `plain`."""
    error: Number | None = None
    bracket = re.search(r"[(\[]", text)
    first, rest = (
        (text, "") if bracket is None else (text[: bracket.start()], text[bracket.start() :])
    )
    if with_error := _ERROR.fullmatch(text.strip()):
        first, rest = with_error["first"], with_error["rest"] or ""
        error = as_number(with_error["error"])
    number: Number | str = NOT_REACHED
    if first.strip().lower() not in _NOT_REACHED:
        number = as_number(first)
    if not rest:
        return Printed(number, error)
    inner = re.fullmatch(r"[(\[]\s*(.+?)\s*[)\]]", rest.strip())
    if inner is None:
        raise TextError(f"a range such as (0.8-6.2) was expected, found {rest.strip()!r}")
    parts = [_between(part.strip(), plain, known) for part in inner[1].split(";")]
    return Printed(number, error, tuple(parts))


def _between(text: str, plain: str, known: tuple[str, ...]) -> Between:
    if "range" in known and (one := _ONE_END.fullmatch(text)) is not None:
        number = as_number(one["number"])
        least = one["end"].lower() in ("min", "from")
        return Between("range", number if least else None, None if least else number)
    found, level = _BETWEEN.fullmatch(text), 0.95
    if found is None:
        raise TextError(f"a range such as (0.8-6.2) was expected, found {text!r}")
    name = found["what"].strip(" :,").lower()
    if of_level := _LEVEL.fullmatch(name):
        name, level = "ci", float(of_level["level"]) / 100
    what = plain if not name else _RANGES.get(name, "")
    if what not in known:
        expected = " or ".join({"range": "a range", "quartiles": "IQR", "interval": "95% CI"}[one]
                               for one in known)  # fmt: skip
        raise TextError(f"{expected} was expected in brackets, found {text!r}")
    if not 0 < level < 1:
        raise TextError(f"a level such as 95% was expected, found {text!r}")
    ends: list[Number | str] = [
        NOT_REACHED if end.lower() in _NOT_REACHED else as_number(end)
        for end in (found["low"], found["high"])
    ]
    numbers = [end.value for end in ends if isinstance(end, Number)]
    if numbers != sorted(numbers) or (isinstance(ends[0], str) and isinstance(ends[1], Number)):
        raise TextError(f"a range from low to high was expected, found {text!r}")
    return Between(what, ends[0], ends[1], level)


_NOT_REACHED = (NOT_REACHED, "nr")


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
