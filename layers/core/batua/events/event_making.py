"""What all makers of events share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..store.keys import Mode
from .event import Event
from .schemas import TYPES

ScaleOf = Callable[[str, str, str], int]
"""Owner of the books, tenant and asset -> the asset's decimals. Raises LookupError."""


def new_event(id: str, type: str, at: int, tenant: str, mode: Mode, subject: str, sequence: str, data: Any) -> Event:
    content: Mapping[str, Any] = data.model_dump()
    return Event(id, type, TYPES[type].version, at, tenant, mode, subject, sequence, content)
