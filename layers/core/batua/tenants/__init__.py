"""Tenants: who is served, in which tree, under which rules."""
