"""Tables of a short book: printed numbers with their readings, and what the rates force."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from lifelines import KaplanMeierFitter

from .. import __version__, forced
from ..checks.nearest import percentage
from ..checks.printed import Curve, time_of
from ..checks.printed import curves as printed_curves
from ..checks.sizes import Sizes
from ..cohort import Cohort
from ..ensemble import Ensemble, intervals, quantities, unprinted
from ..ensemble.diagnostics import agreement
from ..forced import ForcedError
from ..published import Study
from ..scorecard import printed as as_printed
from .work import SEED, Outcome

FROM, TO = "95% from", "to"
MOST_R_HAT = 1.05
LEAST_EFFECTIVE = 100


def source(study: Study, file: Path, outcome: Outcome) -> pd.DataFrame:
    """What pages were made of: the file, the search, and what computed them."""
    rows = {
        "File": file.name,
        "SHA-256 of the file, its beginning": hashlib.sha256(file.read_bytes()).hexdigest()[:16],
        "Numbers in it, with those required": str(len(study.targets)),
        "Seed of all draws": str(SEED),
        "Cohorts looked at in the search": f"{outcome.evaluations:,}",
        "Python": platform.python_version(),
        "helpers": __version__,
        **{name: version(name) for name in ("lifelines", "scipy", "pandas", "numpy")},
    }
    return pd.DataFrame(rows.items(), columns=["part", "value"])


def printed(study: Study) -> pd.DataFrame:
    """Every number of a study, what it counts, and how it is read."""
    return pd.DataFrame(
        {
            "what": entry.words,
            "printed": as_printed(entry),
            "reading": " ".join(
                [entry.reading, *(f"Or: {other}" for other in entry.other_readings)]
            ),
            "kind": "assumed" if entry.assumed else entry.kind,
        }
        for entry in study.targets
    )


def forced_alone(study: Study) -> pd.DataFrame:
    """What each rate forces of its group: how many died, and how many were still followed.

    A group of which the file does not give the size is given the most that it can have; where
    nothing limits it, the rate is left out.
    """
    rows = []
    for name, group, n, curve in _curves(study):
        for entry in curve.rates:
            read = percentage(entry)
            if read is None:
                continue
            size = forced.bounds(read.text, n).by_size[0]
            deaths = followed = "not decided"
            if size.decided:
                deaths = _span(size.deaths_min, size.deaths_max)
                followed = _span(size.followed_min, size.followed_max)
            rows.append((name, group, n, float(time_of(entry)), entry.text, deaths, followed))
    columns = ["endpoint", "group", "group_size", "at_time", "printed", "events", "still_followed"]
    return pd.DataFrame(rows, columns=columns)


def forced_together(study: Study) -> pd.DataFrame:
    """What all rates of one curve force together: whether they can all be, and how many died."""
    rows = []
    for name, group, n, curve in _curves(study):
        if len(curve.rates) < 2 or (known := curve.together(curve.rates)) is None:
            continue
        listed = ", ".join(f"{entry.text} at {entry.estimand.time:g}" for entry in curve.rates)  # type: ignore[union-attr]
        try:
            within = known.deaths(n, len(known.rates) - 1)
            possible = "no" if within is None else "yes"
            events = "" if within is None else _span(within.fewest, within.most)
            if within is not None and not within.exact:
                events = f"within {events}"
            smallest = "" if within is not None else str(known.smallest_size(n) or "")
        except ForcedError:
            possible, events, smallest = "not decided", "", ""
        rows.append((name, group, n, listed, possible, events, smallest))
    columns = ["endpoint", "group", "group_size", "printed", "possible", "events", "smallest_group"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Drawn:
    """Kaplan–Meier fits of one endpoint, and what its times are in.

    Attributes
    ----------
    label, unit : str
    fits : dict of str to KaplanMeierFitter
        By the label of their group.
    """

    label: str
    unit: str
    fits: dict[str, KaplanMeierFitter]


def curves(cohort: Cohort) -> list[Drawn]:
    """Fits of a cohort: for each endpoint of which a rate is printed, every group of which one is."""
    study = cohort.study
    found: dict[str, Drawn] = {}
    for curve in printed_curves(study):
        endpoint = study.endpoints[curve.endpoint]
        rows = cohort.table_of_group(curve.group)
        rows = rows[rows[endpoint.time].notna()]
        if rows.empty:
            continue
        unit = study.unit_of(endpoint)
        drawn = found.setdefault(curve.endpoint, Drawn(endpoint.label, unit, {}))
        label = study.groups[curve.group].label
        drawn.fits[label] = KaplanMeierFitter(label=label).fit(
            rows[endpoint.time].astype(float), rows[endpoint.event].astype(int)
        )
    return list(found.values())


def left_open(ensemble: Ensemble) -> pd.DataFrame:
    """Where what is not printed lies in many cohorts, under each measure, and how far to trust it.

    Returns
    -------
    DataFrame
        A row a quantity and measure: `quantity`, `unit`, `measure`, the ends and the middle of the
        95% of its cohorts, `r_hat` and `effective_size`.
    """
    words = quantities(ensemble)
    main = list(words.index[words["main"]])
    found = intervals(unprinted(ensemble)[main], ensemble.record)
    mixed = agreement(ensemble)[["measure", "quantity", "r_hat", "effective_size"]]
    found = found.merge(mixed, on=["measure", "quantity"], how="inner")
    found["measure"] = [ensemble.study.measures[name].label for name in found["measure"]]
    found["unit"] = words.loc[found["quantity"], "unit"].to_numpy()
    found["quantity"] = words.loc[found["quantity"], "words"].to_numpy()
    found = found.rename(columns={"lower": FROM, "upper": TO})
    columns = ["quantity", "unit", "measure", FROM, "median", TO, "r_hat", "effective_size"]
    return found[columns]


def agreement_in_words(open_ranges: pd.DataFrame) -> str:
    """Whether the chains behind a table of `left_open` agree, in a sentence or two."""
    varying = open_ranges.dropna(subset=["r_hat"])
    if varying.empty:
        return "Nothing varies, or the chains are too short to tell whether they agree."
    apart = varying[~(varying["r_hat"] <= MOST_R_HAT)]
    few = varying[varying["effective_size"] < LEAST_EFFECTIVE]
    words = (
        f"The largest R-hat is {varying['r_hat'].max():.2f}, the smallest effective size "
        f"{varying['effective_size'].min():.0f}."
    )
    if not apart.empty:
        names = "; ".join(dict.fromkeys(apart["quantity"]))
        words += f" Chains do not agree, so that no range is to be relied on, for: {names}."
    if not few.empty:
        names = "; ".join(dict.fromkeys(few["quantity"]))
        words += f" Too few independent cohorts, so that ends are rough, for: {names}."
    return words


def measures(study: Study) -> pd.DataFrame:
    """The measures of a study in words."""
    return pd.DataFrame(
        [(one.label, one.words) for one in study.measures.values()], columns=["measure", "drawn"]
    )


def _curves(study: Study) -> Iterator[tuple[str, str, int, Curve]]:
    """Printed curves of groups whose most patients are known, with words for them."""
    sizes = Sizes(study)
    for curve in printed_curves(study):
        n = sizes[curve.group].high
        if n:
            label = study.groups[curve.group].label
            yield study.endpoints[curve.endpoint].label, label, n, curve


def _span(least: int | None, most: int | None) -> str:
    if least is None:
        return "none fits"
    return str(least) if least == most else f"{least} to {most}"
