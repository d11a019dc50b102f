"""Products of vendors that customers pay for with coins."""
