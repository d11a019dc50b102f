"""The audit trail: refused callers and administrative acts. Append only.

A move of value needs no item here, its entry says all of it; a refused one is stored in the ledger under its key. Reads
are in the access log.
"""

from __future__ import annotations

from typing import Any

from . import clock, ids
from .store import keys
from .store.keys import Mode
from .store.store import Store
from .store.writes import ABSENT, Put


def audit_entry(
    mode: Mode,
    tenant: str,
    at: int,
    *,
    what: str,
    who: str,
    address: str,
    outcome: str = "done",
    reference: str | None = None,
    request_id: str | None = None,
    claimed: str | None = None,
    details: dict[str, Any] | None = None,
    announce: str | None = None,
) -> Put:
    """The write that records an act; it goes into the same transaction as the act where there is one.

    `who` is the credential that acted. `claimed` is on whose behalf it says to have done so.

    `announce` is a sentence about a change of who gets in or where value goes. It is mailed to the tenant's
    administrators by the reader of the table's stream, so such a change never happens without the mail.
    """
    moment = clock.iso(at)
    item = {
        "what": what,
        "who": who,
        "ip": address,
        "out": outcome,
        "ref": reference,
        "req": request_id,
        "for": claimed,
        "more": details,
        "mail": announce,
    }
    key = keys.audit_key(mode, tenant, moment, ids.new_id("aud", at))
    return Put(key, {name: value for name, value in item.items() if value is not None}, when=ABSENT)


def record_act(store: Store, put: Put) -> None:
    """Records an act that has no transaction of its own."""
    store.write_new(put)
