"""What a verification reports, of the table or of the archive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """An invariant that does not hold: of what, which, and the two values that should agree, as text."""

    subject: str
    invariant: str
    expected: str
    found: str
