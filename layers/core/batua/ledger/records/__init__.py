"""How entries, wallets, holds and tombstones are stored in the ledger table."""
