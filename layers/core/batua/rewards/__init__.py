"""Coin programs, rewards and redemptions."""
