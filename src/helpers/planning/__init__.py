"""What the next study needs: events, patients and women for its questions, by formulas and by simulation.

Libraries looked at. statsmodels has power for t, z, F and chi-squared tests and for two proportions,
and the latter is used; it has nothing for censored times. lifelines has Freedman's formula for two
groups, in whole patients, and a test holds ours against it; it has neither Schoenfeld's nor an
interaction, nor the chance of an event under accrual. R has more: `tests/reference/planning.R` froze
what Hmisc, rpact, maxstat and survival give, all of which are in Debian.
"""

from __future__ import annotations

from .aims import Aim, Setting
from .compared import (
    Clustered,
    SchedulePlan,
    clustered,
    composite,
    design_effect,
    schedule_plan,
    two_shares,
)
from .cut_points import CutNeed, cut_plan
from .designs import InteractionPlan, SizePlan, interaction_plan, size_plan
from .enrolment import Enrolment
from .events import (
    cells,
    detectable,
    freedman,
    interaction,
    power_of,
    schoenfeld,
    within_factor,
)
from .expected import ExpectedTest, expected_test
from .needed import PlanError
from .precision import Precision, RatePlan, exact_precision, inflation, precision, rate_plan
from .searched import critical_value, price_of_a_search
from .told import Told, beside, told, told_by_diameter
from .trials import Simulated, simulated_interaction, simulated_power
from .worlds import Hazards, World, hazards, world

__all__ = [
    "Aim",
    "Clustered",
    "CutNeed",
    "Enrolment",
    "ExpectedTest",
    "Hazards",
    "InteractionPlan",
    "PlanError",
    "Precision",
    "RatePlan",
    "SchedulePlan",
    "Setting",
    "Simulated",
    "SizePlan",
    "Told",
    "World",
    "beside",
    "cells",
    "clustered",
    "composite",
    "critical_value",
    "cut_plan",
    "design_effect",
    "detectable",
    "exact_precision",
    "expected_test",
    "freedman",
    "hazards",
    "inflation",
    "interaction",
    "interaction_plan",
    "power_of",
    "precision",
    "price_of_a_search",
    "rate_plan",
    "schedule_plan",
    "schoenfeld",
    "simulated_interaction",
    "simulated_power",
    "size_plan",
    "told",
    "told_by_diameter",
    "two_shares",
    "within_factor",
    "world",
]
