"""What all printed rates of a study force together: certified intervals, with witnesses and proofs."""
