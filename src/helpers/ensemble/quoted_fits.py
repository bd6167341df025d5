"""What fitted models say and nothing prints, in every cohort: part of the numbers of `quoted`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from .. import batch
from ..contract.relations import DAYS_PER_MONTH
from ..published import Study
from . import corrected, growing
from .cohorts import Ensemble
from .forecasts import Forecast, net_benefit, own_area
from .leeway import unprinted
from .observed import in_some, observed
from .quoted_number import Quoted
from .states import hazard_ratio
from .values import covariates

_Z = float(ndtri(0.975))
_OS, _MODEL = "overall-survival", "multivariable"
_GROUPINGS = {"site": "site_group", "size": "size_group"}
_TARGET_MM = 15.0
_WOMAN = {"lesions": 1.0, "interval": 2.0, "age": 5.0}


def of_fits(ensemble: Ensemble) -> Iterator[Quoted]:
    """Hazard ratios, predictions and growth in every cohort."""
    yield from _of_size(ensemble)
    yield from _of_model(ensemble, ensemble.study)
    yield from _of_forecasts(ensemble)
    yield from _of_performance(ensemble)
    yield from _of_new_patients(ensemble)
    yield from _of_growth(ensemble)


def _of_size(ensemble: Ensemble) -> Iterator[Quoted]:
    """Hazard ratios of large tumours within each site, and their ratio."""
    groupings, groups = ensemble.study.groupings, ensemble.study.groups
    large, one = groupings[_GROUPINGS["size"]][1], groupings[_GROUPINGS["site"]][0]
    inside = np.where(ensemble.grid(ensemble.members(large)), -np.inf, np.inf)
    for name in groupings[_GROUPINGS["site"]]:
        of = observed(ensemble, _OS, name)
        words = f"Hazard ratio of death, {groups[large].label}, {groups[name].label}"
        found = hazard_ratio(of.time, of.event, inside, of.member)
        yield Quoted(f"size.ratio.{name}", words, "ratio", found.ratio)
    both = [ensemble.grid(ensemble.members(name)).astype(float) for name in (large, one)]
    product = batch.cox(ensemble.batch(_OS), np.stack([*both, both[0] * both[1]], axis=-1))
    settled = product.status == batch.Status.CONVERGED
    ratio = np.where(settled, np.exp(product.coef[:, 2]), np.nan)
    yield Quoted("size.ratio.between", "Ratio of these two hazard ratios", "ratio", ratio)
    millimetres = ensemble.grid(ensemble.first["max_diameter_mm"].to_numpy(float))
    cut = batch.maximally_selected(ensemble.batch(_OS), millimetres).cut
    above = batch.log_rank(ensemble.batch(_OS), millimetres > cut[:, None])
    words = "One-step hazard ratio above the best cut against below"
    ratio = np.where(np.isfinite(cut), np.exp(above.log_hazard_ratio), np.nan)
    yield Quoted("size.ratio.at-best-cut", words, "ratio", ratio)


def _of_model(ensemble: Ensemble, study: Study) -> Iterator[Quoted]:
    fits = unprinted(ensemble)
    of = ensemble.batch(study.models[_MODEL].endpoint)
    penalised = batch.firth(of, covariates(ensemble, _MODEL), ties="breslow")  # as firthmodels
    settled = penalised.status == batch.Status.CONVERGED
    for place, (term, covariate) in enumerate(study.models[_MODEL].covariates.items()):
        for way, words in (("univariable", "alone"), ("cox", "in the model")):
            log = fits[f"{_MODEL}.{term}.{way}"].to_numpy()
            se = fits[f"{_MODEL}.{term}.{way}-se"].to_numpy()
            about = f"azard ratio of {covariate.label}, {words}"
            for id, said, unit, found in (
                ("", "H", "ratio", np.exp(log)),
                ("-lower", "Lower 95% limit of the h", "ratio", np.exp(log - _Z * se)),
                ("-upper", "Upper 95% limit of the h", "ratio", np.exp(log + _Z * se)),
                ("-p", "p value of the Wald test of the h", "p", 2 * ndtr(-np.abs(log / se))),
            ):
                yield Quoted(f"model.{term}.{way}{id}", said + about, unit, found)
        words = f"Hazard ratio of {covariate.label}, in the model with Firth's penalty"
        ratio = np.where(settled, np.exp(penalised.coef[:, place]), np.nan)
        yield Quoted(f"model.{term}.firth", words, "ratio", ratio)
    index = fits[f"{_MODEL}.c-index"].to_numpy()
    yield Quoted("model.c-index", "C-index of the model, on its own patients", "index", index)
    large = ensemble.grid(ensemble.members(study.groupings[_GROUPINGS["size"]][1])).astype(float)
    alone = batch.concordance(ensemble.batch(_OS), large).index
    yield Quoted("model.c-index-size", "C-index of the size group alone", "index", alone)


def _of_forecasts(ensemble: Ensemble) -> Iterator[Quoted]:
    """What the model predicts for two women, and for everybody at either size."""
    forecast = Forecast(ensemble, _MODEL)
    labels = [
        ensemble.study.groups[name].label for name in ensemble.study.groupings[_GROUPINGS["size"]]
    ]
    for large, name, label in zip((0.0, 1.0), ("small", "large"), labels, strict=True):
        for month in (12, 36):
            yield Quoted(
                f"predicted.{name}-{month}",
                f"Predicted survival of a woman at {month} months, {label}",
                "share",
                forecast.of({**_WOMAN, "size": large}, month),
            )
    adjusted = {}
    for large, name, label in zip((0.0, 1.0), ("small", "large"), labels, strict=True):
        for month in (12, 24, 36):
            adjusted[name, month] = forecast.mean("size", large, month)
            words = f"Adjusted survival at {month} months, {label}"
            yield Quoted(f"adjusted.{name}-{month}", words, "share", adjusted[name, month])
    words = f"Difference of adjusted survival at 36 months, {labels[0]} minus {labels[1]}"
    gap = adjusted["small", 36] - adjusted["large", 36]
    yield Quoted("adjusted.difference-36", words, "points", gap)


def _of_performance(ensemble: Ensemble) -> Iterator[Quoted]:
    """How good the model with Firth's penalty is at 36 months, on the patients that it was fitted to."""
    patients, of = ensemble.batch(_OS), observed(ensemble, _OS)
    x = covariates(ensemble, _MODEL)
    penalised = batch.firth(patients, x)
    coef = np.where((penalised.status == batch.Status.CONVERGED)[:, None], penalised.coef, np.nan)
    risk = np.einsum("cpk,ck->cp", x, coef)
    known = np.nan_to_num(risk)
    chance = np.exp(-batch.baseline(patients, known, 36)[:, None] * np.exp(known))
    score = batch.brier(patients, chance, 36)
    without = np.isnan(coef).any(axis=1)
    for id, words, unit, values in (
        ("brier-36", "Brier score at 36 months, on its own patients", "index", score.score),
        ("skill-36", "Skill at 36 months, on its own patients", "share", score.skill),
        ("area-36", "Area under the ROC curve at 36 months, on its own patients", "index",
         own_area(of, known, 36)),
        ("c-index", "C-index of the model with Firth's penalty, on its own patients", "index",
         batch.concordance(patients, known).index),
    ):  # fmt: skip
        yield Quoted(f"firth.{id}", words, unit, np.where(without, np.nan, values))
    for percent in (10, 25, 50, 75):
        values = net_benefit(of, 1 - chance, percent / 100, 36)
        words = f"Net benefit at 36 months of acting from a risk of {percent}%"
        yield Quoted(
            f"firth.net-benefit-{percent}", words, "index", np.where(without, np.nan, values)
        )


