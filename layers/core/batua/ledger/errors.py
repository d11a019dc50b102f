"""How a posting can end other than posted. The ledger knows no HTTP: `api.ledger_errors` maps it to API errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store.keys import Key
    from ..store.store import Record
    from .model import Refusal


class LedgerError(Exception):
    """Base of the ledger's own errors."""


class PostingRefused(LedgerError):
    """The decision was a refusal. `replayed`: the key was given this answer before."""

    def __init__(self, refusal: Refusal, replayed: bool) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.replayed = replayed


class PreconditionFailed(LedgerError):
    """The condition of an extra write did not hold, so nothing was posted. `item` is the item stored at `key`, if
    known.
    """

    def __init__(self, key: Key, item: Record | None = None) -> None:
        super().__init__(f"{key.sk} has changed")
        self.key = key
        self.item = item


class LedgerBusy(LedgerError):
    """The posting could not get through in time.

    Nothing was written, unless `outcome_unknown`: then a commit went without a reply and may still take effect. The
    same request, sent again under the same key, takes effect at most once either way.
    """

    def __init__(self, *, outcome_unknown: bool = False) -> None:
        super().__init__("no reply came to a commit" if outcome_unknown else "too many changes at once")
        self.outcome_unknown = outcome_unknown


class IdempotencyKeyConflict(LedgerError):
    """The key was used for a request with other content."""


class EntryUnreadable(LedgerError):
    """The key is taken, but its entry could not be read back."""
