"""Canned responses: texts for staff with a closed list of variables, checked when they are saved."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..api.styles import Reply
from ..store import support_keys as keys
from ..store.store import Record
from ..store.writes import ABSENT, Delete, Put
from ..tenants.audit_entries import tenant_audit_entry
from .access import caller_name, is_support_staff
from .model import Ticket
from .models import LongText
from .refusals import CANNED_RESPONSE_NOT_FOUND, TOO_MANY_CANNED_RESPONSES

VARIABLES: Final = ("customer_name", "tenant_name", "ticket_id", "ticket_subject", "ticket_status", "agent_name")
MAX_CANNED_RESPONSES: Final = 200

_VARIABLE: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.S)

Title = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]


class NewCannedResponse(Model):
    title: Title = Field(examples=["Ask for the order number"])
    body: LongText = Field(
        description=f"May hold these variables: {', '.join('`{{' + name + '}}`' for name in VARIABLES)}.",
        examples=["Hello {{customer_name}},\n\nwhich order is {{ticket_subject}} about?"],
    )
    category: str | None = Field(None, min_length=1, max_length=64, examples=["transaction"])


class CannedResponseOut(Model):
    id: str = Field(examples=["cnr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    title: str = Field(examples=["Ask for the order number"])
    body: str = Field(examples=["Hello {{customer_name}},\n\nwhich order is {{ticket_subject}} about?"])
    category: str | None = Field(examples=["transaction"])
    variables: list[str] = Field(
        description="The variables that the body uses.", examples=[["customer_name", "ticket_subject"]]
    )
    updated_at: Instant = Field(examples=["2026-11-28T10:15:00.000Z"])


class CannedResponseDeleted(Model):
    id: str = Field(examples=["cnr_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    deleted: bool = True


def require_support_staff(call: Call[Any]) -> None:
    if not is_support_staff(call.caller):
        raise errors.FORBIDDEN("Only the operator's staff can do this.")


def list_canned_responses(call: Call[None]) -> Reply:
    """All canned responses, by title."""
    require_support_staff(call)
    found = call.store.query_all("directory", keys.canned_responses_partition(), consistent=True)
    return Reply(sorted(map(_canned_response, found), key=lambda each: (each.title.casefold(), each.id)))


def create_canned_response(call: Call[NewCannedResponse]) -> Reply:
    require_support_staff(call)
    given, now = call.input, clock.system()
    _require_known_variables(given.body)
    there = sum(1 for _ in call.store.query_all("directory", keys.canned_responses_partition(), consistent=True))
    if there >= MAX_CANNED_RESPONSES:
        raise TOO_MANY_CANNED_RESPONSES(figures={"limit": MAX_CANNED_RESPONSES})
    key = keys.canned_response_key(ids.new_id("cnr", now))
    item = {"title": given.title, "body": given.body, "upd": now, "by": call.caller.id}
    if given.category:
        item["cat"] = given.category
    done = tenant_audit_entry(call, "canned response created", key.sk)
    call.store.commit([Put(key, item, when=ABSENT), done])
    return Reply(_canned_response({"sk": key.sk, **item}), "Canned response saved")


def delete_canned_response(call: Call[None]) -> CannedResponseDeleted:
    require_support_staff(call)
    record = _requested_response(call, call.path["id"])
    key = keys.canned_response_key(record["sk"])
    call.store.commit([Delete(key), tenant_audit_entry(call, "canned response deleted", key.sk)])
    return CannedResponseDeleted(id=record["sk"])


def rendered_response(call: Call[Any], id: str, ticket: Ticket) -> str:
    """The text for one ticket. Values are put in as they are: nothing in them is read as a variable again."""
    values = {
        "customer_name": ticket.requester_name,
        "tenant_name": ticket.tenant_name,
        "ticket_id": ticket.id,
        "ticket_subject": ticket.subject,
        "ticket_status": ticket.status.replace("_", " "),
        "agent_name": caller_name(call),
    }
    body = str(_requested_response(call, id)["body"])
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), body)


def _requested_response(call: Call[Any], id: str) -> Record:
    if not ids.is_id(id, "cnr"):
        raise CANNED_RESPONSE_NOT_FOUND()
    key = keys.canned_response_key(id)
    record = call.store.read([key])[key]
    if record is None:
        raise CANNED_RESPONSE_NOT_FOUND()
    return record


def _require_known_variables(body: str) -> None:
    unknown = sorted({name for name in _VARIABLE.findall(body) if name not in VARIABLES})
    if unknown:
        named = ", ".join(name[:40] for name in unknown)
        raise errors.invalid("body", f"unknown variable {named}; use one of {', '.join(VARIABLES)}")
    if "{{" in _VARIABLE.sub("", body):
        raise errors.invalid("body", "a variable is not closed with }}")


def _canned_response(record: Record) -> CannedResponseOut:
    used = dict.fromkeys(_VARIABLE.findall(record["body"]))
    return CannedResponseOut(
        id=record["sk"],
        title=record["title"],
        body=record["body"],
        category=record.get("cat"),
        variables=[name for name in used if name in VARIABLES],
        updated_at=clock.iso(record["upd"]),
    )
