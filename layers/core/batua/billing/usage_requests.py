"""The endpoints of usage runs: started by the operator, and what came of them."""

from __future__ import annotations

from .. import clock, errors, ids, workflows
from ..api.endpoint import Call
from ..api.styles import Reply
from ..settings import settings
from ..store import billing_keys
from ..store.store import Record
from ..tenants.audit_entries import tenant_audit_entry
from .operator_books import operator_books, operator_page
from .plan_models import OperatorListQuery, StartUsageRun, UsageOutcome, UsageRunStarted
from .return_models import checked_month, month_number

RUN_ERRORS = (errors.PERIOD_NOT_ENDED, errors.SERVICE_UNAVAILABLE)
OUTCOME_ERRORS = (errors.INVALID_CURSOR,)


def start_usage_run(call: Call[StartUsageRun]) -> Reply:
    """Starts the run of a month. A day after the month's end its totals are complete in every zone."""
    scope, month = operator_books(call), month_number(call.input.month)
    ended = clock.month_end(month, call.caller.tenant.time_zone) + clock.DAY_MS
    if clock.system() <= ended:
        raise errors.PERIOD_NOT_ENDED(
            "A month is invoiced from a day after its end on.", figures={"possible_from": clock.iso(ended)}
        )
    name = f"{month}-{ids.new_id('run')}"
    workflows.launch_execution(settings().usage_workflow, name, {"month": month})
    call.store.write_new(tenant_audit_entry(call, "usage run started", scope, {"month": month}))
    return Reply(UsageRunStarted(month=clock.month_text(month), status="started"), "Usage run started")


def list_usage_outcomes(call: Call[OperatorListQuery]) -> Reply:
    """What came of a month, tenant by tenant."""
    scope = operator_books(call)
    try:
        month = month_number(checked_month(call.path["month"]))
    except ValueError:
        raise errors.invalid("month", "must be a month such as 2026-11") from None
    partition = billing_keys.usage_outcomes_partition(scope, month)
    return operator_page(call, f"usage of {month}", partition, usage_outcome_out)


def usage_outcome_out(record: Record) -> UsageOutcome:
    return UsageOutcome(
        tenant_id=record["sk"],
        status=record["st"],
        invoice_id=record.get("invoice"),
        missing=record.get("missing", []),
        at=clock.iso(record["at"]),
    )
