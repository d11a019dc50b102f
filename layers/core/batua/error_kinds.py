"""What a row of the error catalogue is, and a problem: one occurrence of it on the way to the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Fields = Mapping[str, list[str]]
"""Field -> what was expected of it."""


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the catalogue. Calling it makes the problem to raise."""

    code: str
    status: int
    message: str
    detail: str | None = None
    """The message with its figures filled in, such as `Insufficient balance: {available} available.`"""

    def __call__(
        self,
        message: str | None = None,
        *,
        fields: Fields | None = None,
        figures: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Problem:
        """`fields` names what to mend, `figures` are amounts and facts that a program may want, by name."""
        return Problem(self, message or self.message, fields or {}, figures or {}, headers or {})

    def describe(self, figures: Mapping[str, str]) -> str:
        """The message for these figures, as written for people: `50`, `1,499.50`."""
        if self.detail:
            try:
                return self.detail.format_map(figures)
            except KeyError:
                return self.message
        listed = ", ".join(f"{name.replace('_', ' ')} {figure}" for name, figure in figures.items())
        return f"{self.message} ({listed})" if listed else self.message


class Problem(Exception):
    """A refusal on its way to the caller."""

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        fields: Fields,
        figures: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(f"{kind.code}: {message}")
        self.kind = kind
        self.message = message
        self.fields = fields
        self.figures = figures
        self.headers = headers
        self.why: str | None = None
        """For the audit trail; the caller does not see it."""
        self.recorded = False
        """Whether the audit trail has a line of it already."""


CATALOGUE: Final[dict[str, ErrorKind]] = {}


def define(code: str, status: int, message: str, detail: str | None = None) -> ErrorKind:
    """Adds a row to the catalogue; a code is given once."""
    if code in CATALOGUE:
        raise ValueError(f"error code {code} is defined twice")
    kind = CATALOGUE[code] = ErrorKind(code, status, message, detail)
    return kind
