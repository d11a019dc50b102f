"""Lists of redemptions, as JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Raw, Reply
from ..coins import counter
from ..customers.named import NOT_SHOWN, named_customers
from ..store import reward_keys
from ..store.store import Record
from .redemption import Redemption, read_redemption_record
from .redemption_models import (
    ListedRedemption,
    MyRedemptionsQuery,
    RedemptionOut,
    RedemptionsQuery,
)
from .redemption_views import redemption_out

_MAX_SCANNED: Final = 2_000
_MAX_CSV_ROWS: Final = 3_000


def list_redemptions(call: Call[RedemptionsQuery]) -> Reply | Raw:
    """The tenant's redemptions, the newest first, as JSON or CSV."""
    query = call.input
    as_csv = query.format == "csv" or (query.format is None and call.request.accepts("text/csv"))
    limit = query.limit or (_MAX_CSV_ROWS if as_csv else 20)
    if not as_csv and limit > 100:
        raise errors.invalid("limit", "must be 100 or less, or ask for text/csv")
    from ..api.models import parse_instant
    from ..ledger.queries.coin_entries import lower_bound, upper_bound

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

    rows, following = _redemption_page(call, partition, "by_parent", filters, limit, fits, **bounds)
    if not as_csv:
        named = named_customers(call, (row.customer_id for row in rows))
        listed = [ListedRedemption(**dict(row), **named.get(row.customer_id, NOT_SHOWN).fields) for row in rows]
        return Reply(listed, meta={"next_cursor": following, "limit": limit})
    headers = {"Content-Disposition": 'attachment; filename="redemptions.csv"'}
    if following:
        headers["X-Next-Cursor"] = following
    return Raw(_csv(rows), "text/csv; charset=utf-8", headers)


def list_my_redemptions(call: Call[MyRedemptionsQuery]) -> Reply:
    """What the caller has redeemed, for whichever customer, the newest first."""
    query = call.input
    partition = reward_keys.redeemer_partition(call.caller.scope, call.caller.id)
    filters = {"list": "my-redemptions", "by": call.caller.id, "state": query.state}
    rows, following = _redemption_page(
        call,
        partition,
        "by_name",
        filters,
        query.limit,
        lambda redemption: query.state in (None, redemption.state) and redemption.tenant == call.caller.tenant.id,
    )
    return Reply(rows, meta={"next_cursor": following, "limit": query.limit})


def _redemption_page(
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
    walk = _redemption_records(call, partition, index, since, before or until, limit)
    found = ((row[place_at], read_redemption_record(row)) for row in walk if before is None or row[place_at] < before)
    fitting = ((place, redemption if fits(redemption) else None) for place, redemption in found)
    rows, following = cursor.take_page(fitting, limit, _MAX_SCANNED + limit)
    sealed = cursor.seal_cursor(tenant, bound, following) if following else None
    return [redemption_out(redemption, program) for redemption in rows], sealed


def _redemption_records(
    call: Call[Any], partition: str, index: str, since: str | None, until: str | None, limit: int
) -> Iterator[Record]:
    return iter(
        call.store.query_all(
            "directory", partition, index=index, descending=True, since=since, until=until, limit=min(limit + 1, 500)
        )
    )


def _csv(rows: list[RedemptionOut]) -> str:
    import csv
    import io

    from ..api.spreadsheet import escape_formula

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = [name for name in RedemptionOut.model_fields if name not in ("shipment", "credit")]
    writer.writerow(columns)
    for row in rows:
        content = row.model_dump()
        writer.writerow(escape_formula(content[name]) for name in columns)
    return out.getvalue()
