"""Sentences and printed lines without small numbers of patients."""

from __future__ import annotations

import re
from numbers import Integral

from .setting import HIDDEN, SMALL, few

NO_ROWS = "Single patients are not shown in this book."
"""What stands in place of what would show them."""
_FEW = f"fewer than {SMALL}"
_WHO = (
    r"(?:new )?(?:patient|death|event|lesion|progression|exit|women|woman|failure)s?"
    r"|(?:local )?recurrences?|died|last seen alive"
)
_OF = re.compile(r"(?<![\d.,])(\d+) of (\d+)(?![\d.,%]*\d)(?: \([^()]*%\)|: [\d.]+%)?")
_COUNTED = re.compile(rf"(?<![\d.,–−-])(\d+) ({_WHO})\b")
_LAST = re.compile(r"(?<=: )\d+$", re.MULTILINE)
_LISTED = re.compile(rf"\b({_WHO}):? (\d+)(?![\d.,%])")


def words(text: str) -> str:
    """A text in which fewer than five patients, deaths or lesions are not counted out.

    Parameters
    ----------
    text : str
        Such as `lung (3 patients, 1 event)`, or `2 of 19 died`.

    Returns
    -------
    str
        Such as `lung (fewer than 5 patients, fewer than 5 events)`. A text that names a hidden
        patient is `NO_ROWS` instead.
    """
    if HIDDEN in text:
        return NO_ROWS
    text = _OF.sub(_part, text)
    text = _COUNTED.sub(lambda found: f"{_number(found[1])} {found[2]}", text)
    text = _LAST.sub(lambda found: _number(found[0]), text)
    return _LISTED.sub(lambda found: found[0].replace(found[2], _number(found[2])), text)


def _number(digits: str) -> str:
    return _FEW if few(int(digits)) else digits


def _part(found: re.Match[str]) -> str:
    part, whole = int(found[1]), int(found[2])
    if few(whole):
        return f"some of {_FEW}"
    if few(part):
        return f"{_FEW} of {whole}"
    return f"all but {_FEW} of {whole}" if few(whole - part) else found[0]


def quoted(value: object) -> str:
    """A value that prose quotes: a small whole number is not told, and a text is as in `words`."""
    if isinstance(value, Integral) or (isinstance(value, str) and re.fullmatch(r"\d+", value)):
        return _number(str(int(value)))
    return words(str(value))
