"""Lists prefund requests, and reads one with its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .. import clock, errors, files, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity.tenant_names import load_tenant_names
from ..identity.user_names import load_user_names
from ..money import INR_SCALE, to_wire
from ..store import keys as directory
from ..store import prefund_keys as keys
from ..store.store import Record
from ..tenants import uploads
from . import record
from .models import (
    PrefundDetail,
    PrefundOut,
    PrefundsQuery,
    PrefundStepOut,
    PrefundWorkflowOut,
    TransferProof,
    TransferProofOut,
)
from .record import Prefund, read_prefund

_PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 10
"""A filter that few requests fit reads so many pages at most; the cursor leads on from there."""


def list_prefunds(call: Call[PrefundsQuery]) -> Reply:
    """The tenant's own requests, newest first; for staff those of all tenants, or of one."""
    query, caller = call.input, call.caller
    filters = {
        "list": "prefunds",
        "mode": caller.mode,
        **query.model_dump(include={"status", "tenant_id", "assigned_to"}),
    }
    tenant = _listed_tenant(call)
    if tenant:
        partition, index, columns = keys.tenant_prefunds_partition(caller.mode, tenant), "by_parent", ("g1p", "g1s")
    else:
        partition, index, columns = keys.all_prefunds_partition(caller.mode), "by_name", ("g2p", "g2s")
    start: dict[str, Any] | None = None
    if query.cursor:
        place = cursor.open_cursor(caller.tenant.id, filters, query.cursor)
        key = keys.prefund_request_key(place.partition("#")[2])
        start = {"pk": key.pk, "sk": key.sk, columns[0]: partition, columns[1]: place}
    found, last = _query_page(call, index, partition, start)
    following = cursor.seal_cursor(caller.tenant.id, filters, last[columns[1]]) if last else None
    names = {**_tenant_names(call, found), **_assignee_names(call, (row.get("assignee") for row in found))}
    data = [prefund_out(read_prefund(row), names) for row in found]
    return Reply(data, meta={"next_cursor": following, "limit": query.limit})


def _query_page(
    call: Call[PrefundsQuery], index: str, partition: str, after: dict[str, Any] | None
) -> tuple[list[Record], Record | None]:
    """What fits the filters, and the row after which the list goes on; None at its end."""
    found: list[Record] = []
    last: Record | None = None
    for _ in range(_MOST_PAGES):
        page = call.store.query("directory", partition, index=index, descending=True, limit=_PAGE_SIZE, after=after)
        for number, last in enumerate(page.items, 1):
            if _matches_query(last, call.input):
                found.append(last)
            if len(found) == call.input.limit:
                return found, last if page.last or number < len(page.items) else None
        after = page.last
        if after is None:
            return found, None
    return found, last


def _listed_tenant(call: Call[PrefundsQuery]) -> str | None:
    """Whose requests to list: None for those of all tenants."""
    own, asked = call.caller.tenant.id, call.input.tenant_id
    if asked is not None and not ids.is_id(asked, "ten"):
        raise errors.invalid("tenant_id", "must be a tenant's id, `ten_…`")
    if "platform:review" in call.caller.permissions:
        return asked
    if asked not in (None, own):
        raise errors.FORBIDDEN("Only the operator's staff can see requests of other tenants.")
    return own


def _matches_query(row: Record, query: PrefundsQuery) -> bool:
    return query.status in (None, row["st"]) and query.assigned_to in (None, row.get("assignee"))


