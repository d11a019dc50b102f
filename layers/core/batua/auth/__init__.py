"""Signing in and out, and what people do with their own accounts."""
