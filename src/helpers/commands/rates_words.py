"""What `python -m helpers forced` says of several rates of one group: in words, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING

from .rate_words import aligned, patients, runs, span

if TYPE_CHECKING:
    from ..forced import Together


def rates_as_text(known: Together, sizes: Sequence[int]) -> str:
    """Whether the rates can all be, from which size on they can, and a history or every size."""
    rising = _rising(known)
    if rising is not None:
        return f"{rising}: no estimate ever rises, whatever the group."
    return _of_one_size(known, sizes[0]) if len(sizes) == 1 else _of_sizes(known, sizes)


def rates_as_json(known: Together, sizes: Sequence[int]) -> str:
    """The same for a machine; what is not decided is null."""
    found = []
    for n in sizes:
        possible, history = _asked(known, n)
        deaths = [known.deaths(n, i) for i in range(len(known.rates))] if possible else []
        found.append(
            {
                "n": n,
                "possible": possible,
                "deaths": [asdict(one) for one in deaths if one is not None],
                "history": history,
            }
        )
    told = {
        "rates": [{"time": float(rate.time), "rate": rate.percentage.text} for rate in known.rates],
        "smallest_n": None if _rising(known) else _smallest(known, 0),
        "by_size": found,
    }
    return json.dumps(told, indent=1)


def _of_one_size(known: Together, n: int) -> str:
    possible, history = _asked(known, n)
    names = [_name(known, i) for i in range(len(known.rates))]
    if possible is None:
        return f"Whether {_listed(names)} of {patients(n)} can be takes too many histories to try."
    if not possible:
        smallest = _smallest(known, n)
        answer = f"{_conflict(known, n)}."
        if smallest is not None:
            answer += f" The smallest group for which {_all(names)} can has {patients(smallest)}."
        return answer
    lines = [f"{_listed(names)} of {patients(n)} can {_together(names)}{_condition(known)}."]
    smallest = _smallest(known, 0)
    if smallest is not None and smallest < n:
        lines.append(f"The smallest group for which {_all(names)} can has {patients(smallest)}.")
    lines.append("A history is the number at risk at each death.")
    rows: list[tuple[str, ...]] = [("time", "printed", "deaths by then", "if alone", "such as")]
    for i, rate in enumerate(known.rates):
        rows.append(
            (
                _time(rate.time),
                f"{rate.percentage.text}%",
                _deaths(known, n, i),
                _alone(known, n, i),
                runs(history[i]) or "no death",
            )
        )
    return "\n".join([*lines, "", *aligned(rows)])


def _of_sizes(known: Together, sizes: Sequence[int]) -> str:
    """A row for each size of the group."""
    names = [_name(known, i) for i in range(len(known.rates))]
    words = {True: "yes", False: "no", None: "not decided"}
    rows: list[tuple[str, ...]] = [("patients", f"{_all(names)} can be", "deaths in all")]
    for n in sizes:
        possible, _ = _asked(known, n)
        deaths = _deaths(known, n, len(known.rates) - 1) if possible else "-"
        rows.append((str(n), words[possible], deaths))
    lines = [f"{_listed(names)}{_condition(known)}"]
    smallest = _smallest(known, 0)
    if smallest is not None:
        lines.append(f"The smallest group for which {_all(names)} can has {patients(smallest)}.")
    return "\n".join([*lines, "", *aligned(rows)])


def _asked(known: Together, n: int) -> tuple[bool | None, tuple[tuple[int, ...], ...]]:
    from ..forced import ForcedError

    try:
        history = known.history(n)
    except ForcedError:
        return None, ()
    return history is not None, history or ()


def _smallest(known: Together, above: int) -> int | None:
    from ..forced import ForcedError

    try:
        return known.smallest_size(above)
    except ForcedError:
        return None


def _deaths(known: Together, n: int, position: int) -> str:
    found = known.deaths(n, position)
    assert found is not None
    words = span(found.fewest, found.most)
    return words if found.exact else f"within {words}"


def _alone(known: Together, n: int, position: int) -> str:
    from ..forced import bounds

    size = bounds(known.rates[position].percentage.text, n).by_size[0]
    return span(size.deaths_min, size.deaths_max) if size.deaths_min is not None else "-"


def _conflict(known: Together, n: int) -> str:
    """Which rates cannot be, as a sentence without its stop."""
    from ..forced import ForcedError

    condition = _condition(known)
    try:
        positions = known.conflict(n)
    except ForcedError:
        positions = tuple(range(len(known.rates)))
    names = [_name(known, i) for i in positions]
    if len(names) == 1:
        return f"No group of {patients(n)} prints {names[0]}{condition}"
    words = f"{_listed(names)} cannot {_together(names)} of {patients(n)}{condition}"
    return f"{words}, though every two of them can" if len(names) == 3 else words


def _rising(known: Together) -> str | None:
    """The first rate that is above an earlier one."""
    for i, (first, second) in enumerate(zip(known.rates, known.rates[1:], strict=False)):
        if second.percentage.lower > first.percentage.upper:
            return f"{_name(known, i + 1)} is above {_name(known, i)}"
    return None


def _condition(known: Together) -> str:
    """What else is known, as the end of a sentence."""
    parts = [f"{number} at risk at {_time(time)}" for time, number in known.at_risk.items()]
    if known.median_follow_up is not None:
        low, high = known.median_follow_up.low, known.median_follow_up.high
        assert low is not None
        assert high is not None
        parts.append(f"a median follow-up of {_time((low + high) / 2)}")
    if known.complete:
        parts.append("nobody lost")
    return f" with {_listed(parts)}" if parts else ""


def _name(known: Together, position: int) -> str:
    rate = known.rates[position]
    return f"{rate.percentage.text}% at {_time(rate.time)}"


def _time(time: Fraction) -> str:
    return f"{float(time):g}"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _all(words: Sequence[str]) -> str:
    return {1: "it", 2: "both"}.get(len(words), "all")


def _together(words: Sequence[str]) -> str:
    return {1: "be", 2: "both be"}.get(len(words), "all be")
