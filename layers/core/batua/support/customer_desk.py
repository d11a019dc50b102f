"""Whether a tenant takes tickets from its customers."""

from __future__ import annotations

from pydantic import Field, StrictBool

from ..api.endpoint import Call
from ..api.models import Model
from ..store import support_keys as keys
from ..store.store import Store, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry


class SaveCustomerDesk(Model):
    enabled: StrictBool = Field(
        description="Whether your customers can open tickets on their page. Your people with `tickets:read` answer.",
        examples=[True],
    )
    text_replies: StrictBool | None = Field(
        None,
        description="Whether a customer gets a text message that there is a reply, unless they turned that off. "
        "Text messages are charged for. On until you turn it off; left out: as it is.",
        examples=[True],
    )
    version: int | None = Field(None, ge=0, description="As read: refused if it has changed since.", examples=[0])


class CustomerDeskOut(Model):
    enabled: bool
    text_replies: bool
    version: int = Field(examples=[1])


def read_customer_desk(call: Call[None]) -> CustomerDeskOut:
    key = keys.customer_desk_key(call.caller.tenant.id)
    record = call.store.read([key])[key] or {"on": False, "version": 0}
    return CustomerDeskOut(enabled=record["on"], text_replies=record.get("texts", True), version=record["version"])


def save_customer_desk(call: Call[SaveCustomerDesk]) -> CustomerDeskOut:
    """Opens or closes the desk. Closed, tickets that are open stay so, and no new ones come."""
    given, before = call.input, load_versioned(call.store, keys.customer_desk_key(call.caller.tenant.id))
    require_version(before, given.version)
    texts = bool((before.stored or {}).get("texts", True)) if given.text_replies is None else given.text_replies
    act = tenant_audit_entry(call, "customer desk saved", "on" if given.enabled else "off", {"text_replies": texts})
    put = before.replacement({"on": given.enabled, "texts": texts})
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return CustomerDeskOut(enabled=given.enabled, text_replies=texts, version=before.version + 1)


def is_desk_open(store: Store, tenant_id: str) -> bool:
    key = keys.customer_desk_key(tenant_id)
    return bool((store.read([key])[key] or {}).get("on"))
