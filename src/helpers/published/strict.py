"""The base of every part of a study: unknown fields are refused, and nothing changes later."""

from __future__ import annotations

from ..forms import BaseModel, ConfigDict


class Strict(BaseModel):
    """A frozen model without unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedError(ValueError):
    """A file of printed numbers that cannot be used; the message names the entry and the field."""
