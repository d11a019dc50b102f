"""Transactions of a tenant, on its own wallets and its customers': lists, totals, refunds, holds, disputes."""
