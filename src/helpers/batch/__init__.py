"""Compiled survival statistics for many cohorts at once."""
