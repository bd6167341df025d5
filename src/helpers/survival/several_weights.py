"""The largest of several weighted log-rank tests, with its p value.

lifelines has each weighted test alone (`logrank_test(weightings="fleming-harrington", p=, q=)`,
which agrees with R), but neither it, statsmodels nor scikit-survival says how the tests hang
together. The p value needs a normal distribution without full rank, since the weight 1 is the sum of
S and 1 − S. On such a one `scipy.stats.multivariate_normal` takes half a second, returns another
fifth digit each time, and may miss the third; so the chance is integrated here over directions.
greenwood, which is younger, has the test with a p value that is off in the fifth digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from .steps import Floats, times_and_events

FAMILY = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
"""Rho and gamma: all deaths alike, the late ones, the early ones, those in the middle."""

_NODES = 64
_RANK = 3


@dataclass(frozen=True)
class MaxCombo:
    """Several weighted log-rank tests and the largest of them.

    Attributes
    ----------
    tests : DataFrame
        `rho`, `gamma`, `z` (positive where the group has more events than expected) and `p`
        (two-sided), a row a test. NaN where a test has no variance.
    correlation : array, shape (k, k)
        Of the tests if the groups do not differ.
    statistic : float
        Largest size of a `z`.
    p_value : float
        Chance that the largest size would be as large if the groups did not differ.
    """

    tests: pd.DataFrame
    correlation: Floats
    statistic: float
    p_value: float


def max_combo(
    durations: ArrayLike,
    event_observed: ArrayLike,
    group: ArrayLike,
    weights: Sequence[tuple[float, float]] = FAMILY,
) -> MaxCombo:
    """The largest of several Fleming–Harrington tests of a group against the rest, two-sided.

    Parameters
    ----------
    durations, event_observed : array-like, shape (n,)
    group : array-like of bool, shape (n,)
    weights : sequence of (rho, gamma)
        Each weighs an event by S^rho (1 − S)^gamma, with S the Kaplan–Meier estimate of everybody
        just before it. Together they may span three dimensions, as all with rho + gamma of 0, 1
        and 2 do.

    Returns
    -------
    MaxCombo
        NaN where one of the tests has no variance.

    Raises
    ------
    ValueError
        When shapes differ, a weight is negative, or the tests span more than three dimensions.

    References
    ----------
    Harrington and Fleming 1982, doi 10.1093/biomet/69.3.553; Lee 2007,
    doi 10.1016/j.csda.2007.03.006; Karrison 2016, doi 10.1177/1536867X1601600308.
    """
    time, event = times_and_events(durations, event_observed)
    member = np.asarray(group).astype(bool)
    powers = np.asarray(weights, dtype=float)
    if member.shape != time.shape:
        raise ValueError(f"group: {time.size} values were expected, found {member.shape}")
    if powers.ndim != 2 or powers.shape[1] != 2 or not (powers >= 0).all():
        raise ValueError("weights: pairs of rho and gamma of at least 0 were expected")
    score, covariance = _scores(time, event == 1, member, powers)
    spread = np.sqrt(np.diag(covariance))
    tests = pd.DataFrame(powers, columns=["rho", "gamma"])
    if not (spread > 1e-12).all():
        blank = np.full_like(covariance, nan)
        return MaxCombo(tests.assign(z=nan, p=nan), blank, nan, nan)
    z = score / spread
    correlation = covariance / np.outer(spread, spread)
    tests["z"], tests["p"] = z, chdtrc(1, z**2)
    return MaxCombo(
        tests, correlation, float(np.abs(z).max()), max_combo_p(np.abs(z).max(), correlation)
    )


def max_combo_p(statistic: float, correlation: ArrayLike) -> float:
    """Chance that one of several correlated normal values is at least so far from 0.

    Parameters
    ----------
    statistic : float
        Largest absolute value observed.
    correlation : array-like, shape (k, k)
        Of rank 3 at most.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a correlation of a higher rank.

    Notes
    -----
    The values are products of fixed vectors with r independent normals. Their direction is uniform
    and independent of their length, whose square is chi-squared with r degrees of freedom; along
    each direction the largest value is a multiple of the length. So the chance is a mean over
    directions: for two dimensions over a circle, for three over a sphere, there face by face of the
    polyhedron on which the largest value is the same. What is left to integrate numerically is
    smooth between corners.
    """
    values, vectors = np.linalg.eigh(np.asarray(correlation, dtype=float))
    kept = values > 1e-9
    rank = int(kept.sum())
    if rank > _RANK:
        raise ValueError(f"tests that span at most {_RANK} dimensions were expected, found {rank}")
    rows = (vectors * np.sqrt(np.maximum(values, 0)))[:, kept]
    if rank == 1:
        return float(chdtrc(1, statistic**2))
    return _circle(rows, statistic) if rank == 2 else _sphere(_distinct(rows), statistic)


def _distinct(rows: Floats) -> Floats:
    """One of each pair of vectors that are the same but for their sign."""
    same = np.abs(rows @ rows.T) > 1 - 1e-12
    return rows[~np.tril(same, -1).any(axis=1)]


@cache
def _legendre() -> tuple[Floats, Floats]:
    node, weight = np.polynomial.legendre.leggauss(_NODES)
    return node, weight


def _circle(rows: Floats, statistic: float) -> float:
    """Two dimensions: where one vector takes over from another, the angle is half way."""
    at = np.arctan2(rows[:, 1], rows[:, 0])
    kinks = np.add.outer((at[:, None] + at).ravel() / 2, np.arange(2) * np.pi / 2)
    edges = np.unique(np.concatenate([[0.0, np.pi], np.mod(kinks.ravel(), np.pi)]))
    node, weight = _legendre()
    half = np.diff(edges)[:, None] / 2
    angle = edges[:-1, None] + half * (node + 1)
    largest = np.abs(
        np.multiply.outer(rows[:, 0], np.cos(angle)) + np.multiply.outer(rows[:, 1], np.sin(angle))
    ).max(axis=0)
    return float((half * weight * chdtrc(2, (statistic / largest) ** 2)).sum() / np.pi)


def _sphere(rows: Floats, statistic: float) -> float:
    """Three dimensions: a face for each vector, in polar coordinates around its foot.

    The face of a vector is the polygon of points q, in the plane at distance 1 across it, where no
    other vector has a larger value. Beyond q, at distance s = √(1 + |q|²), lies the chance
    sf(statistic · s) of the chi distribution; over the solid angle it has the primitive below. Along
    a side at distance h the angle is replaced by u, with h cosh(u) the distance of the point: then
    long narrow faces, of tests that almost determine each other, cost no digits.
    """

    def primitive(s: Floats | float) -> Floats:
        tail = chdtrc(3, (statistic * s) ** 2) / s
        return np.asarray(
            np.sqrt(2 / np.pi) * statistic * np.exp(-((statistic * s) ** 2) / 2) - tail
        )

    node, weight = _legendre()
    total = 0.0
    for number, foot in enumerate(rows):
        others = np.delete(rows, number, axis=0)
        along = others @ foot
        across = others @ np.linalg.svd(foot[None])[2][1:].T
        normal, reach = np.vstack([across, -across]), np.concatenate([1 - along, 1 + along])
        i, j = np.triu_indices(len(reach), 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            meet = np.stack(
                [
                    reach[i] * normal[j, 1] - reach[j] * normal[i, 1],
                    reach[j] * normal[i, 0] - reach[i] * normal[j, 0],
                ]
            ) / (normal[i, 0] * normal[j, 1] - normal[j, 0] * normal[i, 1])
            inside = (normal @ meet <= reach[:, None] * (1 + 1e-6) + 1e-9).all(axis=0)
        start = np.unique(np.arctan2(meet[1, inside], meet[0, inside]))
        stop = np.append(start[1:], start[0] + 2 * np.pi)
        middle = (start + stop) / 2
        slope = normal @ np.stack([np.cos(middle), np.sin(middle)])
        with np.errstate(divide="ignore"):
            side = np.where(slope > 0, reach[:, None] / slope, np.inf).argmin(axis=0)
        far = (reach / np.hypot(*normal.T))[side, None]
        turn = np.arctan2(normal[side, 1], normal[side, 0])
        low, high = np.arcsinh(np.tan(start - turn)), np.arcsinh(np.tan(stop - turn))
        u = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * node
        around = (high - low)[:, None] / 2 * weight / np.cosh(u)
        beyond = np.sqrt(1 + (far * np.cosh(u)) ** 2)
        total += float((around * (primitive(beyond) - primitive(1.0))).sum())
    return total / (2 * np.pi)


def _scores(
    time: Floats, event: np.ndarray, member: np.ndarray, powers: Floats
) -> tuple[Floats, Floats]:
    """Weighted observed minus expected events of the group, and their covariance."""
    score, covariance = np.zeros(len(powers)), np.zeros((len(powers), len(powers)))
    before = 1.0
    for now in np.unique(time[event]):
        at_risk, dying = time >= now, event & (time == now)
        n, d = int(at_risk.sum()), int(dying.sum())
        share = (at_risk & member).sum() / n
        weight = before ** powers[:, 0] * (1 - before) ** powers[:, 1]
        score += weight * ((dying & member).sum() - d * share)
        if n > 1:
            variance = d * share * (1 - share) * (n - d) / (n - 1)
            covariance += np.outer(weight, weight) * variance
        before *= 1 - d / n
    return score, covariance
