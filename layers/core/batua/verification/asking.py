"""Checks that a provider decides: asked once they are written down, looked up until there is an outcome.

    submitted -> (pending) -> verified | rejected | failed | expired

Nothing is sent before the check is stored, so that an answer always has a place. Without an answer the check stays
`submitted`, and the schedule asks again: what the provider may have carried out already is looked up, not repeated. A
webhook says no more than that it is time to look.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from .. import clock, errors, ids, observe
from ..api.endpoint import Call
from ..api.limits import Limiter
from ..settings import settings
from ..store import verification_keys as keys
from ..store.store import Cancelled, Record, Store
from ..store.writes import Condition, Put, Write
from .cashfree import ProviderAnswer, ProviderQuestion, ask_cashfree
from .provider_account import load_provider_account
from .providers import Details
from .proving import proof_writes
from .record import (
    ALLOWED_STEPS,
    OTP_LIFE,
    PENDING_LIFE,
    Verification,
    open_details,
    read_verification_record,
    seal_details,
    verification_item,
)

VERIFICATION_ASK_ERRORS: Final = (errors.RATE_LIMITED,)

PROVIDER_PER_MINUTE: Final = 100
"""What Cashfree takes of one account, whose checks all tenants share."""

_BUDGET: Final = Limiter(allowance=2)
_RETRY_SECONDS: Final = (60, 60, 120, 300, 600, 1800)
"""Seconds until the provider is asked again."""
_BATCH_SIZE: Final = 200
_KEPT_OPEN_MS: Final = 2 * clock.DAY_MS


def is_asked(call: Call[Any]) -> bool:
    """Whether a provider decides this caller's checks. Uses one of the minute's questions; a 429 where none is left."""
    if call.caller.mode == "test" or load_provider_account(call.store) is None:
        return False
    _take_question(call.store, call.now)
    return True


def submitted(each: Verification, details: Details, now: int) -> Verification:
    """The check as it is stored before the provider is asked: with its details sealed, for as long as it is open."""
    life = OTP_LIFE if each.kind == "aadhaar" else PENDING_LIFE
    sealed = seal_details(each.tenant, each.id, details)
    return replace(each, status="submitted", sealed=sealed, expires_at=now + life)


def open_writes(scope: str, each: Verification, now: int, before: Verification | None = None) -> list[Write]:
    """What keeps a check among those to ask about, or takes it out once it is decided. Nothing for any other."""
    if each.status == "submitted" or (each.status == "pending" and each.tries):
        wait = _RETRY_SECONDS[min(each.tries, len(_RETRY_SECONDS) - 1)] * 1000
        return [_open_put(scope, each, now + wait, now)]
    if before is not None and (before.tries or before.status == "submitted"):
        return [_open_put(scope, each, None, now)]
    return []


def ask_about(store: Store, scope: str, each: Verification, now: int) -> Verification:
    """Asks the provider about an open check and writes down what it says. The check as it then is."""
    account = load_provider_account(store)
    if account is None:
        return each
    answer = ask_cashfree(account, _question(each), now)
    if answer.trouble:
        _report_answer(each, answer)
    after = _after_answer(each, answer, now)
    key = keys.verification_key(scope, each.id)
    put = Put(key, verification_item(scope, after), when=Condition(equal={"ver": each.version}))
    try:
        opened = open_writes(scope, after, now, before=each)
        store.commit([put, *opened, *proof_writes(store, scope, after)], caller=ids.new_id("req"))
    except Cancelled as overtaken:
        # Withdrawn, or answered by another look: what is stored counts.
        stored = overtaken.reasons[0].item
        return read_verification_record(stored) if stored else each
    return after


def follow_up_verifications(store: Store, now: int) -> int:
    """Asks about what is open and due; ends what is over. Returns how many checks it looked at; each fails alone."""
    rows = store.query_all(
        "directory", keys.open_verifications_partition(), index="by_name", until=f"{clock.iso(now)}$", limit=100
    )
    looked = 0
    for row in rows:
        if looked >= _BATCH_SIZE:
            break
        looked += 1
        try:
            follow_up_verification(store, row, now)
        except errors.Problem:
            break  # the minute's questions are used up; the next run goes on
        except Exception:
            observe.log().exception("a check could not be followed up", extra={"key": row["pk"]})
    return looked


def follow_up_verification(store: Store, opened: Record, now: int) -> Verification | None:
    """Asks about one open check, or ends it. `opened`: its open item. None where it is decided or gone."""
    scope, id = str(opened["scope"]), str(opened["pk"]).rpartition("#")[2]
    key = keys.verification_key(scope, id)
    record = store.read([key])[key]
    each = read_verification_record(record) if record else None
    if each is None or each.status not in ("submitted", "pending"):
        return None
    if each.status_at(now) == "expired":
        return _expired(store, scope, each, now)
    _take_question(store, now)
    return ask_about(store, scope, each, now)


def _expired(store: Store, scope: str, each: Verification, now: int) -> Verification:
    after = replace(each, status="expired", sealed=None, version=each.version + 1)
    key = keys.verification_key(scope, each.id)
    put = Put(key, verification_item(scope, after), when=Condition(equal={"ver": each.version}))
    try:
        store.commit([put, _open_put(scope, after, None, now)], caller=ids.new_id("req"))
    except Cancelled:
        return each  # decided in the meantime
    return after


def _question(each: Verification) -> ProviderQuestion:
    details = {name: value for name, value in open_details(each).items() if name != "continue_url"}
    return ProviderQuestion(each.id, each.kind, details, each.tries, f"{settings().public_url}/")


def _after_answer(each: Verification, answer: ProviderAnswer, now: int) -> Verification:
    after = replace(each, tries=each.tries + 1, version=each.version + 1, reference=answer.reference or each.reference)
    if answer.outcome is not None:
        outcome, facts = answer.outcome, dict(answer.outcome.facts)
        last_four = facts.pop("last_four", each.last_four)
        return replace(
            after,
            status=outcome.status,
            outcome=replace(outcome, facts=facts),
            checked_at=now,
            expires_at=None,
            sealed=None,
            last_four=last_four,
        )
    if answer.trouble is not None:
        return after  # nobody knows whether the provider has it
    if answer.continue_url:
        details = {**open_details(each), "continue_url": answer.continue_url}
        after = replace(after, sealed=seal_details(each.tenant, each.id, details))
    return replace(after, status="pending")


def _open_put(scope: str, each: Verification, due: int | None, now: int) -> Put:
    item: dict[str, Any] = {"scope": scope, "ttl": (now + _KEPT_OPEN_MS) // 1000}
    if due is not None and each.status in ALLOWED_STEPS:
        due = min(due, each.expires_at or due)
        item |= {"g2p": keys.open_verifications_partition(), "g2s": f"{clock.iso(due)}#{each.id}"}
    return Put(keys.open_verification_key(each.id), item)


def _take_question(store: Store, now: int) -> None:
    _BUDGET.take(store, "verification-provider", PROVIDER_PER_MINUTE, now)


def _report_answer(each: Verification, answer: ProviderAnswer) -> None:
    """An empty balance, refused credentials, and silence are the operator's to mend: the alarm counts them."""
    observe.tally(VerificationProviderTroubles=1)
    observe.log().error(
        "the provider of checks gave no outcome",
        extra={"verification": each.id, "kind": each.kind, "trouble": answer.trouble, "tries": each.tries},
    )
