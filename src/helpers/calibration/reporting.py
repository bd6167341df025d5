"""What one more printed number would have told: how much of what is open it would have closed.

An ensemble shows how far a quantity Y is open, given all that was printed. Had one more number X
been printed too, only the members that print the same X would be left. Averaged over what X could
have been, the variance that is left is E[Var(Y | X)], and by the law of total variance
1 - E[Var(Y | X)] / Var(Y) is the share that X closes: the first-order Sobol index, also called the
correlation ratio.

Members that print the same X are few, and the variance within few is easily mistaken for a small
one. So it is estimated from differences: half the mean square difference between each member and
its nearest neighbours in X, ties broken at random. For an X that tells nothing this is Var(Y) on
average, whatever the number of members; no bins are chosen (Rice 1984, doi:10.1214/aos/1176346788;
Broto, Bachoc and Depecker 2020, doi:10.1137/18M1234631). Members of one chain are alike in X and Y
both, which would look like information; so neighbours, and the pairs behind Var(Y), are of different
chains.

SALib and scikit-learn's mutual information want independent inputs or another measure.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from .. import batch
from ..ensemble import Ensemble, estimates
from ..published import AtRisk, CoxTerm, KaplanMeier
from .quantities import focus

_Floats = NDArray[np.float64]

_NEIGHBOURS = 10
"""Members whose difference from a member counts."""
_GROUPS = 20
"""Groups of chains, or of parts of chains where these are few, that are left out in turn."""


def candidates(ensemble: Ensemble, unprinted: pd.DataFrame) -> dict[str, _Floats]:
    """What a study could have printed besides, in every member, rounded as it would have been.

    Parameters
    ----------
    ensemble : Ensemble
        Of a study that prints the p value of a group in a Cox model, and rates of its endpoint.
    unprinted : DataFrame
        What `ensemble.unprinted` finds in it.

    Returns
    -------
    dict of arrays, shape (members,) or (members, numbers)
        By their words. Ratios and p values as logarithms.

    Raises
    ------
    PublishedError
        When the study prints no such thing.
    """
    study, about = ensemble.study, focus(ensemble.study)
    name, time = about.endpoint, f"{about.horizon:g}"
    found = {
        "Deaths in all": unprinted[f"{name}.events"].to_numpy(),
        f"Deaths by {time} months": unprinted[f"{name}.events-{time}"].to_numpy(),
        f"Survival of all at {time} months": unprinted[f"{name}.survival-{time}"]
        .round(1)
        .to_numpy(),
        "Median survival of all": unprinted[f"{name}.median"].round(0).to_numpy(),
        "Median follow-up, deaths censored": _median_follow_up(ensemble, name).round(0),
    }
    compared = [groups for groups in study.groupings.values() if len(groups) == 2]
    for pair in compared:
        labels = " and ".join(study.groups[group].label for group in pair)
        inside = np.stack([ensemble.grid(ensemble.members(group)) for group in pair])
        died = ensemble.grid(study.endpoints[name].event) == 1
        early = ensemble.grid(study.endpoints[name].time) <= about.horizon
        at_risk = [
            estimates(
                ensemble, AtRisk(statistic="at-risk", endpoint=name, group=g, time=about.horizon)
            )
            for g in pair
        ]
        found[f"Number at risk at {time} months, {labels}"] = np.stack(at_risk, axis=1)
        found[f"Patients, {labels}"] = inside.sum(axis=2).T.astype(float)
        found[f"Deaths, {labels}"] = (inside & died).sum(axis=2).T.astype(float)
        found[f"Deaths by {time} months, {labels}"] = (
            (inside & died & early).sum(axis=2).T.astype(float)
        )
    finer = [
        estimates(ensemble, entry.estimand).round(entry.decimals + 1)
        for entry in study.entries.values()
        if isinstance(entry.estimand, KaplanMeier) and entry.estimand.endpoint == name
    ]
    found["The printed rates, with one more decimal"] = np.stack(finer, axis=1)
    term = {"model": about.model, "term": about.term}
    b, se = (
        unprinted[f"{about.model}.{about.term}.{part}"].to_numpy() for part in ("cox", "cox-se")
    )
    p = estimates(ensemble, CoxTerm(statistic="cox-p", **term))
    exponent = np.floor(np.log10(p))
    found["Exact p value"] = np.log10(np.round(p / 10**exponent, 1)) + exponent
    ratios = np.exp(np.stack([b, b - 1.96 * se, b + 1.96 * se], axis=1))
    printed = np.log(np.maximum(ratios.round(1), 0.05))
    found["Hazard ratio"], found["Hazard ratio and its interval"] = printed[:, 0], printed
    return {words: x for words, x in found.items() if (np.nanmin(x, 0) < np.nanmax(x, 0)).any()}


def by_measure(
    ensemble: Ensemble, outcome: ArrayLike, numbers: Mapping[str, _Floats]
) -> pd.DataFrame:
    """`worth` for the members of each reference measure apart, with intervals.

    Parameters
    ----------
    ensemble : Ensemble
    outcome : array-like, shape (members,)
        The quantity, such as a column of `ensemble.unprinted`.
    numbers : mapping
        As `candidates` gives them.

    Returns
    -------
    DataFrame
        `measure` (its label), the columns of `worth`, and `lower` and `upper`, 95% limits
        of `closed`; best first by the mean over measures.
    """
    record, values = ensemble.record, np.asarray(outcome, float)
    parts = []
    for measure in dict.fromkeys(record["measure"]):
        here = (record["measure"] == measure).to_numpy()
        found = worth(
            values[here],
            {words: x[here] for words, x in numbers.items()},
            record["shard"][here],
        )
        found.insert(0, "measure", ensemble.study.measures[measure].label)
        parts.append(found)
    table = pd.concat(parts, ignore_index=True)
    table["lower"] = table["closed"] - 1.96 * table["closed_se"]
    table["upper"] = table["closed"] + 1.96 * table["closed_se"]
    mean = table.groupby("number")["closed"].transform("mean")
    order = np.lexsort((table["number"], -mean, table["number"] != "nothing more"))
    return table.iloc[order].reset_index(drop=True)


def worth(
    outcome: ArrayLike,
    printed: Mapping[str, ArrayLike],
    chains: ArrayLike | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """How much of a quantity's variance each further printed number would close.

    Parameters
    ----------
    outcome : array-like, shape (members,)
        The quantity, in every member. Members where it is not finite are left out.
    printed : mapping of str to array-like, shape (members,) or (members, numbers)
        What could have been printed, rounded as it would have been: one number or several together.
        Infinite or missing means that the number is printed as not reached or not estimable.
    chains : array-like, shape (members,), optional
        From which chain a member is, for the error; each by itself when left out.
    seed : int
        For ties.

    Returns
    -------
    DataFrame
        A row for each of `printed`, best first: `number`; `closed`, the share of the variance, and
        its standard error `closed_se` by a jackknife over groups of chains, or over stretches of
        them where chains are few and long; and `sd_left`, the standard deviation that is left.
        The first row, `nothing more`, is the outcome as it is. `closed` may be a little negative.

    Raises
    ------
    ValueError
        With fewer than 50 members, or where the outcome does not vary.

    Notes
    -----
    A bootstrap would put copies of a member beside it, as neighbours without a difference.
    """
    y = np.asarray(outcome, float)
    use = np.isfinite(y)
    y = y[use]
    if y.size < 50:
        raise ValueError(f"outcome: at least 50 members were expected, found {y.size}")
    if np.ptp(y) == 0:
        raise ValueError("outcome: a quantity that varies was expected")
    owner = np.arange(y.size) if chains is None else np.unique(chains, return_inverse=True)[1][use]
    if np.unique(owner).size < 2:
        raise ValueError("chains: at least 2 were expected, found 1")
    groups = _stretches(owner)
    enough = _NEIGHBOURS + int(
        np.unique(groups, return_counts=True)[1].max()
    )  # a group is left out
    rng = np.random.default_rng(seed)
    deviation = float(np.sqrt(_variance(y, owner)))
    rows = [("nothing more", 0.0, 0.0, deviation)]
    for name, values in printed.items():
        x = _coordinates(np.asarray(values, float)[use], rng)
        near = _neighbours(x, owner, enough)
        closed = _closed(near, y, owner, np.ones(y.size, bool))
        without = np.array([_closed(near, y, owner, groups != g) for g in np.unique(groups)])
        error = float(np.sqrt((len(without) - 1) * without.var()))
        left = deviation * np.sqrt(max(0.0, 1 - closed))
        rows.append((name, closed, error, left))
    columns = ["number", "closed", "closed_se", "sd_left"]
    found = pd.DataFrame(rows, columns=columns)
    order = [0, *(1 + np.argsort(-found["closed"].to_numpy()[1:], kind="stable"))]
    return found.iloc[order].reset_index(drop=True)


def _stretches(owner: NDArray[np.intp]) -> NDArray[np.intp]:
    """What is left out together: some chains, or a stretch of one where there are fewer than groups."""
    chains = int(owner.max()) + 1
    if chains >= _GROUPS:
        return owner % _GROUPS
    each = -(-_GROUPS // chains)
    size = np.bincount(owner)
    place = pd.Series(owner).groupby(owner).cumcount().to_numpy()
    return owner * each + place * each // size[owner]


def _coordinates(values: _Floats, rng: np.random.Generator) -> _Floats:
    """Numbers on one scale, what is not finite apart from all others, and ties in random order."""
    x = values.reshape(len(values), -1).copy()
    for column in x.T:
        finite = column[np.isfinite(column)]
        low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
        apart = 10 * ((high - low) or 1.0)
        column[np.isnan(column)] = low - 2 * apart
        column[column == np.inf] = high + apart
        column[column == -np.inf] = low - apart
        spread = finite.std() if finite.size else 0.0
        column /= spread or 1.0
    return x + rng.uniform(0, 1e-7, x.shape)


def _closed(
    near: NDArray[np.intp], y: _Floats, owner: NDArray[np.intp], kept: NDArray[np.bool_]
) -> float:
    """Share of the variance that is not left between neighbours of different chains, of those kept.

    `near` has so many neighbours that enough are kept.
    """
    near, own = near[kept], y[kept][:, None]
    there = kept[near]
    count = min(_NEIGHBOURS, int(there.sum(axis=1).min()))
    nearest = there & (there.cumsum(axis=1) <= count)
    left = ((y[near] - own) ** 2)[nearest].mean() / 2
    return float(1 - left / _variance(y[kept], owner[kept]))


def _variance(y: _Floats, owner: NDArray[np.intp]) -> float:
    """Half the mean square difference of all pairs of different chains."""
    y = y - y.mean()
    size = np.bincount(owner)
    total, square = np.bincount(owner, y), np.bincount(owner, y**2)
    within = (size * square - total**2).sum()
    return float((y.size * (y**2).sum() - y.sum() ** 2 - within) / (y.size**2 - (size**2).sum()))


def _neighbours(x: _Floats, owner: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The nearest members of other chains, nearest first; `count` or all of them."""
    largest = int(np.bincount(owner).max())
    count = min(count, len(x) - largest)
    near = cKDTree(x).query(x, k=min(len(x), count + largest))[1]
    own = owner[near] == owner[:, None]
    return np.take_along_axis(near, np.argsort(own, axis=1, kind="stable"), axis=1)[:, :count]


def _median_follow_up(ensemble: Ensemble, endpoint: str) -> _Floats:
    """By the reverse Kaplan–Meier estimate: deaths censored, censorings as events."""
    spec = ensemble.study.endpoints[endpoint]
    times = ensemble.grid(ensemble.first[spec.time].to_numpy(float))
    left = ensemble.grid(ensemble.first[spec.event].to_numpy() == 0)
    return batch.median(batch.cohorts(times, left, ensemble.included))
