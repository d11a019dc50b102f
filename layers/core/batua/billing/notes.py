"""Credit and debit notes against an invoice (CGST Act section 34, rule 53), and the cancelling of an invoice.

A note has lines of its own, with the invoice's parties, place of supply and rates; a credit note never exceeds what is
left of the line that it corrects. Cancelling is a credit note in full, so a number is never missing or used again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from .. import clock, errors, ids
from ..api.endpoint import Call, Success
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..identity.caller import user_caller
from ..money import INR_SCALE, to_text
from ..store import billing_keys
from ..store.store import Record
from ..store.writes import ABSENT, Put
from . import gst, records, refusals
from .drafting import change_invoice, requested_invoice, shown
from .issuing import Change
from .lines import InvoiceItem, Line, add_totals, tax_line
from .models import CancelInvoice, InvoiceOut, IssueNote, WriteOffInvoice
from .numbering import next_number
from .settling import credit_writes, require_status
from .tenant_books import books

NOTE_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.CREDIT_EXCEEDS_INVOICE,
    refusals.CREDIT_NOTE_TOO_LATE,
    errors.IDEMPOTENCY_KEY_REUSED,
)
CANCEL_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.CREDIT_EXCEEDS_INVOICE,
    refusals.CREDIT_NOTE_TOO_LATE,
)
WRITE_OFF_ERRORS = (errors.INVOICE_NOT_FOUND, refusals.INVOICE_STATE)
NOTE_OPTIONS: Final[Mapping[str, Any]] = {
    "caller": user_caller("billing:write"),
    "request": IssueNote,
    "response": Success(InvoiceOut, status=201),
    "errors": NOTE_ERRORS,
    "parameters": {"id": "The invoice: its id `inv_…`, or its number with `-` for `/`."},
}
"""What the endpoints of both kinds of notes declare alike."""

NoteKind = Literal["credit_note", "debit_note"]
MAX_NOTES: Final = 50


def issue_note(call: Call[IssueNote], kind: NoteKind) -> Reply:
    """Makes a note, or finds the one that the same request made."""
    invoice, body = requested_invoice(call), call.input
    given = call.idempotency_key or (f"reference {body.reference}" if body.reference else None)
    note = ids.derived_id("note", invoice["sk"], kind, given) if given else ids.new_id("note", call.now)
    fingerprint = content_fingerprint(f"billing.{kind}", body.model_dump(exclude={"idempotency_key"})).hex()
    key = billing_keys.billing_invoice_key(books(call), note)
    before = call.store.read([key])[key]
    if before is None:
        change_invoice(call, invoice["sk"], lambda record: _note_change(call, record, note, kind, fingerprint))
    record = before or call.store.read([key])[key]
    assert record is not None
    if record["fp"] != fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    message = f"{'Credit' if kind == 'credit_note' else 'Debit'} note {'already ' if before else ''}issued"
    return Reply(shown(call, record), message, headers=replay_headers(before is not None))


def cancel_invoice(call: Call[CancelInvoice]) -> Reply:
    """Voids a draft, or an open invoice that nothing was paid on, by a credit note in full."""
    invoice, reason = requested_invoice(call), call.input.reason

    def decide(record: Record) -> Change | None:
        if record["st"] == "void":
            return None
        require_status(record, "draft", "open")
        if record["st"] == "draft":
            return Change({**record, "st": "void", "why": reason}, (), "invoice voided", {"reason": reason})
        if record.get("paid"):
            raise refusals.INVOICE_STATE(
                "Something was paid on this invoice. Issue a credit note instead.",
                figures={"status": record["st"], "paid": to_text(record["paid"], INR_SCALE)},
            )
        note = ids.derived_id("note", record["sk"], "cancelled")
        lines = [line for line in (_left_of_line(record, number) for number in range(len(record["lines"]))) if line]
        change = _with_note(call, record, note, "credit_note", lines, reason, "cancelled")
        return replace(change, record={**change.record, "st": "void", "why": reason}, what="invoice voided")

    record = change_invoice(call, invoice["sk"], decide)
    return Reply(shown(call, record), "Invoice voided")


def write_off_invoice(call: Call[WriteOffInvoice]) -> Reply:
    """Marks an open invoice as uncollectible. It remains valid, and a late payment is still accepted."""
    reason = call.input.reason

    def decide(record: Record) -> Change | None:
        if record["st"] == "uncollectible":
            return None
        require_status(record, "open")
        return Change({**record, "st": "uncollectible", "why": reason}, (), "invoice written off", {"reason": reason})

    record = change_invoice(call, requested_invoice(call)["sk"], decide)
    return Reply(shown(call, record), "Invoice marked as uncollectible")


def _note_change(call: Call[IssueNote], record: Record, note: str, kind: NoteKind, fingerprint: str) -> Change | None:
    if note in record.get("notes_ids", []):
        return None
    if len(record.get("notes_ids", [])) >= MAX_NOTES:
        raise errors.invalid("id", f"is an invoice with {MAX_NOTES} notes, the most that one can have")
    require_status(record, "open", "paid", "uncollectible")
    body = call.input
    if body.lines is None:
        if kind == "debit_note":
            raise errors.invalid("lines", "is required: a debit note lists the additional charges")
        found = [_left_of_line(record, number) for number in range(len(record["lines"]))]
        lines = [line for line in found if line]
        if not lines:
            raise refusals.CREDIT_EXCEEDS_INVOICE("The invoice has been credited in full already.")
    else:
        lines = [_noted_line(call, record, number, kind) for number in range(len(body.lines))]
    return _with_note(call, record, note, kind, lines, body.reason, fingerprint)


def _with_note(
    call: Call[Any],
    record: Record,
    note: str,
    kind: NoteKind,
    lines: list[tuple[int, Line]],
    reason: str,
    fingerprint: str,
) -> Change:
    """The note and what it makes of its invoice, in one transaction."""
    if record.get("irn", {}).get("st", "active") != "active":
        raise refusals.INVOICE_STATE(
            "This invoice has been cancelled at the portal, or is being cancelled.", figures={"status": record["st"]}
        )
    zone, scope = call.caller.tenant.time_zone, books(call)
    today = clock.local_day(call.now, zone)
    if kind == "credit_note" and today > gst.last_credit_day(record["day"]) and record["kind"] == "tax_invoice":
        raise refusals.CREDIT_NOTE_TOO_LATE(figures={"until": gst.last_credit_day(record["day"])})
    supply = records.read_supply(record["supply"])
    totals = add_totals([line for _, line in lines], supply, round_off=False)
    # The credit note that leaves nothing of the lines takes the invoice's round-off along.
    whole = kind == "credit_note" and _is_rest(record, lines)
    extra = records.billed_document(record, zone).totals.round_off if whole else 0
    amount = totals.payable + extra
    left = records.owed(record)
    if kind == "credit_note" and amount > left:
        asks = to_text(amount, INR_SCALE)
        raise refusals.CREDIT_EXCEEDS_INVOICE(f"INR {to_text(left, INR_SCALE)} is left to credit, {asks} requested.")
    number, counted = next_number(call.store, scope, call.caller.mode, kind, call.now, zone)
    key = billing_keys.billing_invoice_key(scope, note)
    copied: Record = {
        name: record[name] for name in ("cust", "prod", "from", "to", "supply", "terms", "logo") if name in record
    }
    item: Record = {
        **copied,
        "st": "issued",
        "kind": kind,
        "no": number,
        "at": call.now,
        "by": call.caller.id,
        "fin": call.now,
        "day": today,
        "why": reason,
        "against": {"id": record["sk"], "no": record["no"], "day": record["day"], "total": record["total"]},
        "lines": [records.line_record(line) for _, line in lines],
        "ro": False,
        "extra": extra,
        "total": amount,
        "fp": fingerprint,
        "version": 1,
        "g1p": billing_keys.invoices_made_partition(scope),
        "g1s": f"{clock.iso(call.now)}#{note}",
    }
    sign = 1 if kind == "credit_note" else -1
    credited = record.get("credited", 0) + sign * amount
    taken: dict[str, dict[str, int]] = {**record.get("taken", {})}
    if kind == "credit_note":
        for place, line in lines:
            before: dict[str, int] = taken.get(str(place)) or {}
            sums = {name: before.get(name, 0) + amount for name, amount in _line_amounts(line).items()}
            taken[str(place)] = sums
    after: Record = {
        **record,
        "credited": credited,
        "taken": taken,
        "nos": [*record.get("nos", []), number],
        "notes_ids": [*record.get("notes_ids", []), note],
    }
    paid, owed = record.get("paid", 0), record["total"] - credited
    if record["st"] in ("open", "paid"):
        after["st"] = "paid" if paid >= owed else "open"
    pointer = Put(billing_keys.invoice_number_key(scope, number), {"id": note}, when=ABSENT)
    writes = (Put(key, item, when=ABSENT), counted, pointer, *credit_writes(scope, record, after))
    return Change(after, writes, f"{kind.replace('_', ' ')} issued", {"number": number, "amount": amount})


def _line_amounts(line: Line) -> dict[str, int]:
    return {"net": line.taxable, **{name: getattr(line, name) for name in records.TAX_FIELDS}}


def _left_of_line(record: Record, number: int) -> tuple[int, Line] | None:
    """What credit notes have left of a line of the invoice, its taxes to the paisa."""
    line = records.read_billed_line(record["lines"][number])
    taken: dict[str, int] = record.get("taken", {}).get(str(number), {})
    if not taken:
        return (number, line) if line.taxable else None
    rest = line.taxable - taken["net"]
    if rest <= 0:
        return None
    item = replace(line.item, unit_price=rest, quantity=1000, discount=0, inclusive=False)
    taxes = {name: getattr(line, name) - taken[name] for name in records.TAX_FIELDS}
    return number, Line(item, rest, taxable=rest, **taxes)


def _of_value(record: Record, line: Line, value: int) -> Line:
    """A line of a note over a taxable value, with the rates of the invoice's line."""
    item = InvoiceItem(
        line.item.description, line.item.code, value, line.item.rate, cess_rate=line.item.cess_rate, unit=line.item.unit
    )
    return tax_line(item, records.read_supply(record["supply"]))


