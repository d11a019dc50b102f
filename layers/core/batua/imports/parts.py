"""The parts of an import in S3: 500 rows each, as they were read, as they were checked, and what became of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import simplejson

from .. import files
from .record import Import

PART_ROWS: Final = 500
_LIMIT: Final = 16 * 1024 * 1024

RowStage = Literal["checked", "applied", "reversed"]
RowState = Literal["ready", "problem", "duplicate", "imported", "unchanged", "refused", "reversed", "short"]
"""Of a check: `ready`, `problem`, `duplicate`. Of applying: `imported`, `unchanged` (the customer was there and the row
has no coins), `refused`. Of a reversal: `reversed`, `short` (a part had been spent), `refused`, `unchanged`."""


@dataclass(slots=True)
class CheckedRow:
    """A row after the check, and later with what became of it. Amounts in minor units."""

    number: int
    state: RowState
    phone: str | None = None
    customer: str | None = None
    wallet: str | None = None
    coins: int | None = None
    month: int | None = None
    bill: int | None = None
    reference: str | None = None
    note: str | None = None
    details: dict[str, Any] | None = None
    """Further fields of a profile or a line of history."""
    known: bool = False
    """The customer was there before."""
    balance: int = 0
    message: str | None = None
    transaction: str | None = None
    moved: int = 0
    """Coins that applying gave, or a reversal took back."""

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes two rows of a file duplicates of one another."""
        if self.details is None:
            return (self.wallet, self.coins if self.bill is None else None, self.month, self.bill, self.reference)
        if "at" not in self.details:
            return (self.wallet,)
        said = (self.details["at"], self.details["type"], self.details.get("place"))
        return (self.wallet, self.coins, self.bill, self.reference, *said)


class PartMissing(Exception):
    """A part's file is gone: files of imports are kept for a month."""


def write_source(record: Import, part: int, rows: list[tuple[int, dict[str, str]]]) -> None:
    _write_part(record.part_key("source", part), rows)


def read_source(record: Import, part: int) -> list[tuple[int, dict[str, str]]]:
    return [(number, cells) for number, cells in _read_part(record.part_key("source", part))]


def write_rows(record: Import, stage: RowStage, part: int, rows: list[CheckedRow]) -> None:
    shown = [{name: value for name, value in asdict(row).items() if value not in (None, False, 0)} for row in rows]
    _write_part(record.part_key(stage, part), shown)


def read_rows(record: Import, stage: RowStage, part: int) -> list[CheckedRow]:
    return [CheckedRow(**row) for row in _read_part(record.part_key(stage, part))]


def _write_part(key: str, content: Any) -> None:
    files.store_content(key, simplejson.dumps(content, separators=(",", ":")).encode(), "application/json")


def _read_part(key: str) -> list[Any]:
    body = files.read_content(key, _LIMIT)
    if body is None:
        raise PartMissing(key)
    content: list[Any] = simplejson.loads(body)
    return content
