"""A tenant's own wallets, at its own hands: list, read, transfer, credit, debit."""
