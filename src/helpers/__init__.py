"""Helpers of the book: a published study of oligometastatic cervical cancer, rebuilt from its abstract."""

from importlib.metadata import version

__version__ = version("oligometastatic-cervix-report")
