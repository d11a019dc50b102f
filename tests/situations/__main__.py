"""Writes the tables of docs/guides/orders.md anew."""

from .table import GUIDE, guide

GUIDE.write_text(guide())
