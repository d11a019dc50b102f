"""Passes of customers in the wallets of phones: Apple's as signed files, Google's as signed links."""
