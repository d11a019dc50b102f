"""Batua on one machine: the gateway, an embedded AWS and seed data, without Docker or an account."""
