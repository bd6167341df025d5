"""The values for which a printed number stands, however it was rounded: the one place that says so here."""

from __future__ import annotations

from ..published import Entry, Limits, rounding


def limits(entry: Entry) -> Limits:
    """What agrees with an entry by its own rule or by either habit of rounding; a count is itself.

    Of a number that is truncated its own rule alone is meant.
    """
    assert not isinstance(entry.value, str)
    if entry.estimand.counts and entry.relation == "=":
        number = rounding.exact(entry.value)
        return Limits(number, number, True, True)
    if entry.truncated:
        return entry.limits
    either = rounding.limits(entry.value, entry.decimals, entry.relation, rounding.HABITS)
    own = entry.limits
    lows = [(one.low, not one.low_counts) for one in (either, own) if one.low is not None]
    highs = [(one.high, one.high_counts) for one in (either, own) if one.high is not None]
    low, excluded = min(lows) if len(lows) == 2 else (None, True)
    high, included = max(highs) if len(highs) == 2 else (None, False)
    return Limits(low, high, not excluded, included)
