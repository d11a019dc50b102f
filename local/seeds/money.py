"""Seed data of tenants' own money: wallets, transactions of every kind to act upon, a dispute, and prefund requests.

Each sample event that ends something has one of its own to end. Planted again, nothing changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from local.seeds.writing import DAY_MS, fixed_id, write_missing

PROOF = b"%PDF-1.4\n% The bank's confirmation of a transfer.\n%%EOF\n"
BRANCH = "Pune branch"
QUESTION = "Which account was it sent from?"


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing for the network and its first merchant. Returns what the sample events name."""
    for tenant in (tenants.network, tenants.kaveri):
        _wallets(tenant, tenants.now)
    return {**_transactions(tenants), **_prefunds(tenants)}


def _wallets(tenant: Any, now: int) -> None:
    """Rupees from the bank, some of them at a branch."""
    from batua.ledger.decisions import tenant_money

    at = now - 20 * DAY_MS
    main, branch = _main(tenant), tenant_money.tenant_wallet("live", tenant.id, customer=BRANCH)
    _post(tenant, "opening", at, lambda known: tenant_money.decide_credit(known, main, 25_000_00, at))
    _post(tenant, "branch", at, lambda known: tenant_money.decide_transfer(known, main, branch, 2_500_00, at))


def _transactions(tenants: Any) -> dict[str, str]:
    from batua.ledger.decisions import tenant_money

    tenant, main, at = tenants.network, _main(tenants.network), tenants.now - DAY_MS
    bought = _post(tenant, "bought", at, lambda known: tenant_money.decide_debit(known, main, 450_00, at))
    disputed = _post(tenant, "disputed", at, lambda known: tenant_money.decide_debit(known, main, 120_00, at))
    return {
        "funds_tenant_id": tenant.id,
        "funds_wallet_id": main.id,
        "branch_wallet_id": tenant_money.tenant_wallet("live", tenant.id, customer=BRANCH).id,
        "debit_id": bought,
        "hold_to_capture": _hold(tenant, "to capture", tenants.now),
        "hold_to_void": _hold(tenant, "to void", tenants.now),
        "disputed_id": disputed,
        "dispute_id": _dispute(tenant, disputed, tenants.now),
    }


def _hold(tenant: Any, name: str, now: int) -> str:
    from batua.ledger.decisions import tenant_money

    order = _order(tenant, name)
    hold, until = tenant_money.hold_id(order.id), now + 60 * DAY_MS
    wallet = _main(tenant)
    return _post(
        tenant,
        name,
        now,
        lambda known: tenant_money.decide_funds_hold(known, wallet, 99_50, now, id=hold, expires_at=until),
    )


def _post(tenant: Any, name: str, at: int, decide: Callable[[Any], Any]) -> str:
    from batua.ledger.posting.tenant_money import TenantLedger
    from batua.store.store import store

    return TenantLedger(store(), tenant.time_zone, at).post(_order(tenant, name), decide).id


def _order(tenant: Any, name: str) -> Any:
    from batua.ledger.model import Origin
    from batua.ledger.posting.tenant_money import funds_request

    source = Origin("seed", "192.0.2.50", tenant.id, f"SEED-{name.upper().replace(' ', '-')}")
    return funds_request("seed", "live", tenant.id, source, f"money {name}", {"seed": name})


def _main(tenant: Any) -> Any:
    from batua.ledger.decisions import tenant_money

    return tenant_money.tenant_wallet("live", tenant.id)


def _dispute(tenant: Any, transaction: str, now: int) -> str:
    from batua import clock
    from batua.store import keys
    from batua.store.writes import ABSENT, Put

    id, due = fixed_id("dsp", "duplicate"), now + 14 * DAY_MS
    item = {
        "reason": "duplicate",
        "description": "Charged twice for one order.",
        "evidence": ["Order 1001"],
        "txn": transaction,
        "ten": tenant.id,
        "asset": "INR",
        "amt": 120_00,
        "st": "open",
        "by": fixed_id("usr", "tenant_admin"),
        "at": now,
        "due": due,
        "fp": fixed_id("fp", "duplicate"),
        "g1p": keys.open_disputes_partition("live"),
        "g1s": f"{clock.iso(due)}#{id}",
    }
    lock = Put(keys.open_dispute_key("live", transaction), {"id": id}, when=ABSENT)
    write_missing([Put(keys.dispute_key("live", transaction, id), item, when=ABSENT), lock])
    return id


