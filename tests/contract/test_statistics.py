"""A statistic is declared once, by its class; every place that computes it knows every class."""

from __future__ import annotations

import importlib
import pkgutil
from functools import singledispatch
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from fixtures_core import patients, write

import helpers
from helpers import cohort, ensemble, estimates, published
from helpers.published import estimands
from helpers.published.estimands import CLASSES, STATISTICS, Statistic

PLACES = [
    "helpers.estimates.one_cohort.value",
    "helpers.ensemble.values.values",
    "helpers.reconstruct.codes.code",
]


def _dispatcher(place):
    module, _, name = place.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _dispatchers():
    """Every function of the package that goes by the class of an estimand, by its place."""
    found = {}
    for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
        if module.name.endswith("__main__"):
            continue
        for name, function in vars(importlib.import_module(module.name)).items():
            registry = getattr(function, "registry", None)
            if registry and function.__module__ == module.name and set(registry) & set(CLASSES):
                found[f"{module.name}.{name}"] = function
    return found


def test_the_list_of_places_is_complete():
    assert sorted(_dispatchers()) == sorted(PLACES)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_place_knows_every_statistic(place, kind):
    function = _dispatcher(place)
    assert function.dispatch(kind) is not function.dispatch(object)


def test_the_names_are_those_of_the_classes():
    assert len(set(STATISTICS)) == len(STATISTICS) > len(CLASSES) - 1 > 5
    assert all(issubclass(kind, Statistic) for kind in CLASSES)
    declared = {
        kind
        for kind in vars(estimands).values()
        if isinstance(kind, type) and issubclass(kind, Statistic) and kind is not Statistic
    }
    assert declared == set(CLASSES), "a class that is not in the union is no statistic"
    used = {entry.estimand.statistic for entry in published.load().targets}
    assert used <= set(STATISTICS)


class Spread(Statistic):
    """A statistic made up: the standard deviation of a column by n."""

    statistic: Literal["spread"]
    column: str
    group: str


SPREAD = Spread(statistic="spread", column="age_years", group="everyone")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    return cohort.load(write(tmp_path_factory.mktemp("made_up") / "c", patients(30, seed=4)))


@pytest.mark.parametrize("place", PLACES)
def test_a_new_statistic_is_missed_by_every_place_in_a_sentence(place):
    with pytest.raises(NotImplementedError) as missed:
        _dispatcher(place)(SPREAD, None)
    assert str(missed.value) == (
        f"the statistic 'spread' is not known to {place}; register a function for the class Spread there"
    )


def _extended(module, name, monkeypatch):
    """A place of its own for a test, which knows what the place knows."""
    known = getattr(module, name)
    function = singledispatch(known.dispatch(object))
    for kind, computed in known.registry.items():
        function.register(kind, computed)
    monkeypatch.setattr(module, name, function)
    return function


def test_a_new_statistic_is_computed_once_its_places_know_it(made_up, monkeypatch):
    with pytest.raises(
        NotImplementedError, match=r"known to helpers\.estimates\.one_cohort\.value;"
    ):
        estimates.estimate(made_up, SPREAD)
    one = _extended(estimates.one_cohort, "value", monkeypatch)
    many = _extended(ensemble.values, "values", monkeypatch)
    one.register(
        Spread, lambda asked, c: float(c.table_of_group(asked.group)[asked.column].std(ddof=0))
    )
    many.register(
        Spread, lambda asked, e: e.first.groupby("cohort")[asked.column].std(ddof=0).to_numpy(float)
    )
    expected = made_up.patients["age_years"].std(ddof=0)
    assert estimates.estimate(made_up, SPREAD) == expected
    tables = {name: frame.assign(cohort=0) for name, frame in made_up.tables.items()}
    record = pd.DataFrame({"cohort": [0]})
    cohorts = ensemble.Ensemble(made_up.study, tables, record, "made up")
    np.testing.assert_array_equal(ensemble.estimates(cohorts, SPREAD), [expected])
