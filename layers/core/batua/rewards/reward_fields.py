"""Fields that rewards and redemptions have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~](?:[ -~]*[!-~])?$"),
    Field(description="1 to 200 visible ASCII characters.", examples=["DIWALI-7Q2M"]),
]
RewardInstant = Annotated[str, Field(description="ISO 8601", examples=["2026-12-01T00:00:00Z"])]
