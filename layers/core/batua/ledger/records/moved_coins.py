"""Where coins went that staff moved to another customer: what a later refund of them has to follow."""

from __future__ import annotations

from typing import NamedTuple

from ...store import moved_keys
from ...store.store import Record
from ...store.writes import Put
from ..model import Posting


class Merge(NamedTuple):
    """A wallet's last merge. `seq`: of its entry that took the coins; coins of later entries were not part of it."""

    customer: str
    wallet: str
    seq: int
    at: int


def reassignment_put(scope: str, issue: str, replacement: str) -> Put:
    """Says which issue replaced one to a wrong number. Written with the sum of the issue's reversals, whose condition
    lets one reassignment through: nothing of the issue is left after it."""
    return Put(moved_keys.reassigned_issue_key(scope, issue), {"issue": replacement})


def replacement_of(record: Record | None) -> str | None:
    return str(record["issue"]) if record else None


def merge_put(scope: str, out: Posting, customer: str) -> Put:
    """Says where a wallet's coins went. The wallet itself, written in the same transaction, keeps merges in order."""
    key = moved_keys.merged_wallet_key(scope, out.before.id)
    return Put(key, {"wal": out.counterpart, "cust": customer, "seq": out.after.seq, "at": out.at})


def read_merge(record: Record | None) -> Merge | None:
    return Merge(record["cust"], record["wal"], record["seq"], record["at"]) if record else None
