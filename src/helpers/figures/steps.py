"""What figures of steps over months share."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from lifelines import KaplanMeierFitter
from matplotlib.axes import Axes

from .style import Look, month_step


def points_of(fit: KaplanMeierFitter) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a Kaplan–Meier curve."""
    curve = fit.survival_function_.iloc[:, 0]
    return curve.index.to_numpy(float), curve.to_numpy(float)


def draw_steps(
    ax: Axes, times: np.ndarray, values: np.ndarray, shown: Look, **options: Any
) -> None:
    """Steps that hold their value to the right."""
    ax.step(
        times, values, where="post", **({"color": shown.colour, "linestyle": shown.line} | options)
    )


def month_ticks(last: float) -> np.ndarray:
    """Ticks of an axis of months, up to the first after 0 that is at or after the last month."""
    step = month_step(last)
    return np.arange(0, step * max(ceil(last / step), 1) + step / 2, step)


def months_axis(ax: Axes, ticks: np.ndarray, label: str) -> None:
    """Ticks and label of an axis of months."""
    pad = 0.02 * ticks[-1]
    ax.set_xlim(-pad, ticks[-1] + pad)
    ax.set_xticks(ticks)
    ax.set_xlabel(label)


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
