"""Which values print as a number: one rule, asked at every place that has to know."""

from __future__ import annotations

import ast
import datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import helpers
from helpers import published, tables
from helpers.forced.percentage import percentage
from helpers.proofs.abstract import ProofError
from helpers.proofs.abstract import share as share_of
from helpers.published import Entry, rounding

PACKAGE = Path(helpers.__file__).parent
HABITS = {"up": ROUND_HALF_UP, "even": ROUND_HALF_EVEN}
LONG = Context(prec=400)

DECIMALS = st.integers(0, 6)
HALVES = st.builds(lambda units, decimals: Fraction(units, 2 * 10**decimals), st.integers(-4000, 4000), DECIMALS)  # fmt: skip
EXACT = st.fractions(-2000, 2000) | HALVES
PRINTED = st.integers(-99_999, 99_999)


def entry(value, decimals, relation="=", unit="months"):
    estimand = {"statistic": "median", "column": "c", "group": "g"}
    return Entry(
        id="x", value=value, decimals=decimals, relation=relation, unit=unit, words="w",
        reading="r", estimand=estimand,
    )  # fmt: skip


def as_decimal(number: Fraction) -> Decimal:
    """A fraction in so many digits that no half is missed: those asked have short denominators."""
    return LONG.divide(Decimal(number.numerator), Decimal(number.denominator))


class TestAgainstTheStandardLibrary:
    @given(EXACT, DECIMALS, st.sampled_from(["up", "even"]))
    def test_a_fraction_is_rounded_as_decimal_rounds_it(self, number, decimals, habit):
        quantum = Decimal(1).scaleb(-decimals)
        expected = as_decimal(number).quantize(quantum, HABITS[habit], LONG)
        shown = rounding.text(number, decimals, habit)
        assert Decimal(shown) == expected
        assert shown == (f"{expected:f}" if expected else f"{abs(expected):f}")

    @given(st.integers(-10_000, 10_000), st.sampled_from([1, 2, 4, 8]))
    def test_halves_to_even_are_those_of_numpy_and_of_round(self, numerator, denominator):
        number = numerator / denominator  # which a float holds
        assert rounding.units(number, 0, "even") == round(number) == np.round(number)

    @given(HALVES, DECIMALS)
    def test_the_habits_differ_at_halves_alone(self, number, decimals):
        at_half = (number * 10**decimals).denominator == 2
        up, even = (rounding.units(number, decimals, habit) for habit in HABITS)
        assert up == even or (at_half and abs(up - even) == 1 and even % 2 == 0)


class TestLimits:
    @given(PRINTED, DECIMALS, EXACT, st.sampled_from(["up", "even", "cut"]))
    def test_they_hold_what_is_written_the_same(self, units, decimals, number, habit):
        value = Fraction(units, 10**decimals)
        among = number in rounding.limits(value, decimals, habits=(habit,))
        same = rounding.text(number, decimals, habit) == rounding.text(value, decimals, habit)
        assert among is same

    @given(PRINTED, DECIMALS, st.sampled_from([-1, 1]), st.sampled_from(["up", "even"]))
    def test_their_ends_are_decided_by_the_habit(self, units, decimals, side, habit):
        value = Fraction(units, 10**decimals)
        end = value + side * Fraction(1, 2 * 10**decimals)
        same = rounding.text(end, decimals, habit) == rounding.text(value, decimals, habit)
        found = rounding.limits(value, decimals, habits=(habit,))
        assert (end in found) is same
        assert same is {"up": side * units < 0, "even": units % 2 == 0}[habit]
        nearer, further = (end + shift * side * Fraction(1, 10**30) for shift in (-1, 1))
        assert nearer in found
        assert further not in found

    @given(PRINTED, DECIMALS, EXACT)
    def test_both_habits_are_what_either_prints(self, units, decimals, number):
        value = Fraction(units, 10**decimals)
        both = rounding.limits(value, decimals, habits=rounding.HABITS)
        assert (number in both) is any(
            number in rounding.limits(value, decimals, habits=(habit,)) for habit in HABITS
        )

    @given(PRINTED, DECIMALS, EXACT, st.sampled_from(rounding.RELATIONS))
    def test_a_relation_is_that_of_the_value_itself(self, units, decimals, number, relation):
        value = Fraction(units, 10**decimals)
        expected = {
            "<": number < value,
            "<=": number <= value,
            ">": number > value,
            ">=": number >= value,
            "=": rounding.units(number, decimals) == units,
        }[relation]
        assert (number in rounding.limits(value, decimals, relation)) is expected

    @pytest.mark.parametrize("relation", rounding.RELATIONS)
    @pytest.mark.parametrize("value", [inf, -inf, nan, np.float32(nan), Decimal("inf")])
    def test_what_is_not_finite_is_in_none(self, value, relation):
        assert value not in rounding.limits(40.1, 1, relation)

    def test_a_date_stands_for_its_day(self):
        day = datetime.date(2022, 5, 31)
        before, after = day - datetime.timedelta(1), day + datetime.timedelta(1)
        allowed = {"=": "on", "<": "before", "<=": "before on", ">": "after", ">=": "on after"}
        for relation in rounding.RELATIONS:
            found = rounding.limits(day, 0, relation)
            assert {
                name for name, other in (("before", before), ("on", day), ("after", after))
                if other in found
            } == set(allowed[relation].split())  # fmt: skip


