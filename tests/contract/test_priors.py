"""Priors are objects from file to use, and every use knows every kind."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures_core import INVENTED, dump, raw
from report import dictionary

from helpers import published
from helpers.published import prior
from helpers.published.prior import Even, Kind, Latent, Prior, SameAs
from helpers.reconstruct import priors

KINDS = [
    kind
    for kind in vars(prior).values()
    if isinstance(kind, type)
    and issubclass(kind, Kind)
    and not kind.__name__.startswith(("_", "Kind"))
]
FILLED_LATER = {SameAs, Even}


def test_a_prior_can_be_of_every_kind_and_of_no_other():
    named = {
        kind
        for field in Prior.model_fields.values()
        for kind in KINDS
        if kind.__name__ in str(field.annotation)
    }
    assert named == set(KINDS)
    assert len(KINDS) > 10


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("use", [priors._drawn, dictionary._words], ids=["draws", "words"])
def test_every_use_knows_every_kind(use, kind):
    known = use.dispatch(kind) is not use.dispatch(object)
    assert known is not (use is priors._drawn and kind in FILLED_LATER)


@pytest.mark.parametrize(
    "study", [published.load(), published.load(INVENTED)], ids=["ours", "invented"]
)
def test_only_identifiers_have_none(study):
    for table in study.tables.values():
        for name, column in table.columns.items():
            assert isinstance(column.kind, Kind) is (column.type not in ("id", "parent")), name


def test_weights_go_to_levels_by_name_whatever_their_order(tmp_path):
    study, data = published.load(INVENTED), raw(INVENTED)
    weights = {"uncemented": 0.9, "cemented": 0.1}
    data["tables"]["hips"]["columns"]["prosthesis"]["prior"]["choice"] = weights
    turned = published.load(dump(tmp_path / "turned.yaml", data))
    assert study.tables["hips"].columns["prosthesis"].levels == ("cemented", "uncemented")
    drawn = priors.draw(turned, "hips", 2000, np.random.default_rng(0))["prosthesis"]
    assert 0.85 < drawn.mean() < 0.95


def test_one_kind_is_given():
    for spec in ({}, {"normal": {"mean": 1, "sd": 1}, "uniform": {"from": 0, "to": 1}}):
        with pytest.raises(ValueError, match="one of lognormal, normal, uniform, weibull was"):
            Latent.model_validate(spec)
