"""Reading redemptions: one, with its code where it is to be shown; lists, as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from .. import audit_trail, errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..coins import counter
from ..coins.ledger_list import escape_formula, parse_instant
from ..identity import sealing
from ..ledger.queries.coin_entries import lower_bound, upper_bound
from ..store import reward_keys
from ..store.store import Cancelled, Record
from .advance import own_redemption
from .redemption import Redemption, read_redemption_record
from .redemption_models import (
    MyRedemptionsQuery,
    RedemptionDetail,
    RedemptionOut,
    RedemptionQuery,
    RedemptionsQuery,
)
from .redemption_views import redemption_detail, redemption_of, redemption_out
from .redemption_writes import changed_write

READ_REDEMPTION_ERRORS: Final = (
    errors.REDEMPTION_NOT_FOUND,
    errors.REDEMPTION_NOT_IN_STATE,
    errors.BUSY,
)
_LOOKED_AT: Final = 2_000
_CSV_ROWS: Final = 3_000
_TRIES: Final = 5


def read_redemption(call: Call[RedemptionQuery]) -> RedemptionDetail:
    """One redemption, for who redeemed it and for who may read the tenant's ledger. The code on demand."""
    redemption, program = own_redemption(call), counter.program_of(call.caller)
    if redemption.by != call.caller.id and "ledger:read" not in call.caller.permissions:
        raise errors.REDEMPTION_NOT_FOUND()
    if not call.input.reveal:
        return redemption_detail(redemption, program, None)
    redemption, code = _reveal(call, redemption)
    return redemption_detail(redemption, program, code)


def _reveal(call: Call[RedemptionQuery], redemption: Redemption) -> tuple[Redemption, str | None]:
    """The code. That it is shown is on the audit trail, and the redemption says so, before it is."""
    if redemption.by != call.caller.id:
        raise errors.FORBIDDEN("Only the user who redeemed it sees the code.")
    scope = call.caller.scope
    for _ in range(_TRIES):
        if redemption.state != "fulfilled":
            figures = {"state": redemption.state}
            raise errors.REDEMPTION_NOT_IN_STATE(
                f"The code is shown once the redemption is fulfilled; it is {redemption.state}.", figures=figures
            )
        sealed = redemption.code
        if sealed is None:
            return redemption, None
        after = replace(redemption, shown_at=redemption.shown_at or call.now, version=redemption.version + 1)
        try:
            call.store.commit([changed_write(scope, redemption, after), _showing(call)], caller=call.request.id)
        except Cancelled:
            redemption = redemption_of(call.store, scope, redemption.id)
            continue
        return after, sealing.open_tenant_secret(after.tenant, after.id, sealed).decode()
    raise errors.BUSY(headers={"Retry-After": "1"})


def _showing(call: Call[Any]) -> Any:
    return audit_trail.audit_entry(
        call.caller.mode,
        call.caller.tenant.id,
        call.now,
        what="redemption code shown",
        who=call.caller.id,
        address=call.caller.address,
        request_id=call.request.id,
        details={"redemption": call.lookup.id},
    )


def list_redemptions(call: Call[RedemptionsQuery]) -> Reply | Raw:
    """The tenant's redemptions, the newest first, as JSON or CSV."""
    query = call.input
    as_csv = query.format == "csv" or (query.format is None and call.request.accepts("text/csv"))
    limit = query.limit or (_CSV_ROWS if as_csv else 20)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    bounds = {
        "since": lower_bound(parse_instant(query.since, "from")),
        "until": upper_bound(parse_instant(query.until, "to")),
    }
    partition = reward_keys.redemptions_partition(call.caller.scope, call.caller.tenant.id)
    filters = {"list": "redemptions", **query.model_dump(exclude={"cursor", "limit", "format"})}

    def fits(redemption: Redemption) -> bool:
        return (
            query.state in (None, redemption.state)
            and query.reward_id in (None, redemption.reward)
            and query.customer_id in (None, redemption.customer)
            and query.type in (None, redemption.type)
        )

    rows, following = _page(call, partition, "by_parent", filters, limit, fits, **bounds)
    if not as_csv:
        return Reply(rows, meta={"next_cursor": following, "limit": limit})
    headers = {"Content-Disposition": 'attachment; filename="redemptions.csv"'}
    if following:
        headers["X-Next-Cursor"] = following
    return Raw(_csv(rows), "text/csv; charset=utf-8", headers)


def list_my_redemptions(call: Call[MyRedemptionsQuery]) -> Reply:
    """What the caller has redeemed, for whichever customer, the newest first."""
    query = call.input
    partition = reward_keys.redeemer_partition(call.caller.scope, call.caller.id)
    filters = {"list": "my-redemptions", "by": call.caller.id, "state": query.state}
    rows, following = _page(
        call,
        partition,
        "by_name",
        filters,
        query.limit,
        lambda redemption: query.state in (None, redemption.state) and redemption.tenant == call.caller.tenant.id,
    )
    return Reply(rows, meta={"next_cursor": following, "limit": query.limit})


def _page(
    call: Call[Any],
    partition: str,
    index: str,
    filters: dict[str, Any],
    limit: int,
    fits: Any,
    since: str | None = None,
    until: str | None = None,
) -> tuple[list[RedemptionOut], str | None]:
    """A page of redemptions that fit, and the cursor of the next; None where the list ends with the page."""
    tenant, program = call.caller.tenant.id, counter.program_of(call.caller)
    bound = {"scope": call.caller.scope, **filters}
    before = cursor.open_cursor(tenant, bound, call.input.cursor) if call.input.cursor else None
    place_at = "g1s" if index == "by_parent" else "g2s"
    rows: list[RedemptionOut] = []
    place = ""
    walk = _walk(call, partition, index, since, before or until, limit)
    for number, record in enumerate((row for row in walk if before is None or row[place_at] < before), start=1):
        redemption = read_redemption_record(record)
        if fits(redemption):
            if len(rows) == limit:
                return rows, cursor.seal_cursor(tenant, bound, place)
            rows.append(redemption_out(redemption, program))
        place = record[place_at]
        if number >= _LOOKED_AT + limit:
            return rows, cursor.seal_cursor(tenant, bound, place)
    return rows, None


def _walk(
    call: Call[Any], partition: str, index: str, since: str | None, until: str | None, limit: int
) -> Iterator[Record]:
    return iter(
        call.store.query_all(
            "directory", partition, index=index, descending=True, since=since, until=until, limit=min(limit + 1, 500)
        )
    )


def _csv(rows: list[RedemptionOut]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = [name for name in RedemptionOut.model_fields if name != "shipment"]
    writer.writerow(columns)
    for row in rows:
        content = row.model_dump()
        writer.writerow(escape_formula(content[name]) for name in columns)
    return out.getvalue()
