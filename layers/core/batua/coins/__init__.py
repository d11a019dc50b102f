"""The counter: merchants issue and redeem coins, look customers up and read their ledger."""
