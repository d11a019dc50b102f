"""The ledger: double entry, append only, integers. What decides is pure; one path posts."""
