"""What a customer did in another system, as an import brought it in: to read, for whom it concerns."""

from __future__ import annotations

from pydantic import Field

from .. import clock, errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import Reply
from ..customers import model as customers
from ..customers.past import PastTransaction, past_of
from ..ledger.model import Program
from . import counter
from .customers import knows_customer
from .models import ImportedTransaction


class ImportedHistoryQuery(Model):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=1024)


def list_imported_history(call: Call[ImportedHistoryQuery]) -> Reply:
    """The newest first. For the merchant who registered the customer, and the owner of the program."""
    caller, query, named = call.caller, call.input, call.lookup
    customer = customers.loaded_customer(call.loaded, named.scope, named.id)
    if customer is None:
        raise errors.CUSTOMER_NOT_FOUND()
    if not knows_customer(call, customer):
        raise errors.FORBIDDEN("Only the merchant who registered this customer, or the program's owner, can see this.")
    program = counter.program_of(caller)
    bound = {"list": "imported-history", "customer": named.id}
    before = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    found = past_of(call.store, named.scope, named.id, before=before, size=query.limit + 2)
    page, following = cursor.take_page(found, query.limit, 10 * query.limit)
    sealed = cursor.seal_cursor(caller.tenant.id, bound, following) if following else None
    lines = [imported_line(past, program) for past in page]
    return Reply(lines, meta={"next_cursor": sealed, "limit": query.limit})


def imported_line(past: PastTransaction, program: Program) -> ImportedTransaction:
    return ImportedTransaction(
        occurred_at=clock.iso(past.at),
        type=past.type,
        coins=None if past.coins is None else counter.coins_wire(past.coins, program),
        bill_amount=counter.rupees_wire(past.bill),
        reference=past.reference,
        place=past.place,
        note=past.note,
        import_id=past.source,
    )
