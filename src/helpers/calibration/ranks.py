"""Where known cohorts stand among the members that were reconstructed from their abstracts.

If the known cohort and the M members are draws of one distribution, none of the M + 1 is special: its
rank, ties broken at random, is uniform on 0 to M (Cook, Gelman and Rubin 2006,
doi:10.1198/106186006X136976; Talts and others 2018, arXiv:1804.06788). So it lies outside the range
of all members in 2 of M + 1 cases, and a histogram of ranks is flat.

The quantities of one cohort hang together, so that their ranks are no independent draws, and tests
that count them as such are wrong. But what is not special can be exchanged: any of the M + 1 cohorts
could have been the known one. Where each ensemble has one of its cohorts, chosen at random, stand in
for the known one with all its quantities, a statistic has the distribution that it has when nothing
is amiss; the test is exact. scipy's `permutation_test` exchanges single observations, and arviz draws
ranks without a test.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import integrate, stats

from .quantities import NAMES

MIXED = 1.1
"""R-hat above which the chains of an ensemble are said not to have mixed."""
EXCHANGES = 1999
"""How often cohorts are exchanged for a test."""


def ranks(cohorts: pd.DataFrame, by: Sequence[str], seed: int = 1) -> pd.DataFrame:
    """Rank of every cohort among the others of its ensemble, ties broken at random.

    Parameters
    ----------
    cohorts : DataFrame
        A row a cohort: `member`, 0 for the known one, the quantities, and the columns of `by`.
    by : sequence of str
        What tells ensembles apart.
    seed : int
        For ties.

    Returns
    -------
    DataFrame
        Of ensembles that have members, a row a cohort and quantity: the columns of `by`,
        `member`, `quantity` in words, `rank` from 0, and `members`, the highest. Values that are
        missing are left out; infinite ones are ordered like others.
    """
    rng = np.random.default_rng(seed)
    named = [name for name in NAMES if name in cohorts]
    about = [*by, "member", "row"]
    long = cohorts.assign(row=np.arange(len(cohorts))).melt(about, named, "quantity", "value")
    long = long.dropna(subset="value").assign(chance=lambda frame: rng.random(len(frame)))
    long = long.sort_values(["value", "chance"], kind="stable")
    groups = long.groupby([*by, "quantity"], sort=False, observed=True)
    long["rank"] = groups.cumcount()
    long["members"] = groups["rank"].transform("size") - 1
    known = groups["member"].transform("min") == 0
    order = {name: place for place, name in enumerate(NAMES)}
    long = long[known & (long["members"] > 0)].assign(place=lambda x: x["quantity"].map(order))
    long = long.sort_values(["row", "place"], ignore_index=True).replace({"quantity": NAMES})
    return long[[*by, "member", "quantity", "rank", "members"]]


def outside(ranked: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """How many known cohorts lie outside all members of their ensembles.

    Parameters
    ----------
    ranked : DataFrame
        As `ranks` gives it.
    by : sequence of str
        What to count apart, such as `quantity`; each truth should be counted once.

    Returns
    -------
    DataFrame
        A row for each of `by`: `truths`, `outside` (how many), `share`, its 95% Clopper–Pearson
        interval `lower` to `upper`, `expected` (the share, 2 of M + 1), and `p` of the exact
        binomial test.
    """
    known = ranked[ranked["member"] == 0]
    rows = []
    for key, group in known.groupby(list(by), sort=False, observed=True):
        count = int(_ends(group["rank"], group["members"]).sum())
        expected = float((2 / (group["members"] + 1)).mean())
        test = stats.binomtest(count, len(group), min(1.0, expected))
        limits = test.proportion_ci(0.95, "exact")
        named = dict(zip(by, key, strict=True))
        rows.append(
            {
                **named,
                "truths": len(group),
                "outside": count,
                "share": count / len(group),
                "lower": limits.low,
                "upper": limits.high,
                "expected": expected,
                "p": test.pvalue,
            }
        )
    return pd.DataFrame(rows)


def exchanged(
    ranked: pd.DataFrame, by: Sequence[str], bins: int = 8, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Whether the ranks of all quantities together are uniform, by exchanging whole cohorts.

    Parameters
    ----------
    ranked : DataFrame
        As `ranks` gives it.
    by : sequence of str
        What tells ensembles apart.
    bins : int
        Of the histogram.
    seed : int

    Returns
    -------
    tests : DataFrame
        A row for `outside` and `histogram`: `truths`, `comparisons`, `found` (share outside all
        members; chi-square distance of the histogram from a flat one), what it is when any cohort
        could be the known one (`expected`, and 95% of it from `lower` to `upper`), `p`, and
        `worth`, the independent comparisons that would vary as much.
    histogram : DataFrame
        A row a bin: `rank_class` from 1, `ranks`, `expected`, and 95% of exchanges from `lower` to
        `upper`.
    """
    rng = np.random.default_rng(seed)
    ranked = ranked.sort_values("member", kind="stable", ignore_index=True)
    at = (bins * ranked["rank"] // (ranked["members"] + 1)).to_numpy()
    marks = pd.DataFrame({one: (at == one).astype(float) for one in range(bins)})
    marks["out"] = _ends(ranked["rank"], ranked["members"]).astype(float)
    marks["share"] = 2 / (ranked["members"] + 1)
    marks["of"] = 1.0
    keys = [ranked[name] for name in [*by, "member"]]
    sums = marks.groupby(keys, sort=False, observed=True).sum()  # each cohort with all it has
    levels = list(by) if len(by) > 1 else by[0]
    ensembles = [part.to_numpy() for _, part in sums.groupby(level=levels, sort=False)]
    whole = np.sum([part[0] for part in ensembles], axis=0)  # the known one comes first
    drawn = np.zeros((EXCHANGES, whole.size))
    for part in ensembles:
        drawn += part[rng.integers(len(part), size=EXCHANGES)]
    comparisons = int(whole[-1])
    found = np.array([whole[bins] / comparisons, _distance(whole[:bins])])
    null = np.column_stack([drawn[:, bins] / drawn[:, -1], _distance(drawn[:, :bins])])
    far = np.abs(null - null.mean(axis=0)) >= np.abs(found - null.mean(axis=0)) - 1e-12
    high = null[:, 1] >= found[1] - 1e-12
    share = float(whole[bins + 1] / comparisons)
    variance = float(null[:, 0].var())
    worth = share * (1 - share) / variance if variance > 0 else np.nan
    tests = pd.DataFrame(
        {
            "statistic": ["outside", "histogram"],
            "truths": len(ensembles),
            "comparisons": comparisons,
            "found": found,
            "expected": [share, float(null[:, 1].mean())],
            "lower": np.quantile(null, 0.025, axis=0),
            "upper": np.quantile(null, 0.975, axis=0),
            "p": [(1 + far[:, 0].sum()) / (EXCHANGES + 1), (1 + high.sum()) / (EXCHANGES + 1)],
            "worth": [worth, np.nan],
        }
    )
    histogram = pd.DataFrame(
        {
            "rank_class": np.arange(bins) + 1,
            "ranks": whole[:bins],
            "expected": comparisons / bins,
            "lower": np.quantile(drawn[:, :bins], 0.025, axis=0),
            "upper": np.quantile(drawn[:, :bins], 0.975, axis=0),
        }
    )
    return tests, histogram


def outside_when(members: int, spread: float = 1.0, shift: float = 0.0) -> float:
    """Share of truths outside all members, where these are not as they should be.

    Parameters
    ----------
    members : int
    spread : float
        Standard deviation of members over that of truths, both normal.
    shift : float
        Mean of members less that of truths, in standard deviations of truths.

    Returns
    -------
    float
        2 of members + 1 where nothing is amiss.
    """

    def beyond(side: float) -> float:
        return float(
            integrate.quad(
                lambda z: (
                    stats.norm.pdf(z)
                    * stats.norm.cdf((side * z - side * shift) / spread) ** members
                ),
                -9,
                9,
            )[0]
        )

    return beyond(1.0) + beyond(-1.0)


def power(truths: float, members: int, share: float, level: float = 0.05) -> float:
    """Chance that a binomial test finds too many truths outside all members.

    Parameters
    ----------
    truths : float
        Independent comparisons; rounded down.
    members : int
    share : float
        Of truths that are outside, in fact.
    level : float
        Of the test, which is exact and looks for too many only.

    Returns
    -------
    float
    """
    number = int(truths)
    expected = 2 / (members + 1)
    counts = np.arange(number + 2)
    least = int(counts[stats.binom.sf(counts - 1, number, expected) <= level][0])
    return float(stats.binom.sf(least - 1, number, share))


def _ends(rank: pd.Series, members: pd.Series) -> NDArray[np.bool_]:
    return ((rank == 0) | (rank == members)).to_numpy(bool)


def _distance(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chi-square distance of histograms from flat ones."""
    expected = counts.sum(axis=-1, keepdims=True) / counts.shape[-1]
    return np.asarray(((counts - expected) ** 2 / expected).sum(axis=-1))
