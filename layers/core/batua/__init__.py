"""Batua: a multi-tenant loyalty wallet and prefund ledger."""

__version__ = "0.1.0"
