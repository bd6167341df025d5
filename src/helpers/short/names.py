"""Keys of the short form: which endpoint, at what time, in which group, and how it is called."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from ..published import so_long

PER_MONTH = {"days": 365.25 / 12, "weeks": 365.25 / 84, "months": 1.0, "years": 1 / 12}
"""How many of each unit of time are a month."""
_UNITS = {
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "week", "weeks"), "weeks"),
    **dict.fromkeys(("m", "mo", "mos", "month", "months"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "years"),
}
_TIME = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*-?\s*(?P<unit>[a-z]+)?", re.IGNORECASE)
MEASURED = ("mm", "cm", "Gy", "kg", "ml", "cc", "%", "ng/ml", "kg/m²", *sorted(_UNITS))
"""Words behind a label that are its unit."""


@dataclass(frozen=True)
class Known:
    """An endpoint by a name of the field.

    Attributes
    ----------
    label : str
    deaths : bool
        Whether a death is an event of it.
    new : bool
        Whether it is none of the usual ones.
    """

    label: str
    deaths: bool
    new: bool = False


_ENDPOINTS = {
    ("os", "overall survival", "survival"): Known("overall survival", True),
    ("pfs", "progression-free survival"): Known("progression-free survival", True),
    ("dfs", "disease-free survival"): Known("disease-free survival", True),
    ("rfs", "recurrence-free survival"): Known("recurrence-free survival", True),
    ("efs", "event-free survival"): Known("event-free survival", True),
    ("mfs", "metastasis-free survival"): Known("metastasis-free survival", True),
    ("dmfs", "distant-metastasis-free survival"): Known("distant-metastasis-free survival", True),
    ("lc", "local control"): Known("local control", False),
    ("lrc", "locoregional control"): Known("locoregional control", False),
    ("rc", "regional control"): Known("regional control", False),
    ("dc", "distant control"): Known("distant control", False),
}
SURVIVAL = "overall survival"
_SITES = ("local control", "regional control", "locoregional control", "distant control")
_METASTASIS = ("metastasis-free survival", "distant-metastasis-free survival")
_ANY = ("progression-free survival", "disease-free survival", "recurrence-free survival")
_PARTS: dict[str, tuple[str, ...]] = {
    "locoregional control": ("local control", "regional control"),
    **dict.fromkeys(_METASTASIS, ("distant control",)),
    **dict.fromkeys(_ANY, (*_SITES, *_METASTASIS)),
    "event-free survival": (*_SITES, *_METASTASIS, *_ANY),
}
_OF_DEATHS = {"survival", *(names[0] for names, known in _ENDPOINTS.items() if known.deaths)}
_FREE = re.compile(r"[\s–-]+free[\s–-]+survival$")
_BESIDE_A_TIME = re.compile(r"(^(rates?\s+)?at\s+|\s+(rates?\s+)?at$|\s+rates?$)", re.IGNORECASE)


def endpoint(name: str) -> Known:
    """The endpoint of a name; one that is not known counts deaths where it ends in `-free survival`."""
    plain = _FREE.sub("-free survival", " ".join(name.lower().split()))
    for names, known in _ENDPOINTS.items():
        if plain in names:
            return known
    return Known(plain, plain.endswith("-free survival"), new=True)


def parts(label: str) -> tuple[str, ...]:
    """Endpoints whose events are events of this one too, by their labels; a death is not among them.

    A local recurrence is a locoregional one, and both are events of disease-free survival.
    """
    return _PARTS.get(label, ())


def of_survival(name: str) -> bool:
    """Whether a name speaks of a survival: by that word, or by an abbreviation such as `os`."""
    return not _OF_DEATHS.isdisjoint(re.findall(r"[^\W\d_]+", name.lower()))


def known_endpoints() -> str:
    """The names of the endpoints that are known, for a sentence."""
    found = ", ".join(f"{names[0]} ({known.label})" for names, known in _ENDPOINTS.items())
    return f"{found}, or a name that ends in -free survival"


def events(label: str) -> tuple[str, ...]:
    """What an endpoint waits for, by its names: `progression` of progression-free survival."""
    if label == SURVIVAL:
        return ("death",)
    stem = label.removeprefix("freedom from ").removesuffix("-free survival")
    stem = stem.removesuffix("control").strip()
    if label.endswith("control"):
        return tuple(
            f"{stem} {word}" for word in ("recurrence", "failure", "progression", "relapse")
        )
    return {"disease": ("recurrence", "relapse")}.get(stem, (stem,))


def endpoint_of(event: str) -> str:
    """The endpoint that waits for an event, by its name: `local control` for `local recurrence`."""
    for known in _ENDPOINTS.values():
        if event.lower() in events(known.label):
            return known.label
    return f"freedom from {event.lower()}"


def capital(text: str) -> str:
    """The text as a sentence begins, whatever its other letters are."""
    return f"{text[:1].upper()}{text[1:]}"


def of_each(key: str, units: Collection[str]) -> tuple[str, bool]:
    """A key without ` per lesion`, or another of these units, and whether that was there."""
    before, found, unit = key.rpartition(" per ")
    return (before.strip(), True) if found and unit.lower() in units else (key, False)


def one_of_many(unit: str) -> str:
    """One of what is counted: `node` of `nodes`, `metastasis` of `metastases`."""
    for end, one in {"ses": "sis", "ies": "y", "s": ""}.items():
        if unit.endswith(end):
            return unit.removesuffix(end) + one
    return unit


def at_time(key: str, unit: str) -> tuple[str, float, str] | None:
    """The endpoint and the time of `os 24`, `os at 2 y` or `2-year os`, in a unit, and as it is written.

    None where no time is there.
    """
    found = [
        one
        for one in _TIME.finditer(key)
        if (one["unit"] is None or one["unit"].lower() in _UNITS)
        and (one.start() == 0 or key[one.start() - 1].isspace())
        and (one.end() == len(key) or not key[one.end()].isalnum())
    ]
    if not found:
        return None
    last = found[-1]
    given = _UNITS[last["unit"].lower()] if last["unit"] else unit
    months = float(last["number"]) / PER_MONTH[given]
    name = f"{key[: last.start()]} {key[last.end() :]}".strip(" -,")
    name = _BESIDE_A_TIME.sub("", " ".join(name.split()))
    return name, round(months * PER_MONTH[unit], 6), so_long(last["number"], given)


def labelled(key: str) -> tuple[str, str]:
    """A label and its unit: `size cm` is `size` in `cm`."""
    label, _, last = key.rpartition(" ")
    if label and last in MEASURED:
        return label, _UNITS.get(last, last)
    return key, ""


def slug(name: str, joined: str = "-") -> str:
    """A name for a machine: letters and digits of ASCII; empty where there are none."""
    for sign, word in {"<=": " up to ", "≤": " up to ", ">": " above "}.items():
        name = name.replace(sign, word)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return joined.join(re.findall(r"[a-z0-9]+", plain))


def nearest(name: str, known: Collection[str]) -> str:
    """A sentence about a name that is not known: the nearest one, or all."""
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), by_lower, 1, 0.6)
    if close:
        return f"did you mean {by_lower[close[0]]!r}?"
    return f"one of {', '.join(map(repr, known))} was expected" if known else "none is known"
