"""The JSON Schema of a file of printed numbers says what `checking` says, as far as a schema can."""

from __future__ import annotations

import copy
import json

import jsonschema
import pytest
import yaml
from fixtures_core import invoke

from helpers import published
from helpers.published.schema import schema

SCHEMA = json.loads(json.dumps(schema()))


class _Dates(yaml.SafeLoader):
    """Leaves a date as text, as JSON has it."""


_Dates.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def raw():
    loaded = yaml.load((published.DATA / "published.yaml").read_text("utf-8"), _Dates)
    return json.loads(json.dumps(loaded))  # keys are texts, as an editor has them


def wrong(data):
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(data))


def test_the_schema_is_one_and_takes_the_shipped_file():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert not wrong(raw())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("entries", "n-patients", "id"), "n-patients"),
        (("entries", "n-patients", "kind"), "printed"),
        (("entries", "n-patients", "decimal"), 1),
        (("entries", "n-patients", "estimand", "statistic"), "mode"),
        (("tables", "patients", "columns", "site", "type"), "factor"),
        (("tables", "patients", "columns", "died", "prior"), {}),
        (("tables", "patients", "columns", "died", "prior"), {"flag": 0.5, "normal": {"mean": 1, "sd": 1}}),
        (("tables", "patients", "columns", "died", "prior"), {"flag": 1.5}),
        (("tables", "patients", "columns", "died", "prior"), {"beta": 1}),
        (("measures", "exchangeable", "label"), 3),
    ],
)  # fmt: skip
def test_what_is_refused_is_refused_by_the_schema(path, value):
    data = copy.deepcopy(raw())
    *way, last = path
    at = data
    for name in way:
        at = at[name]
    at[last] = value
    assert wrong(data)


def test_the_command_prints_it():
    done = invoke("schema")
    assert (done.exit_code, json.loads(done.stdout)) == (0, SCHEMA)
