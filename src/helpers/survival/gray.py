"""Gray's test of cumulative incidences between groups.

Looked at: lifelines, statsmodels and scikit-survival have the log-rank test only, which with the
other causes censored compares cause-specific hazards. greenwood, which is younger, agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2

from .steps import times_and_events

_Cube = NDArray[np.float64]


@dataclass(frozen=True)
class GrayTest:
    """Gray's test.

    Attributes
    ----------
    statistic : float
        Chi-squared; NaN when it cannot be computed.
    df : int
        Degrees of freedom, groups minus one.
    p_value : float
    """

    statistic: float
    df: int
    p_value: float


def gray_test(
    durations: ArrayLike,
    causes: ArrayLike,
    groups: ArrayLike,
    cause: int = 1,
    rho: float = 0.0,
) -> GrayTest:
    """Test whether groups share the cumulative incidence of one cause.

    The log-rank test's idea with another risk set: it compares subdistribution hazards, so that
    the risk set of a group, n (1 − F) / S, keeps those who had a competing event.

    Parameters
    ----------
    durations : array-like, shape (n,)
        Time to the first event, or to the end of follow-up.
    causes : array-like of int, shape (n,)
        0 where censored, else 1, 2, ... for what came first.
    groups : array-like, shape (n,)
        Any labels.
    cause : int
        The cause of interest.
    rho : float
        Power of one minus the pooled incidence that weights each time; 0 weights all alike.

    Returns
    -------
    GrayTest
        NaN when there is a single group, or nobody has the event of interest.

    Raises
    ------
    ValueError
        When a duration is not valid, a cause is not a whole number of at least 0, or lengths differ.

    References
    ----------
    Gray 1988, doi 10.1214/aos/1176350951. Checked against `cuminc` of R's package cmprsk, whose
    small-sample factors for ties are used.
    """
    code = np.asarray(causes, dtype=float)
    if not ((code >= 0) & (code % 1 == 0)).all():
        raise ValueError("causes: whole numbers of at least 0 were expected, 0 for censored")
    time, event = times_and_events(durations, (code > 0).astype(float))
    labels, group = np.unique(np.asarray(groups), return_inverse=True)
    if group.shape != time.shape:
        raise ValueError(f"groups: {len(time)} labels were expected, found {len(group)}")
    df = len(labels) - 1
    if df < 1 or not (code == cause).any():
        return GrayTest(nan, max(df, 0), nan)
    score, variance = _score(time, event == 1, code == cause, group, df + 1, rho)
    if np.linalg.matrix_rank(variance) < df:
        return GrayTest(nan, df, nan)
    statistic = float(score @ np.linalg.solve(variance, score))
    return GrayTest(statistic, df, float(chi2.sf(statistic, df)))


def _score(
    time: _Cube,
    any_event: NDArray[np.bool_],
    of_cause: NDArray[np.bool_],
    group: NDArray[np.intp],
    k: int,
    rho: float,
) -> tuple[_Cube, _Cube]:
    """Score of all groups but the last, and its variance."""
    grid = np.unique(time[any_event])
    member = group[:, None] == np.arange(k)
    here = (time == grid[:, None]).astype(float)
    n = (time >= grid[:, None]).astype(float) @ member
    mine = here @ (member & of_cause[:, None])
    other = here @ (member & (any_event & ~of_cause)[:, None])

    seen = n > 0
    safe = np.where(seen, n, 1.0)
    free = np.cumprod(np.where(seen, 1 - (mine + other) / safe, 1.0), axis=0)
    free_before = np.vstack([np.ones(k), free[:-1]])
    steps = np.where(seen, free_before * mine / safe, 0.0)
    before = np.cumsum(steps, axis=0) - steps
    # At risk where nobody was lost: n over the chance of being free of all events.
    scaled = np.where(seen, n / np.where(seen, free_before, 1.0), 0.0)
    total = scaled.sum(axis=1)
    events = mine.sum(axis=1)
    pooled = np.cumsum(events / total)
    pooled_before = np.append(0.0, pooled[:-1])
    weight = (1 - pooled_before) ** rho

    kept = scaled * (1 - before)
    expected = events[:, None] * kept / kept.sum(axis=1, keepdims=True)
    score = (weight[:, None] * (mine - expected)).sum(axis=0)

    # a: what one event in a group adds to each score; later: what it takes from it afterwards.
    share = scaled / total[:, None]
    a = weight[:, None, None] * (
        scaled[:, :, None] * np.eye(k) - scaled[:, :, None] * share[:, None, :]
    )
    running = np.cumsum(a * (events / (total * (1 - pooled_before)))[:, None, None], axis=0)
    later = running[-1] - running
    left = np.where(free > 0, (1 - pooled)[:, None] / np.where(free > 0, free, 1.0), 0.0)
    by_mine = a + (1 - left)[:, None, :] * later
    by_other = -left[:, None, :] * later
    v_mine = _tied(events[:, None], total[:, None] * free_before) * np.where(
        seen, free_before * events[:, None] / (total[:, None] * safe), 0.0
    )
    v_other = _tied(other, n) * np.where(free > 0, free_before**2 * other / safe**2, 0.0)
    variance = np.einsum("tik,tjk,tk->ij", by_mine, by_mine, v_mine)
    variance += np.einsum("tik,tjk,tk->ij", by_other, by_other, v_other)
    return score[:-1], variance[:-1, :-1]


def _tied(events: _Cube, n: _Cube) -> _Cube:
    """The hypergeometric factor for several events at one time."""
    several = events > 1
    return np.where(several, 1 - (events - 1) / np.where(several & (n > 1), n - 1, np.inf), 1.0)
