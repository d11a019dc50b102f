"""Payment links that wait to be paid: each has an item of its own, for the schedule to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..store import billing_keys
from ..store.writes import Put

FIRST_LOOK_MS: Final = 3_600_000


def watch_item(account: str, subject: str, link: Mapping[str, Any], reference: str, now: int) -> Put:
    """The write that has a link looked at from an hour on. `subject` is the invoice or the top-up."""
    key = billing_keys.open_payment_key(account, str(link["id"]))
    item = {
        "account": account,
        "invoice": subject,
        "link": link["id"],
        "amt": link["amt"],
        "ref": reference,
        "until": link["until"],
        "next": now + FIRST_LOOK_MS,
        "looks": 0,
    }
    return Put(key, item)
