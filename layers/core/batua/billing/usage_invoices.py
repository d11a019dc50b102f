"""Invoices of the operator over what a tenant used in a month: previewed, and issued once per tenant and month.

The invoice's id is made from tenant and month, and is written in one transaction with the subscription's mark of what
has been invoiced: a run that dies, runs twice or races itself issues each once. What a valid document lacks leaves a
draft under that id, and the next run of the month finalizes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from .. import audit_trail, clock, errors, ids
from ..api.endpoint import Call
from ..identity.tenant import Tenant, read_tenant
from ..store import billing_keys, keys
from ..store.store import Cancelled, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update
from . import records
from .issuing import Change, numbered_change, supplier_profile, taxed_content
from .lines import InvoiceItem
from .metering import metered_use
from .operator_books import billed_tenant, operator_books
from .plan_models import UsagePreview, UsageQuery, UsedOut
from .plans import Meter, PlanPeriod, month_periods, read_phases, read_plan, usage_items
from .presenting import billed_line, billed_totals
from .profiles import party_item, profile_digest, read_party
from .refusals import TENANT_NOT_BILLED
from .return_models import dashed_day, month_number
from .supply import Party
from .tenant_books import Issuer, issuer_of
from .usage_ids import usage_invoice_id

PREVIEW_ERRORS = (TENANT_NOT_BILLED,)
USAGE_PRODUCT = "Platform use"
BY = "usage run"
UsageResult = Literal["invoiced", "nothing", "draft"]


class UsageBusy(Exception):
    """Another run or a change of plan was at it at the same moment: the machine tries again."""


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What a tenant used in a month, by the plans that were in force, and the lines of its invoice."""

    used: tuple[tuple[PlanPeriod, dict[Meter, int]], ...]
    items: tuple[InvoiceItem, ...]


def preview_usage(call: Call[UsageQuery]) -> UsagePreview:
    """What the invoice of a month would say, up to now."""
    scope, tenant = operator_books(call), billed_tenant(call.store, call.path["tenant"])
    month = month_number(call.input.month) if call.input.month else clock.local_month(call.now, tenant.time_zone)
    place = billing_keys.subscription_key(scope, tenant.id)
    invoice = billing_keys.billing_invoice_key(scope, usage_invoice_id(scope, tenant.id, month))
    found = call.store.read([place, invoice])
    use = _month_use(call.store, scope, tenant, found[place], month)
    draft = _usage_draft(replace(issuer_of(call), mode="live"), tenant, month, use.items)
    document = records.billed_document(draft, call.caller.tenant.time_zone)
    stored = found[invoice]
    return UsagePreview(
        tenant_id=tenant.id,
        month=clock.month_text(month),
        used=[
            UsedOut(
                plan_id=period.plan, first_day=dashed_day(period.first), last_day=dashed_day(period.last), units=units
            )
            for period, units in use.used
        ],
        lines=[billed_line(line) for line in document.lines],
        totals=billed_totals(document.totals),
        invoice_id=stored["sk"] if stored else None,
    )


def issue_usage_invoice(issuer: Issuer, tenant_id: str, month: int) -> UsageResult:
    """Invoices a tenant's use of a month that is over, once. `issuer` is the operator. Raises UsageBusy."""
    # Only the run mails; a preview shall not start slower for it.
    from .usage_mail import mail_usage_invoice

    store, scope = issuer.store, issuer.scope
    place, tenant_key = billing_keys.subscription_key(scope, tenant_id), keys.tenant_key(tenant_id)
    key = billing_keys.billing_invoice_key(scope, usage_invoice_id(scope, tenant_id, month))
    found = store.read([place, tenant_key, key])
    subscription, record, stored = found[place], found[tenant_key], found[key]
    if stored is not None and stored["st"] != "draft":
        mail_usage_invoice(issuer, key.sk)
        return _record_outcome(issuer, month, tenant_id, "invoiced", key.sk)
    if subscription is None or record is None:
        return "nothing"
    tenant = read_tenant(record)
    use = _month_use(store, scope, tenant, subscription, month)
    if not use.items:
        return _record_outcome(issuer, month, tenant_id, "nothing", None)
    draft = _usage_draft(issuer, tenant, month, use.items)
    item = {**draft, "sk": key.sk, "version": stored["version"] + 1 if stored else 1}
    when = Condition(equal={"version": stored["version"]}) if stored else ABSENT
    try:
        change = numbered_change(issuer, item)
    except errors.Problem as fault:
        lacking = sorted(fault.fields or {})
        _commit_usage(
            store,
            [Put(key, _stored_invoice(item, scope), when=when), _audit_put(issuer, "usage invoice drafted", key.sk)],
        )
        return _record_outcome(issuer, month, tenant_id, "draft", key.sk, lacking)
    marked = Update(
        place, set={"to": max(month, subscription.get("to", 0))}, add={"version": 1},
        when=Condition(equal={"version": subscription["version"]}),
    )  # fmt: skip
    put = Put(key, _stored_invoice(change.record, scope), when=when)
    _commit_usage(store, [put, *change.writes, marked, _audit_put(issuer, change.what, key.sk, change)])
    mail_usage_invoice(issuer, key.sk)
    return _record_outcome(issuer, month, tenant_id, "invoiced", key.sk)