def read_prefund_detail(call: Call[None]) -> PrefundDetail:
    """One request with every step, its proof, and for staff the state of its workflow."""
    prefund = record.requested_prefund(call)
    rows = list(call.store.query_all("directory", keys.prefund_request_partition(prefund.id), consistent=True))
    # What is read together stood together: the request as its last step has left it.
    prefund = next((read_prefund(row) for row in rows if row["sk"] == "REQUEST"), prefund)
    steps = [row for row in rows if row["sk"].startswith("STEP#")]
    workflow = next((row for row in rows if row["sk"] == "WORKFLOW"), None)
    staff = "platform:review" in call.caller.permissions
    people = {(prefund.tenant, row["who"]) for row in steps}
    if staff:
        people |= {(call.caller.tenant.id, row["who"]) for row in steps}
    called = load_user_names(call.store, people)
    names = {**_tenant_names(call, [{"ten": prefund.tenant}]), **_assignee_names(call, [prefund.assignee])}
    fields = prefund_out(prefund, names).model_dump(exclude={"proof"})
    return PrefundDetail(
        **fields,
        proof=_proof_response(call, prefund),
        history=[_step_response(row, called) for row in steps],
        workflow=_workflow(workflow) if workflow and staff else None,
    )


def _tenant_names(call: Call[Any], rows: Iterable[Record]) -> dict[str, str]:
    """Who made these requests, for the operator's staff: a tenant knows its own name."""
    if "platform:review" not in call.caller.permissions:
        return {}
    return load_tenant_names(call.store, {row["ten"] for row in rows})


def _assignee_names(call: Call[Any], assignees: Iterable[str | None]) -> dict[str, str]:
    """Who of the staff sees to requests: a tenant is not told."""
    if "platform:review" not in call.caller.permissions:
        return {}
    return load_user_names(call.store, {(call.caller.tenant.id, each) for each in assignees if each})


def prefund_out(prefund: Prefund, names: Mapping[str, str] | None = None) -> PrefundOut:
    """`names` are those of tenants and of who sees to requests, by their ids."""
    verdict = prefund.verdict
    return PrefundOut(
        id=prefund.id,
        tenant_id=prefund.tenant,
        tenant_name=(names or {}).get(prefund.tenant),
        status=prefund.state,
        amount=to_wire(prefund.amount, INR_SCALE),
        utr=prefund.utr,
        paid_on=prefund.paid_on,
        receiver_account_id=prefund.account,
        proof=TransferProof(**_proof_said(prefund)),
        note=prefund.note,
        assigned_to=prefund.assignee,
        assigned_to_name=(names or {}).get(prefund.assignee or ""),
        created_by=prefund.by,
        created_at=clock.iso(prefund.created_at),
        since=clock.iso(prefund.since),
        decision=verdict.kind if verdict else None,
        decided_by=verdict.by if verdict else None,
        decided_at=clock.iso(verdict.at) if verdict else None,
        decision_note=verdict.note if verdict else None,
        credited_amount=to_wire(verdict.amount, INR_SCALE) if verdict and prefund.state == "credited" else None,
        transaction_id=prefund.transaction,
        mode=prefund.mode,
        version=prefund.version,
    )


def _proof_said(prefund: Prefund) -> dict[str, str]:
    proof = prefund.proof
    return {
        "document_id": proof["doc"],
        "name": proof["name"],
        "media_type": proof["media"],
        "sha256": proof["sha"],
    }


def _proof_response(call: Call[None], prefund: Prefund) -> TransferProofOut:
    proof = prefund.proof
    key = directory.document_key(prefund.tenant, proof["doc"])
    document = call.store.read([key])[key]
    content = uploads.current_content(document) if document else None
    infected = content is not None and content.sha256 == proof["sha"] and content.scan == "infected"
    link = None
    if not infected:
        link = files.download_link(proof["file"], proof["media"], proof["name"], uploads.DOWNLOAD_SECONDS).url
    return TransferProofOut(**_proof_said(prefund), url=link)


def _step_response(row: Record, names: Mapping[str, str]) -> PrefundStepOut:
    return PrefundStepOut(
        what=row["what"],
        by=row["who"],
        by_name=names.get(row["who"]),
        at=clock.iso(row["at"]),
        status=row["st"],
        note=row.get("note"),
    )


def _workflow(row: Record) -> PrefundWorkflowOut:
    wakes = row.get("wakes")
    return PrefundWorkflowOut(
        execution=row["exec"],
        step=row["step"],
        since=clock.iso(row["since"]),
        wakes_at=clock.iso(wakes) if wakes else None,
    )
