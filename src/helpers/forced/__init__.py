"""What printed numbers force, bound and leave free, by exact enumeration and proof."""
