"""Flags before those who decide on them: the tenant itself, those above it, and the platform's staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import audit_trail, clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..identity.credentials import Claims
from ..identity.tenant import read_tenant
from ..money import to_text
from ..store import fraud_keys, keys
from ..store.keys import Key
from ..store.store import Cancelled, Page
from ..store.writes import Condition, Put
from .model import FlagReview, FraudFlag, flag_item, read_flag
from .models import FlagOut, FlagsQuery, ReviewFlag, WatchedMovementOut
from .rules import SCALE, WatchedMovement

FLAG_CLOSED = errors.define("fraud_flag_closed", 409, "Someone else has already closed this flag.")

_PAGE_SIZE: Final = 100
_MAX_SCANNED: Final = 1_000
"""Flags that one page may look at for what the filters want."""


def list_flags(call: Call[FlagsQuery]) -> Reply:
    """A page of flags, the latest first."""
    query, caller = call.input, call.caller.tenant.id
    filters = {"list": "fraud", "mode": call.caller.mode, **query.model_dump(exclude={"cursor", "limit"})}
    after = cursor.open_cursor(caller, filters, query.cursor) if query.cursor else None
    rows: list[FraudFlag] = []
    following = None
    for looked_at, flag in enumerate(_latest_first(call, after), start=1):
        wanted = query.status in (None, flag.status) and query.rule in (None, flag.rule)
        if wanted and len(rows) == query.limit:
            following = rows[-1]
            break
        rows += [flag] if wanted else []
        if looked_at == _MAX_SCANNED:
            following = flag
            break
    sealed = cursor.seal_cursor(caller, filters, f"{following.tenant}#{following.id}") if following else None
    return Reply([flag_out(each) for each in rows], meta={"next_cursor": sealed, "limit": query.limit})


def _latest_first(call: Call[FlagsQuery], after: str | None) -> Iterator[FraudFlag]:
    place, index = _flags_partition(call)
    start = _start_key(call, place, index, after) if after else None
    while True:
        page = call.store.query("directory", place, index=index, descending=True, limit=_PAGE_SIZE, after=start)
        yield from _visible(call, page) if index == "by_parent" else map(read_flag, page.items)
        start = page.last
        if start is None:
            return


def _flags_partition(call: Call[FlagsQuery]) -> tuple[str, str | None]:
    """The partition of the requested flags, and its index. Raises NOT_FOUND for a tenant not below."""
    query, caller, mode = call.input, call.caller, call.caller.mode
    if query.tenant_id is not None and query.tenant_id != caller.tenant.id:
        _require_below(call, query.tenant_id)
        return fraud_keys.flags_partition(mode, query.tenant_id), None
    if query.tenant_id is None and "platform:review" in caller.permissions:
        return fraud_keys.all_flags_partition(mode), "by_name"
    if query.below:
        return fraud_keys.child_flags_partition(mode, caller.tenant.id), "by_parent"
    return fraud_keys.flags_partition(mode, caller.tenant.id), None


def _start_key(call: Call[FlagsQuery], place: str, index: str | None, after: str) -> dict[str, Any]:
    tenant, _, id = after.partition("#")
    key = fraud_keys.flag_key(call.caller.mode, tenant, id)
    attributes = {"by_parent": ("g1p", "g1s"), "by_name": ("g2p", "g2s")}.get(index or "")
    return {"pk": key.pk, "sk": key.sk} | (dict(zip(attributes, (place, id), strict=True)) if attributes else {})


def _visible(call: Call[FlagsQuery], page: Page) -> Iterator[FraudFlag]:
    """Flags of tenants that stand below the caller still: a flag keeps the parent that it was raised under."""
    flags = [read_flag(record) for record in page.items]
    found = call.store.read([keys.tenant_key(flag.tenant) for flag in flags])
    for flag in flags:
        record = found[keys.tenant_key(flag.tenant)]
        if record is not None and call.caller.tenant.id in read_tenant(record).path:
            yield flag


def _require_below(call: Call[Any], tenant: str) -> None:
    if not ids.is_id(tenant, "ten"):
        raise errors.invalid("tenant_id", "must be a tenant's id, `ten_…`")
    key = keys.tenant_key(tenant)
    record = call.loaded[key] if key in call.loaded else call.store.read([key])[key]
    if record is None or call.caller.tenant.id not in read_tenant(record).path:
        raise errors.NOT_FOUND()


@dataclass(frozen=True, slots=True)
class FlagLookup:
    """A flag, and the tenant whose it is."""

    flag: Key
    tenant: Key

    @property
    def keys(self) -> list[Key]:
        return [self.flag, self.tenant]


def prefetch_flag(claims: Claims, content: ReviewFlag, request: Request) -> FlagLookup:
    id, tenant = request.path["id"], content.tenant_id or claims.tenant
    if not ids.is_id(id, "flag") or not ids.is_id(tenant, "ten"):
        raise errors.NOT_FOUND()
    return FlagLookup(fraud_keys.flag_key(claims.mode, tenant, id), keys.tenant_key(tenant))


def review_flag(call: Call[ReviewFlag]) -> Reply:
    """Closes a flag with a verdict. The same verdict of the same person again gets the same answer."""
    asked, caller = call.input, call.caller
    record = call.loaded[call.lookup.flag]
    if asked.tenant_id is not None and asked.tenant_id != caller.tenant.id:
        _require_below(call, asked.tenant_id)
    if record is None:
        raise errors.NOT_FOUND()
    flag = read_flag(record)
    if caller.id in {movement.by for movement in flag.movements}:
        raise errors.FOUR_EYES("Somebody else has to look at what you have done yourself.")
    if flag.review is not None:
        return _repeated_review(flag, flag.review, asked, caller.id)
    if asked.version is not None and asked.version != flag.version:
        raise errors.VERSION_CONFLICT(figures={"version": flag.version})
    verdict = FlagReview(asked.verdict, asked.note, caller.id, call.now)
    closed = replace(flag, review=verdict, version=flag.version + 1)
    put = Put(closed.key, flag_item(closed), when=Condition(equal={"version": flag.version}))
    try:
        call.store.commit([put, _audit_put(call, closed)])
    except Cancelled as cancelled:
        raise errors.VERSION_CONFLICT() from cancelled
    return Reply(flag_out(closed), "Flag closed")


def _repeated_review(flag: FraudFlag, made: FlagReview, asked: ReviewFlag, caller: str) -> Reply:
    if (made.verdict, made.note, made.by) != (asked.verdict, asked.note, caller):
        raise FLAG_CLOSED(figures={"verdict": made.verdict})
    return Reply(flag_out(flag), "Flag closed", headers=replay_headers(True))


def _audit_put(call: Call[ReviewFlag], flag: FraudFlag) -> Put:
    return audit_trail.audit_entry(
        flag.mode,
        flag.tenant,
        call.now,
        what="fraud flag closed",
        who=call.caller.id,
        address=call.caller.address,
        reference=flag.id,
        request_id=call.request.id,
        details={"verdict": call.input.verdict, "rule": flag.rule},
    )


def flag_out(flag: FraudFlag) -> FlagOut:
    made = flag.review
    return FlagOut(
        id=flag.id,
        tenant_id=flag.tenant,
        rule=flag.rule,
        rule_version=flag.rule_version,
        reason=flag.says,
        figures=dict(flag.figures),
        movements=[_movement(each) for each in flag.movements],
        status=flag.status,
        verdict=made.verdict if made else None,
        note=made.note if made else None,
        reviewed_by=made.by if made else None,
        reviewed_at=clock.iso(made.at) if made else None,
        raised_at=clock.iso(flag.raised_at),
        version=flag.version,
    )


def _movement(movement: WatchedMovement) -> WatchedMovementOut:
    return WatchedMovementOut(
        transaction_id=movement.transaction,
        event_id=movement.event,
        type=movement.type,
        at=clock.iso(movement.at),
        customer_id=movement.customer,
        wallet_id=movement.wallet,
        coins=to_text(movement.coins, SCALE),
        bill_amount=to_text(movement.bill, SCALE) if movement.bill is not None else None,
        by=movement.by,
    )
