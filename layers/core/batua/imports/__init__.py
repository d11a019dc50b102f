"""Moving in: balances and customers out of another system's CSV file, and issues in bulk."""
