"""The cookies that we set."""

from __future__ import annotations


def set_cookie(name: str, value: str, seconds: int) -> str:
    """A cookie that scripts cannot read and other sites cannot send; zero seconds take it away."""
    return f"{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict"
