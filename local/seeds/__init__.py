"""Seed data of the local platform: tenants, people, keys, customers and a month of history."""