class TestFloats:
    @pytest.mark.parametrize(
        ("number", "decimals", "shown"),
        [
            (0.49999999999999994, 0, "1"),
            (0.285, 2, "0.29"),  # a float a little below the half
            (1.005, 2, "1.01"),
            (-0.04, 1, "0.0"),
            (-0.05, 1, "-0.1"),
            (-0.0, 2, "0.00"),
            (1e-300, 6, "0.000000"),
            (0.1 + 0.2, 1, "0.3"),
            (100 * 5 / 56, 1, "8.9"),
            (np.float32(2.5), 0, "3"),
            (np.int64(2**62), 2, "4611686018427387904.00"),
            (10**15 + 1, 0, "1000000000000001"),
            (inf, 1, "∞"),
            (-inf, 1, "-∞"),
        ],
    )
    def test_a_float_counts_by_its_first_twelve_digits(self, number, decimals, shown):
        assert rounding.text(number, decimals) == shown

    def test_a_value_that_is_none_is_not_written(self):
        with pytest.raises(ValueError, match="a finite number was expected, found nan"):
            rounding.text(nan, 1)

    @pytest.mark.parametrize(("value", "decimals"), [(40.15, 1), (0.0005, 3), (1e-7, 6)])
    def test_more_decimals_than_were_printed_are_refused(self, value, decimals):
        with pytest.raises(ValueError, match=f"has more than {decimals} decimals"):
            rounding.limits(value, decimals)

    @pytest.mark.parametrize(("value", "decimals"), [(10**12, 0), (1234567.123456, 6)])
    def test_more_digits_than_count_are_refused(self, value, decimals):
        with pytest.raises(ValueError, match="at most 12 digits were expected"):
            rounding.limits(value, decimals)


FLOATS = st.floats(-1e5, 1e5) | st.builds(float, EXACT)


