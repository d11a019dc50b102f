"""Batua: a multi-tenant loyalty wallet and prefund ledger."""

from .startup import hasten

__version__ = "0.1.0"

hasten()
