"""Exports: everything that a tenant owns, as files of JSON Lines to keep or to take elsewhere."""