def _of_new_patients(ensemble: Ensemble) -> Iterator[Quoted]:
    """How good the models would be on new patients, in some of the cohorts."""
    of, x = observed(ensemble, _OS), covariates(ensemble, _MODEL)
    words = {
        "firth.corrected.c-index": (
            "C-index of the model with Firth's penalty, corrected",
            "index",
        ),
        "firth.corrected.brier": ("Brier score at 36 months, corrected", "index"),
        "firth.corrected.skill": ("Skill at 36 months, corrected", "share"),
        "firth.corrected.slope": ("Calibration slope, corrected", "ratio"),
    }

    def corrected_of(cohort: int, member: NDArray[np.bool_]) -> Sequence[float]:
        given = of.time[cohort, member], of.event[cohort, member], x[cohort, member]
        fitted = corrected.on_new_patients(*given, 36).values()
        return [corrected.unpenalised_index(*given), *fitted]

    index, *found = in_some(of, corrected_of)
    yield Quoted("model.corrected.c-index", "C-index of the model, corrected", "index", index)
    for (id, (said, unit)), values in zip(words.items(), found, strict=True):
        yield Quoted(id, said, unit, values)


def _of_growth(ensemble: Ensemble) -> Iterator[Quoted]:
    lesions, count = ensemble.tables["lesions"], len(ensemble)
    columns = ("months_since_negative_ct", "diameter_mm")
    curve = growing.exponential(lesions[ensemble.members("any-ct")], count, *columns)
    recent = growing.exponential(lesions[ensemble.members("recent-ct")], count, *columns)
    line = growing.log_line(curve)
    lower, upper = curve.profile(_TARGET_MM)
    with np.errstate(all="ignore"):
        spread = np.sqrt(curve.squares / (curve.lesions - 2))
    for id, words, unit, values in (
        ("lesions", "Lesions with an earlier negative CT", "lesions", curve.lesions),
        ("start", "Diameter at the negative CT", "mm", curve.start),
        ("residual-sd", "Residual standard deviation of the curve", "mm", spread),
        ("doubling", "Months in which the diameter doubles", "months", curve.doubling),
        ("volume-doubling", "Months in which the volume doubles", "months", curve.doubling / 3),
        ("to-15", "Growth to 15 mm", "months", curve.months_to(_TARGET_MM)),
        ("to-15-lower", "Lower 95% profile limit of growth to 15 mm", "months", lower),
        ("to-15-upper", "Upper 95% profile limit of growth to 15 mm", "months", upper),
        ("to-15-recent", "Growth to 15 mm, lesions found within 6 months alone", "months",
         recent.months_to(_TARGET_MM)),
        ("to-15-log", "Growth to 15 mm, least squares on the log scale", "months",
         line.months_to(_TARGET_MM)),
        ("above-15-1", "New lesions above 15 mm one month after a negative CT", "share",
         line.share_above(_TARGET_MM, 1)),
        ("above-15-6", "New lesions above 15 mm six months after a negative CT", "share",
         line.share_above(_TARGET_MM, 6)),
        ("weeks-for-tenth", "Weeks after which a tenth of new lesions is above 15 mm", "weeks",
         line.weeks_within(_TARGET_MM, 0.1, DAYS_PER_MONTH)),
    ):  # fmt: skip
        yield Quoted(f"growth.{id}", words, unit, values)
