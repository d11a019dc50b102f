"""Where tenants send their money, as the operator's super admins change it.

Whoever could name an account alone could have all prefunds paid to themselves. So two super admins add one: the first
proposes it, another one types its number and approves it. Where there is only one super admin, as right after the
set-up, it is added at once: nobody else could approve it. One alone retires an account. All of them get a mail.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Model, PlainText
from ..api.styles import Reply, replay_headers
from ..audit_trail import audit_entry
from ..identity import users
from ..identity.roles import permissions
from ..store import prefund_keys as keys
from ..store.store import Record, commit_unless_changed
from ..store.writes import ABSENT, Condition, Delete, Put, Update, Write
from .models import ReceiverAccount, ReceiverAccountOut
from .receivers import account_item, receiver_account_out, receiver_key_of

APPROVE_WITHIN_MS: Final = 7 * 86_400_000

AccountNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6,34}$")]


class AddReceiverAccount(Model):
    bank: PlainText = Field(examples=["HDFC Bank"])
    name: PlainText = Field(description="Whose account it is.", examples=["Batua Private Limited"])
    number: AccountNumber = Field(examples=["50200012345678"])
    ifsc: Annotated[str, StringConstraints(pattern=r"^[A-Z]{4}0[0-9A-Z]{6}$")] = Field(examples=["HDFC0001234"])
    branch: PlainText | None = Field(None, examples=["Pune"])


class ApproveReceiverAccount(Model):
    number: AccountNumber = Field(
        description="The account's number, from the bank's own papers: nothing else is approved.",
        examples=["50200012345678"],
    )


def propose_account(call: Call[AddReceiverAccount]) -> Reply:
    """Proposes an account, or adds it where nobody could approve it. The same account again is the same one."""
    given, now = call.input, clock.system()
    _require_operator(call)
    there = call.store.query_all("directory", keys.receiver_accounts_partition(), consistent=True)
    same = [record for record in there if (record["ifsc"], record["number"]) == (given.ifsc, given.number)]
    if any(record["active"] for record in same):
        raise errors.RECEIVER_ACCOUNT_EXISTS()
    waiting = next((record for record in same if _is_proposed(record, now)), None)
    if waiting is not None:
        return Reply(receiver_account_out(waiting), "It is proposed already.", headers=replay_headers(True))
    id = same[0]["sk"] if same else ids.derived_id("rcv", given.ifsc, given.number)
    alone = not _others(call)
    account = ReceiverAccount(id=id, **given.model_dump(), active=alone)
    key = keys.receiver_account_key(id)
    proposed = None if alone else {"by": call.caller.id, "at": now}
    item = {name: value for name, value in {**account_item(account), "proposed": proposed}.items() if value is not None}
    if same:
        # It was on the list before, and goes back to where it was if nobody approves it.
        if proposed is not None and _was_listed(same[0]):
            item["proposed"] = {**proposed, "again": True}
        as_read: dict[str, Any] = {name: same[0][name] for name in ("active", "proposed") if name in same[0]}
        gone = tuple(name for name in ("proposed", "branch") if name not in item)
        write: Write = Update(key, set=item, remove=gone, when=Condition(equal=as_read))
    else:
        write = Put(key, item, when=ABSENT)
    what = "prefund.account_added" if alone else "prefund.account_proposed"
    said = "added" if alone else "proposed, and waits for another super admin's approval"
    _commit_with_audit(
        call, write, what, account, f"The bank account {_account_label(account)} for prefunds was {said}."
    )
    data = receiver_account_out({"pk": key.pk, "sk": key.sk, **item})
    return Reply(data, "Account added" if alone else "Account proposed. Another super admin approves it.")


def approve_account(call: Call[ApproveReceiverAccount]) -> ReceiverAccountOut:
    """Puts a proposed account on the list. Raises FOUR_EYES for whoever proposed it."""
    _require_operator(call)
    key = receiver_key_of(call.path["id"])
    record = call.store.read([key])[key]
    if record is None:
        raise errors.RECEIVER_ACCOUNT_NOT_FOUND()
    if not _is_proposed(record, clock.system()):
        raise errors.NOTHING_PROPOSED()
    if record["proposed"]["by"] == call.caller.id:
        raise errors.FOUR_EYES("You proposed this account, so another super admin must approve it.")
    if call.input.number != record["number"]:
        raise errors.invalid("number", "is not the number of the proposed account")
    shown = receiver_account_out(record)
    write = Update(
        key,
        set={"active": True},
        remove=("proposed",),
        when=Condition(equal={"active": False, "proposed": record["proposed"], "number": record["number"]}),
    )
    _commit_with_audit(
        call,
        write,
        "prefund.account_added",
        shown,
        f"The bank account {_account_label(shown)} for prefunds was approved.",
    )
    return shown.model_copy(update={"active": True, "status": "active", "proposed_by": None, "proposed_at": None})


def retire_account(call: Call[None]) -> ReceiverAccountOut:
    """Takes an account, or a proposal, off the list. Requests that name it go on.

    Nothing is left of an account that nobody but its proposer has seen: a tenant who was given its id would find what
    looks like an account of the operator's.
    """
    _require_operator(call)
    key = receiver_key_of(call.path["id"])
    record = call.store.read([key])[key]
    if record is None:
        raise errors.RECEIVER_ACCOUNT_NOT_FOUND()
    shown = receiver_account_out(record)
    if shown.status != "retired":
        as_read: dict[str, Any] = {name: record[name] for name in ("active", "proposed") if name in record}
        when = Condition(equal=as_read)
        if _was_listed(record):
            write: Write = Update(key, set={"active": False}, remove=("proposed",), when=when)
        else:
            write = Delete(key, when=when)
        said = f"The bank account {_account_label(shown)} for prefunds was taken off the list."
        _commit_with_audit(call, write, "prefund.account_retired", shown, said)
    return shown.model_copy(update={"active": False, "status": "retired", "proposed_by": None, "proposed_at": None})


def _require_operator(call: Call[Any]) -> None:
    if call.caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator can change the accounts that receive prefunds.")


def _is_proposed(record: Record, now: int) -> bool:
    return "proposed" in record and now < record["proposed"]["at"] + APPROVE_WITHIN_MS


def _was_listed(record: Record) -> bool:
    """Whether two people, or the only one there was, have ever put the account on the list."""
    return "proposed" not in record or "again" in record["proposed"]


def _others(call: Call[Any]) -> bool:
    """Whether there is another super admin, who could approve."""
    return any(
        user.id != call.caller.id and user.status == "active" and "platform:admin" in permissions(user.roles)
        for user in users.list_tenant_users(call.store, call.caller.tenant.id)
    )


def _account_label(account: ReceiverAccount) -> str:
    return f"{account.bank} {account.ifsc} …{account.number[-4:]}"


def _commit_with_audit(call: Call[Any], write: Write, what: str, account: ReceiverAccount, announce: str) -> None:
    act = audit_entry(
        "live",
        call.caller.tenant.id,
        clock.system(),
        what=what,
        who=call.caller.id,
        address=call.caller.address,
        reference=account.id,
        request_id=call.request.id,
        details={"ifsc": account.ifsc, "ends": account.number[-4:]},
        announce=announce,
    )
    commit_unless_changed(call.store, [write, act], caller=call.request.id)
