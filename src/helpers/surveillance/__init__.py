"""What a schedule of scans finds: women simulated one by one, compiled, beside closed forms.

A metastasis grows along a path (`paths`), each at its own pace (`courses`), and is looked for on the
dates of a schedule (`schedules`) with a sensitivity that depends on its diameter (`sensitivity`).
`watching` goes through the scans. In the simplest case all of it has a closed form (`steady`), and so
has the distribution of the diameter at which a scan finds a lesion that the last one missed
(`detected`), from which growth can be fitted. `ridge` has what a printed time to a diameter fixes, and
`plans` sets schedules side by side. Microsimulations such as MISCAN or simrisc carry the screening of
another cancer with its calibration; nothing of that is printed here.
"""

from __future__ import annotations

from .courses import Courses, draw_courses, tail_months
from .detected import DetectedFit, fit_detected, share_below
from .outcomes import Outcome, outcome
from .paths import LAWS_OF_PATHS, Path
from .plans import Plan, Setting, compare_plans
from .ridge import volume_doubling_days
from .schedules import denser, every
from .sensitivity import Sensitivity
from .steady import Steady, lognormal_points, steady
from .watching import Watched, watch

__all__ = [
    "LAWS_OF_PATHS",
    "Courses",
    "DetectedFit",
    "Outcome",
    "Path",
    "Plan",
    "Sensitivity",
    "Setting",
    "Steady",
    "Watched",
    "compare_plans",
    "denser",
    "draw_courses",
    "every",
    "fit_detected",
    "lognormal_points",
    "outcome",
    "share_below",
    "steady",
    "tail_months",
    "volume_doubling_days",
    "watch",
]
