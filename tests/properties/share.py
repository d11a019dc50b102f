"""How many of the profile's examples a suite takes."""

from __future__ import annotations

from typing import Final

from hypothesis import settings

SHARES: Final = {
    "wallet machine": 30,
    "posting machine": 25,
    "shards machine": 5,
    "lots": 15,
    "months": 10,
    "rules": 10,
    "words": 10,
    "funds machine": 20,
    "orders": 5,
    "merging": 10,
}
"""Suite -> percent; they add up to at least 100. A suite of several tests gives each of them its share."""


def share(suite: str, **more: int) -> settings:
    return settings(max_examples=max(1, settings.default.max_examples * SHARES[suite] // 100), **more)
