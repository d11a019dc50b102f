"""Reads of the ledger: statements, activity and balances."""