def _prefunds(tenants: Any) -> dict[str, str]:
    """One request for each of the steps that people take."""
    paid_on = datetime.fromtimestamp(tenants.now / 1000, UTC).date() - timedelta(days=1)
    proof = _proof(tenants.network, tenants.now)
    submitted = _prefund(tenants, "sample", paid_on, proof)
    _prefund(tenants, "decision", paid_on, proof, "under_review")
    _prefund(tenants, "question", paid_on, proof, "clarification")
    _prefund(tenants, "refused", paid_on, proof, "rejected")
    return {
        "prefund_request_id": submitted.id,
        "prefund_execution": submitted.execution,
        "prefund_under_review_id": fixed_id("pfr", "decision"),
        "prefund_in_question_id": fixed_id("pfr", "question"),
        "prefund_rejected_id": fixed_id("pfr", "refused"),
        "proof_id": fixed_id("doc", "proof"),
        "paid_on": paid_on.isoformat(),
    }


def _prefund(tenants: Any, name: str, paid_on: date, proof: dict[str, Any], state: str = "submitted") -> Any:
    """A request in this state, as if the people of the seed had brought it there; and the workflow that carries it."""
    from batua.prefund import execution, record
    from batua.store.store import store

    id = fixed_id("pfr", name)
    there = record.load_prefund(store(), id)
    if there is not None:
        return there
    prefund = record.Prefund(
        id=id,
        tenant=tenants.network.id,
        mode="live",
        state="draft",
        amount=25_000_00,
        utr=f"HDFCR5SEED{name.upper()}",
        account=fixed_id("rcv", "main"),
        paid_on=paid_on.isoformat(),
        proof=proof,
        by=fixed_id("usr", "tenant_admin"),
        created_at=tenants.now,
        since=tenants.now,
        execution=f"{id}-0",
        fingerprint=hashlib.sha256(name.encode()).hexdigest()[:32],
    )
    store().commit(record.prefund_creation(prefund, tenants.now))
    for what, who, reached, note, changes in _steps(state, tenants.now):
        present = record.load_prefund(store(), id) or prefund
        store().commit(record.prefund_change(present, what, who, tenants.now, state=reached, note=note, **changes))
    if state != "rejected":
        # Last of all, or its first step would be in the way of ours.
        execution.launch_prefund(id, prefund.execution)
    return prefund


def _steps(state: str, now: int) -> list[tuple[str, str, Any, str | None, dict[str, Any]]]:
    """What was done, by whom, the state reached, what was said, what else changed."""
    from batua.prefund import record

    staff, decider, refusal = fixed_id("usr", "staff"), fixed_id("usr", "operator"), "Not on the bank's statement."
    reviewed = {"reviewers": [staff], "assignee": staff}
    verdict = record.PrefundVerdict("reject", decider, now, 25_000_00, fixed_id("otp", "seed"), "192.0.2.50", refusal)
    steps: list[tuple[str, str, Any, str | None, dict[str, Any]]] = [
        ("submit", record.WORKFLOW, "submitted", None, {}),
        ("review", staff, "under_review", None, reviewed),
    ]
    if state == "clarification":
        return [*steps, ("request_clarification", staff, "clarification", QUESTION, reviewed)]
    if state == "rejected":
        return [*steps, ("reject", decider, "rejected", refusal, {"verdict": record.verdict_item(verdict)})]
    return steps[:1] if state == "submitted" else steps


def _proof(tenant: Any, now: int) -> dict[str, Any]:
    """A document that has been uploaded and checked, as requests keep it."""
    from batua import files
    from batua.store import keys
    from batua.store.writes import ABSENT, Put
    from batua.tenants import uploads

    id, user = fixed_id("doc", "proof"), fixed_id("usr", "tenant_admin")
    key = keys.document_key(tenant.id, id)
    digest = hashlib.sha256(PROOF).hexdigest()
    content = {"n": 1, "media": "application/pdf", "size": len(PROOF), "sha": digest, "at": now, "by": user}
    item = {
        "name": "transfer.pdf",
        "kind": "other",
        "current": {**content, "scan": "clean"},
        "history": [],
        "number": 1,
        "made": now,
        "by": user,
        "version": 1,
    }
    write_missing([Put(key, item, when=ABSENT)])
    kept = uploads.content_key(key, uploads.Content(1, "application/pdf", len(PROOF), digest, now, user))
    files.store_content(kept, PROOF, "application/pdf")
    return {"doc": id, "name": item["name"], "media": content["media"], "sha": digest, "file": kept}
