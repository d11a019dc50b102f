"""What becomes of a request that was refused or failed: its problem, and its line in the audit trail."""

from __future__ import annotations

from typing import Any

from .. import audit_trail, clock, errors, ids, observe
from ..errors import Problem
from ..identity.credentials import Claims
from ..store.store import Contended, store
from . import limits
from .ledger_errors import ledger_problem
from .request import Request


def problem_of(fault: Exception, route: str, request_id: str) -> Problem:
    """The answer to an exception. An unexpected one is logged and answered as an internal error."""
    if isinstance(fault, Problem):
        return fault
    if problem := ledger_problem(fault):
        return problem
    if isinstance(fault, Contended):
        return errors.BUSY(headers={"Retry-After": "1"})
    if _is_outage(fault):
        observe.log().exception("a service did not respond", extra={"route": route, "request_id": request_id})
        return errors.BUSY(
            "Part of the service is not responding. Try again in a moment.", headers={"Retry-After": "5"}
        )
    observe.log().exception("unexpected fault", extra={"route": route, "request_id": request_id})
    return errors.INTERNAL_ERROR()


def _is_outage(fault: Exception) -> bool:
    """Whether an AWS service gave no reply, failed, or was too busy: the same request may succeed in a moment."""
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    if isinstance(fault, ClientError):
        response: Any = fault.response
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or "Throttl" in response["Error"].get("Code", "")
    return isinstance(fault, (ConnectionError, HTTPClientError))


def after_counting(problem: Problem, route: str, request: Request, claims: Claims | None, *, admitted: bool) -> Problem:
    """The problem to answer with: this one, recorded where its caller is known; or a 429 after too many of them."""
    now = clock.system()
    try:
        if claims is None:
            if not admitted and problem.kind.status in (401, 404):  # 404: a sender whom nobody knows
                name = limits.stranger(route, request.path, request.address)
                limits.STRANGERS.take(store(), name, limits.STRANGERS_PER_MINUTE, now)
        elif must_be_recorded(problem, admitted=admitted):
            limits.REFUSED.take(store(), f"refused:{claims.subject}", limits.REFUSED_PER_MINUTE, now)
            record_refusal(route, claims, request, problem)
    except Problem as limited:
        return limited
    return problem


def must_be_recorded(problem: Problem, *, admitted: bool) -> bool:
    """Whether this refusal belongs into the audit trail: of a caller whom we know, for who they are or for what they
    showed as proof. A request that is merely wrong does not."""
    refuses_proof = problem.kind.status in (401, 403) or (admitted and problem.kind is errors.OTP_INVALID)
    return refuses_proof and not problem.recorded


def record_refusal(route: str, claims: Claims, request: Request, refusal: Problem) -> None:
    """Records in its tenant's trail that a credential which we know (its signature or its secret is ours) was refused.

    Where that fails, the refusal is answered all the same and the failure is logged.
    """
    if claims.kind == "basic" and refusal.why is None and refusal.kind is errors.UNAUTHENTICATED:
        return
    put = audit_trail.audit_entry(
        claims.mode,
        claims.tenant,
        clock.system(),
        what=route,
        who=claims.subject,
        address=request.address,
        outcome=refusal.why or refusal.kind.code,
        # Ids of ours alone: other parts of a path may be a name or a phone number.
        reference=next((text for text in request.path.values() if ids.is_id(text, text.partition("_")[0])), None),
        request_id=request.id,
    )
    try:
        audit_trail.record_act(store(), put)
    except Exception:
        observe.log().exception("a refusal could not be recorded", extra={"route": route, "request_id": request.id})
