"""Whether the ensemble tells the truth where the truth is known."""
