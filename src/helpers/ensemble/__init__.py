"""Many cohorts that print the same numbers: found, verified, kept and described."""
