"""The operator's bank accounts that prefund money is sent to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from .. import audit_trail, clock, errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..identity.credentials import Claims
from ..store import prefund_keys as keys
from ..store.keys import Key
from ..store.store import Record, Store
from ..store.writes import ABSENT, EXISTS, Put, Update
from .models import ReceiverAccount, ReceiverAccountOut, ReceiverAccountsQuery

_IFSC: Final = re.compile(r"[A-Z]{4}0[0-9A-Z]{6}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9A-Z]{6,34}", re.ASCII)


def add_receiver_account(store: Store, account: ReceiverAccount, *, operator: str, by: str, now: int) -> None:
    """Adds an account of the operator's. Raises ValueError for what is no account, ConditionFailed where it is there.

    For those who run the deployment, with credentials of AWS. By API two super admins add one (`receiver_admin`).
    """
    if not _IFSC.fullmatch(account.ifsc) or not _NUMBER.fullmatch(account.number):
        raise ValueError("an account has a number, and an IFSC such as HDFC0001234")
    store.write(Put(keys.receiver_account_key(account.id), account_item(account), when=ABSENT))
    audit_trail.record_act(
        store,
        audit_trail.audit_entry(
            "live", operator, now, what="prefund.account_added", who=by, address="operator", reference=account.id
        ),
    )


def retire_receiver_account(store: Store, account_id: str, *, operator: str, by: str, now: int) -> None:
    """Takes an account off the list. Requests that name it go on."""
    retired = Update(keys.receiver_account_key(account_id), set={"active": False}, when=EXISTS)
    done = audit_trail.audit_entry("live", operator, now, what="prefund.account_retired", who=by, address="operator",
                     reference=account_id)  # fmt: skip
    store.commit([retired, done])


@dataclass(frozen=True, slots=True)
class ReceiverAccountLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_receiver_account(claims: Claims, content: Any, request: Request) -> ReceiverAccountLookup:
    return ReceiverAccountLookup(receiver_key_of(request.path["id"]))


def receiver_key_of(account_id: str) -> Key:
    """Raises RECEIVER_ACCOUNT_NOT_FOUND for what is no id."""
    if not ids.is_id(account_id, "rcv"):
        raise errors.RECEIVER_ACCOUNT_NOT_FOUND()
    return keys.receiver_account_key(account_id)


def list_accounts(call: Call[ReceiverAccountsQuery]) -> list[ReceiverAccountOut]:
    """Those that take money; for the operator's staff, all of them if they ask for them."""
    if call.input.all and "platform:review" not in call.caller.permissions:
        raise errors.FORBIDDEN("Only the operator's staff can see inactive accounts.")
    found = call.store.query_all("directory", keys.receiver_accounts_partition(), consistent=True)
    return [receiver_account_out(record) for record in found if record["active"] or call.input.all]


def read_receiver_account(call: Call[None]) -> ReceiverAccountOut:
    """Raises RECEIVER_ACCOUNT_NOT_FOUND, as for tenants an account that is only proposed."""
    record = call.loaded[call.lookup.key]
    if record is None or ("proposed" in record and "platform:review" not in call.caller.permissions):
        raise errors.RECEIVER_ACCOUNT_NOT_FOUND()
    return receiver_account_out(record)


def account_item(account: ReceiverAccount) -> dict[str, Any]:
    return {name: value for name, value in account.model_dump(exclude={"id"}).items() if value is not None}


def receiver_account_from(record: Record) -> ReceiverAccount:
    return ReceiverAccount(
        id=record["sk"],
        bank=record["bank"],
        name=record["name"],
        number=record["number"],
        ifsc=record["ifsc"],
        branch=record.get("branch"),
        active=record["active"],
    )


def receiver_account_out(record: Record) -> ReceiverAccountOut:
    proposed = record.get("proposed")
    return ReceiverAccountOut(
        **receiver_account_from(record).model_dump(),
        status="active" if record["active"] else "proposed" if proposed else "retired",
        proposed_by=proposed["by"] if proposed else None,
        proposed_at=clock.iso(proposed["at"]) if proposed else None,
    )
