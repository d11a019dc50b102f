"""Customers: who holds coins. Found by a phone number, a QR code, a wallet, or an application's own name for them."""
