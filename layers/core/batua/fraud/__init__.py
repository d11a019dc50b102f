"""Flags on what looks like fraud, for somebody to look at. Nothing is ever refused by them."""