def _noted_line(call: Call[IssueNote], record: Record, number: int, kind: NoteKind) -> tuple[int, Line]:
    assert call.input.lines is not None
    asked, field = call.input.lines[number], f"lines.{number}"
    if asked.line > len(record["lines"]):
        raise errors.invalid(f"{field}.line", f"must be a line of the invoice, 1 to {len(record['lines'])}")
    if any(each.line == asked.line for each in call.input.lines[:number]):
        raise errors.invalid(f"{field}.line", "must not be repeated")
    line = records.read_billed_line(record["lines"][asked.line - 1])
    if asked.taxable_value is None:
        rest = _left_of_line(record, asked.line - 1) if kind == "credit_note" else None
        if rest is None:
            raise errors.invalid(f"{field}.taxable_value", "is required: nothing is left of the line to credit in full")
        return rest
    value = minor_units(asked.taxable_value, INR_SCALE, f"{field}.taxable_value")
    if kind == "credit_note":
        found = _left_of_line(record, asked.line - 1)
        left = found[1].taxable if found else 0
        if value > left:
            asks = to_text(value, INR_SCALE)
            raise refusals.CREDIT_EXCEEDS_INVOICE(
                f"Line {asked.line} has INR {to_text(left, INR_SCALE)} left to credit, {asks} requested."
            )
        if found and value == left:
            return found
    return asked.line - 1, _of_value(record, line, value)


def _is_rest(record: Record, lines: list[tuple[int, Line]]) -> bool:
    """Whether these lines are all that is left of the invoice."""
    taken = {int(place): sums["net"] for place, sums in record.get("taken", {}).items()}
    for place, line in lines:
        taken[place] = taken.get(place, 0) + line.taxable
    return all(taken.get(place, 0) >= line["net"] for place, line in enumerate(record["lines"]))