def _month_use(store: Store, scope: str, tenant: Tenant, subscription: Record | None, month: int) -> MonthUse:
    periods = month_periods(read_phases(subscription), month)
    places = {period.plan: billing_keys.price_plan_key(scope, period.plan) for period in periods}
    found = store.read(places.values()) if places else {}
    used, items = [], []
    for period in periods:
        record = found[places[period.plan]]
        assert record is not None, "a plan in use is never deleted"
        plan = read_plan(record)
        units = metered_use(store, tenant, period.first, period.last, [price.meter for price in plan.meters])
        used.append((period, units))
        items += usage_items(plan, period, units)
    return MonthUse(tuple(used), tuple(items))


def _usage_draft(issuer: Issuer, tenant: Tenant, month: int, items: tuple[InvoiceItem, ...]) -> Record:
    supplier, profile = supplier_profile(issuer)
    draft: Record = {
        "st": "draft",
        "at": issuer.now,
        "by": BY,
        "ro": True,
        "rc": False,
        "wp": False,
        "cust": tenant.id,
        "prod": USAGE_PRODUCT,
        "ref": f"Use of {clock.month_text(month)}",
        "to": party_item(_usage_recipient(issuer, tenant)),
        "fp": f"usage {month:06d}",
    }
    if "terms" in profile:
        draft["terms"] = profile["terms"]
    return {**draft, **taxed_content(draft, supplier, profile, list(items))}


def _usage_recipient(issuer: Issuer, tenant: Tenant) -> Party:
    """As the operator has saved it, else as the tenant says of itself, else by its name."""
    ours = billing_keys.tax_profile_key(issuer.scope, profile_digest(tenant.id))
    theirs = billing_keys.tax_profile_key(keys.scope("live", tenant.id))
    found = issuer.store.read([ours, theirs])
    profile = found[ours] or found[theirs]
    if profile is None:
        return Party(tenant.name)
    # Where the tenant's own customers pay is no business of this document.
    return replace(read_party(profile["party"]), bank=(), upi=None, colour=None, turnover=0)


def _stored_invoice(record: Record, scope: str) -> Record:
    from .reminders import indexed  # with what sends mails, which a preview does not

    item = indexed(record, scope)
    return {
        **item,
        "g1p": billing_keys.invoices_made_partition(scope),
        "g1s": f"{clock.iso(record['at'])}#{record['sk']}",
    }


def _record_outcome(
    issuer: Issuer, month: int, tenant: str, outcome: UsageResult, invoice: str | None, missing: list[str] | None = None
) -> UsageResult:
    """Leaves what came of it where the operator reads it."""
    item: dict[str, Any] = {"st": outcome, "at": issuer.now}
    item |= {"invoice": invoice} if invoice else {}
    item |= {"missing": missing} if missing else {}
    issuer.store.write(Put(billing_keys.usage_outcome_key(issuer.scope, month, tenant), item))
    return outcome


def _audit_put(issuer: Issuer, what: str, reference: str, change: Change | None = None) -> Put:
    return audit_trail.audit_entry(
        "live",
        issuer.tenant.id,
        issuer.now,
        what=what,
        who=BY,
        address="-",
        reference=reference,
        details=dict(change.details) if change and change.details else None,
    )


def _commit_usage(store: Store, writes: list[Any]) -> None:
    try:
        store.commit(writes, caller=ids.new_id("req"))
    except Cancelled as taken:
        raise UsageBusy("taken meanwhile") from taken
