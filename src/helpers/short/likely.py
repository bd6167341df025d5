"""Priors that go with the printed numbers, so that the search begins near them.

A prior only says where to look, and, under a measure that uses it, what is usual; the printed numbers
are met whatever it is. Where nothing is printed, a round figure stands.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SHAPE = 1.2
"""Of a Weibull distribution where one point fixes its scale: hazards in oncology rise a little."""
_SHAPES = (0.5, 3.0)
_LEAST, _MOST = 0.02, 0.98
LN2 = math.log(2)


def weibull(points: Sequence[tuple[float, float]], otherwise: float) -> dict[str, float]:
    """Median and shape of a Weibull distribution through points of a survival function.

    Parameters
    ----------
    points : sequence of (time, share that is free of the event)
    otherwise : float
        The median where no point says anything.

    Returns
    -------
    dict
        With several times, by least squares of log(-log S) on log t.
    """
    known = [(t, min(max(s, _LEAST), _MOST)) for t, s in points if t > 0]
    if not known:
        return {"median": _round(otherwise), "shape": SHAPE}
    x = [math.log(t) for t, _ in known]
    y = [math.log(-math.log(s)) for _, s in known]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    spread = sum((one - x_mean) ** 2 for one in x)
    shape = SHAPE
    if spread > 1e-9:
        slope = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)) / spread
        shape = min(max(slope, _SHAPES[0]), _SHAPES[1])
    log_scale = x_mean - y_mean / shape
    median = math.exp(log_scale + math.log(LN2) / shape)
    return {
        "median": _round(min(max(median, otherwise / 100), otherwise * 100)),
        "shape": _round(shape),
    }


def survival(weibull: dict[str, float], time: float) -> float:
    """The share that is free of the event at a time."""
    return 0.5 ** ((time / weibull["median"]) ** weibull["shape"])


def censoring(
    death: dict[str, float], follow_up: float | None, latest: float = 0
) -> dict[str, float]:
    """Median and shape of the time to censoring, so that the earlier of both has the median follow-up.

    Where that is not printed, half of the living are followed to the latest time of a printed rate.
    """
    if follow_up is None:
        return {"median": _round(max(death["median"], latest)), "shape": SHAPE}
    free = min(max(0.5 / max(survival(death, follow_up), 0.5 / _MOST), 0.5), _MOST)
    return weibull([(follow_up, free)], follow_up)


@dataclass(frozen=True)
class Onset:
    """How an onset is distributed.

    Attributes
    ----------
    weibull : dict
        Median and shape where there is one.
    absent : float
        The probability that there is none.
    """

    weibull: dict[str, float]
    absent: float

    def free(self, time: float) -> float:
        """The share without an onset at a time."""
        return self.absent + (1 - self.absent) * survival(self.weibull, time)


def without(time: float, share: float, others: Sequence[Onset]) -> float:
    """The share that is free of one of several independent onsets, of that which is free of all."""
    for other in others:
        share /= max(other.free(time), share, 0.02)
    return min(share, 0.99) if others else share


def onset(points: Sequence[tuple[float, float]], otherwise: float) -> Onset:
    """The distribution of an onset.

    Parameters
    ----------
    points : sequence of (time, share without onset)
    otherwise : float
        The median where no point says anything.
    """
    if not points:
        return Onset({"median": _round(otherwise), "shape": SHAPE}, 0.5)
    least = min(share for _, share in points)
    absent = min(max(0.9 * least, 0.0), 0.97)
    inside = [(t, (share - absent) / (1 - absent)) for t, share in points]
    return Onset(weibull(inside, otherwise), _round(absent))


def of_column(printed: dict[str, float]) -> dict[str, dict[str, float]]:
    """A distribution of a column by what is printed of it: lognormal where all is above 0.

    Parameters
    ----------
    printed : dict
        `median`, `minimum`, `maximum`, `lower quartile`, `upper quartile`; or `mean` and `sd`.
    """
    if "sd" in printed:
        return _by_moments(printed["mean"], max(printed["sd"], 1e-6))
    median = next(iter(printed.values()))
    low, high = printed.get("lower quartile"), printed.get("upper quartile")
    if low is not None and high is not None:
        low, high = median - 3 * (median - low), median + 3 * (high - median)  # as far as a range
    low, high = printed.get("minimum", low), printed.get("maximum", high)
    low, high = (median / 2 if low is None else low), (1.5 * median if high is None else high)
    if low > 0 and median > 0 and high > low:
        spread = max(math.log(high / low) / 4, 0.05)
        return {"lognormal": {"median": _round(median), "sd_log": _round(spread)}}
    return {
        "normal": {
            "mean": _round(median),
            "sd": _round(max((high - low) / 4, abs(median) / 10, 0.1)),
        }
    }


def _by_moments(mean: float, sd: float) -> dict[str, dict[str, float]]:
    """Lognormal where a normal distribution would often be below 0."""
    if mean > 0 and mean < 2 * sd:
        spread = math.log(1 + (sd / mean) ** 2)
        median = mean / math.exp(spread / 2)
        return {"lognormal": {"median": _round(median), "sd_log": _round(math.sqrt(spread))}}
    return {"normal": {"mean": _round(mean), "sd": _round(sd)}}


def _round(value: float) -> float:
    """Three digits: more would say what is not known."""
    return float(f"{value:.3g}")