class TestEveryPlaceAgrees:
    @given(PRINTED, DECIMALS, FLOATS, st.sampled_from(rounding.RELATIONS))
    @example(0, 0, 0.49999999999999994, "=")
    @example(0, 1, -0.04, "=")
    @example(45, 3, 0.0445, "=")
    @example(45, 3, 0.0455, "=")
    @example(45, 3, 0.045, "<")
    @example(3, 1, 0.1 + 0.2, "<=")  # more than 0.3 in the last digit of a float
    @example(3, 1, 0.1 + 0.2, ">")
    def test_an_entry(self, units, decimals, number, relation):
        value = units / 10**decimals
        printed = entry(value, decimals, relation)
        expected = number in rounding.limits(Fraction(units, 10**decimals), decimals, relation)
        assert printed.agrees(number) is expected
        if relation == "=":
            assert expected is (printed.format(number) == printed.format(value))

    @given(FLOATS, DECIMALS)
    @example(-0.04, 1)
    @example(0.49999999999999994, 0)
    @example(-2.5, 0)
    def test_a_table_writes_what_an_entry_writes(self, number, decimals):
        shown = tables.number(number, decimals)
        assert shown.replace("−", "-") == entry(0, decimals).format(number)
        assert tables.percent(number / 100, decimals) == tables.number(100 * (number / 100), decimals) + "%"  # fmt: skip
        assert not shown.startswith("−") or shown.strip("−0.")

    @given(st.integers(0, 1000), st.integers(0, 3), st.fractions(0, 1) | HALVES)
    @example(625, 1, Fraction(6245, 10_000))
    @example(625, 1, Fraction(6255, 10_000))
    @example(62, 0, Fraction(5, 8))
    @example(63, 0, Fraction(5, 8))
    @example(0, 1, Fraction(0))
    def test_a_forced_rate(self, units, decimals, share):
        units = min(units, 100 * 10**decimals)
        shown = rounding.text(Fraction(units, 10**decimals), decimals)
        read = percentage(shown)
        assert read.text == shown
        habits = {habit: rounding.text(100 * share, decimals, habit) == shown for habit in HABITS}
        assert read.half_up(share) is habits["up"]
        assert read.half_even(share) is habits["even"]
        assert read.prints(share) is any(habits.values())

    @given(
        st.integers(0, 1000), st.integers(0, 3), st.fractions(0, 1), st.sampled_from(rounding.RELATIONS)
    )  # fmt: skip
    @example(5, 1, Fraction(1, 2), "<")
    @example(5, 1, Fraction(1, 2), "<=")
    @example(5, 1, Fraction(1, 2), ">")
    @example(5, 1, Fraction(1, 2), ">=")
    @example(5, 1, Fraction(55, 100), "=")
    @example(4, 1, Fraction(45, 100), "=")
    @example(0, 1, Fraction(0), "=")
    @example(0, 1, Fraction(0), "<=")
    @example(10, 1, Fraction(1), ">=")
    def test_a_proof(self, units, decimals, p, relation):
        value = min(units, 10**decimals) / 10**decimals
        estimand = {"statistic": "log-rank", "endpoint": "e", "groups": ["a", "b"]}
        printed = Entry(
            id="x", value=value, decimals=decimals, relation=relation, unit="p", words="w",
            reading="r", estimand=estimand,
        )  # fmt: skip
        if (value, relation) in {(0, "<"), (1, ">")}:
            with pytest.raises(ProofError, match=f"x: a number that .*, found {relation}"):
                share_of(printed)
            return
        both = rounding.limits(value, decimals, relation, rounding.HABITS)
        for number in (p, Fraction(str(value)), *filter(None, (both.low, both.high))):
            if 0 <= number <= 1:
                assert (number in share_of(printed)) is (number in both)


def _own_rounding(tree: ast.AST):
    """Where a module rounds by decimals of its own, in place of the rule's."""
    for node in ast.walk(tree):
        name = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", "")
        if isinstance(node, (ast.Name, ast.Attribute, ast.alias)) and (
            str(name).startswith("ROUND_") or name == "quantize" or name == "scaleb"
        ):
            yield str(name)
        if isinstance(node, ast.Constant) and str(node.value).endswith("12g"):
            yield "twelve digits"
        # Half a unit of a last decimal: a half, or a fraction over twice, a power of ten.
        if isinstance(node, (ast.BinOp, ast.Call)):
            inside = [part for part in ast.walk(node) if isinstance(part, ast.BinOp)]
            powers = [
                part for part in inside
                if isinstance(part.op, ast.Pow) and getattr(part.left, "value", None) == 10
            ]  # fmt: skip
            halves = [
                part for part in ast.walk(node)
                if isinstance(part, ast.Constant) and part.value in (2, 0.5)
            ]  # fmt: skip
            if powers and halves:
                yield "half a unit"


def test_no_other_module_has_a_rule_of_its_own():
    modules = sorted(PACKAGE.rglob("*.py"))
    found = {
        path.relative_to(PACKAGE).as_posix(): set(_own_rounding(ast.parse(path.read_text())))
        for path in modules
    }  # fmt: skip
    assert "published/rounding.py" in found
    assert not {path: what for path, what in found.items() if what}


@pytest.mark.parametrize(
    "code",
    [
        "from decimal import ROUND_HALF_UP",
        "decimal.ROUND_HALF_EVEN",
        "Decimal(x).quantize(y)",
        "half = 0.5 * 10.0**-decimals * 0.98",
        "Fraction(2 * units - 1, 2 * 10 ** (decimals + 2))",
        "half = Fraction(1, 2 * 10**entry.decimals)",
        "f'{x:.12g}'",
    ],
)
def test_a_rule_of_ones_own_would_be_seen(code):
    assert list(_own_rounding(ast.parse(code)))


def test_the_shipped_numbers_are_written_as_printed():
    for printed in published.load().targets:
        if isinstance(printed.value, (int, float)):
            assert printed.format(printed.value) in printed.statement
            assert (printed.value in printed.limits) is (printed.relation in ("=", "<=", ">="))
