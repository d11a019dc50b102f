"""Batua: a multi-tenant loyalty wallet and prefund ledger."""

from .startup import install_precompiled

__version__ = "0.1.0"

install_precompiled()
