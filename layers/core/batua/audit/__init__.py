"""Audits the ledger: replays wallets from their entries and reports every difference."""
