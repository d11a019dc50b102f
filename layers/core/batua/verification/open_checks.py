"""The operator's view of checks that no provider has decided yet: whose they are and how long they wait."""

from __future__ import annotations

from itertools import islice
from typing import Final

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model
from ..api.styles import Reply
from ..identity.tenant_names import load_tenant_names
from ..store import verification_keys as keys
from ..store.keys import Key
from .models import VerificationKind, VerificationStatus
from .record import read_verification_record

MOST_OPEN: Final = 100


class OpenVerificationOut(Model):
    id: str = Field(examples=["vrf_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tenant_id: str = Field(examples=["ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    tenant_name: str | None = Field(examples=["Kaveri Stores"])
    kind: VerificationKind = Field(examples=["bank"])
    status: VerificationStatus = Field(
        description="`submitted`: the provider has not answered yet. `pending`: it takes its time.",
        examples=["pending"],
    )
    times_asked: int = Field(description="How often the provider has been queried.", examples=[2])
    submitted_at: Instant
    next_at: Instant = Field(description="When the provider is queried next, or the check ends.")
    expires_at: Instant | None = Field(description="When it ends without an outcome.")


def list_open_verifications(call: Call[None]) -> Reply:
    """The hundred that are due first, of every tenant; the identifiers and results stay the tenant's."""
    if call.caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator can see the open checks of all tenants.")
    rows = call.store.query_all("directory", keys.open_verifications_partition(), index="by_name", limit=MOST_OPEN)
    opened = list(islice(rows, MOST_OPEN + 1))
    places = {
        row["pk"]: keys.verification_key(str(row["scope"]), str(row["pk"]).rpartition("#")[2])
        for row in opened[:MOST_OPEN]
    }
    found = call.store.read(list[Key](places.values())) if places else {}
    shown = []
    owners = {str(record["ten"]) for record in found.values() if record}
    names = load_tenant_names(call.store, owners)
    for row in opened[:MOST_OPEN]:
        record = found[places[row["pk"]]]
        each = read_verification_record(record) if record else None
        if each is None or each.status not in ("submitted", "pending"):
            continue  # decided since; the index is a moment behind
        shown.append(
            OpenVerificationOut.model_validate(
                {
                    "id": each.id,
                    "tenant_id": each.tenant,
                    "tenant_name": names.get(each.tenant),
                    "kind": each.kind,
                    "status": each.status,
                    "times_asked": each.tries,
                    "submitted_at": clock.iso(each.created_at),
                    "next_at": str(row["g2s"]).partition("#")[0],
                    "expires_at": clock.iso(each.expires_at) if each.expires_at is not None else None,
                }
            )
        )
    return Reply(shown, meta={"more": len(opened) > MOST_OPEN})
