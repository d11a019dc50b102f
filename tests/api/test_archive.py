"""The archive on the platform of one machine: the deployed workflow seals and purges, over S3 and Step Functions.

CollectEntries, SealMonths and PurgeEntries are its steps. A shop is opened fifteen months ago, by a clock that is
turned back; what it did then is asked about now, over HTTP.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from batua import clock, settings
from batua.archive.anchor import due_day
from batua.archive.bucket import archive_bucket
from batua.archive.recovery import resume_sealing
from batua.audit import verify
from batua.ledger.decisions import tenant_money
from batua.ledger.model import Origin
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.store import keys
from batua.store.store import store
from tests.acting import acting_as
from tests.api.counter import LEDGER
from tests.api.gateway_parties import Party, child  # noqa: F401 - a fixture
from tests.api.shops import Shop, open_shop  # noqa: F401 - a fixture
from tests.waiting import until

ISSUE, REDEEM = "/api/v1/merchant/coins/issue", "/api/v1/merchant/coins/redeem"


@dataclass
class History:
    """A shop with fifteen months behind it: every request and the answer that it got."""

    shop: Shop
    phone: str
    months: list[int]
    posted: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = field(default_factory=list)

    @property
    def scope(self) -> str:
        return keys.scope("live", self.shop.tenant.id)

    def ask(self, path: str, body: dict[str, Any], key: str) -> requests.Response:
        return self.shop.live.post(path, body, headers={"Idempotency-Key": key})

    def tell(self, path: str, body: dict[str, Any]) -> None:
        key = f"history-{len(self.posted)}"
        answer = self.ask(path, body, key)
        assert answer.status_code == 200, answer.text
        self.posted.append((path, body, key, answer.json()["data"]))


@pytest.fixture(scope="module")
def history(platform: Any, open_shop: Callable[..., Shop]) -> History:  # noqa: F811
    present = clock.local_month(clock.system(), "UTC")
    months = [clock.add_months(present, -back) for back in range(15, -1, -1)]
    with pytest.MonkeyPatch.context() as patch:
        at = clock.month_start(months[0], "UTC")
        patch.setattr(clock, "system", lambda: at)
        made = History(open_shop(), "+919812345678", months)
        for month in months:
            at = clock.month_start(month, "UTC") + 1_000
            made.tell(ISSUE, {"phone": made.phone, "coins": 30, "bill_amount": 300, "reference": f"I-{month}"})
            made.tell(REDEEM, {"phone": made.phone, "coins": 7, "bill_amount": 100})
            _credit(made.shop.tenant.id, at, month)
        platform.embedded_aws.drain(120)
    return made


def _credit(tenant: str, at: int, month: int) -> None:
    order = funds_request("wallets.credit", "live", tenant, Origin("seed", "::1", tenant), f"credit {month}", {})
    wallet = tenant_money.tenant_wallet("live", tenant)
    TenantLedger(store(), "UTC", at).post(order, lambda known: tenant_money.decide_credit(known, wallet, 100_00, at))


@pytest.fixture(scope="module", autouse=True)
def _kept(platform: Any) -> Iterator[None]:
    """A deployment that keeps thirteen months."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_MONTHS", "13")
        settings.reset_settings()
        yield
    settings.reset_settings()


@pytest.fixture(scope="module")
def run(platform: Any, history: History, _kept: None) -> dict[str, Any]:
    """One execution of the deployed workflow, to its end."""
    return execute(platform, "first")


def execute(platform: Any, name: str) -> dict[str, Any]:
    client = platform.embedded_aws.client("stepfunctions")
    machine = next(m for m in client.list_state_machines()["stateMachines"] if m["name"].endswith("archive-month"))
    client.start_execution(stateMachineArn=machine["stateMachineArn"], name=name, input="{}")
    return ended(platform, name)


def ended(platform: Any, name: str) -> dict[str, Any]:
    client = platform.embedded_aws.client("stepfunctions")
    arn = settings.settings().archive_workflow.replace(":stateMachine:", ":execution:")

    def execution() -> dict[str, Any] | None:
        found: dict[str, Any] = client.describe_execution(executionArn=f"{arn}:{name}")
        return None if found["status"] == "RUNNING" else found

    return until(execution, otherwise="the month sealed")


def is_clean(*arguments: str) -> bool:
    out = io.StringIO()
    code = verify.verify_main([*arguments, "--archive", "--json"], out=out)
    assert code in (0, 1), out.getvalue()
    return code == 0 and not any(report["findings"] for report in json.loads(out.getvalue()))


def test_the_closed_months_of_every_tenant_are_sealed(history: History, run: dict[str, Any]) -> None:
    assert run["status"] == "SUCCEEDED", run
    tenant = history.shop.tenant.id
    manifests = [name for name in archive_bucket().names(f"sealed/{tenant}/") if name.endswith("manifest.json")]
    sealed = [int(name.split("/")[2]) for name in manifests]
    assert sealed == history.months[: len(sealed)]
    assert len(sealed) >= 14  # the last month may be within its grace
    assert json.loads(archive_bucket().read(manifests[0]) or b"")["entries"] == 3


def test_verify_is_clean_with_a_purged_beginning(history: History, run: dict[str, Any]) -> None:
    assert is_clean("--tenant", history.shop.tenant.id)
    wallet = history.posted[0][3]["wallet_id"]
    assert is_clean("--scope", history.scope, "--wallet", wallet)
    assert (
        verify.verify_main(["--scope", history.scope], out=io.StringIO()) == 2
    )  # the table alone is not the ledger any more


def test_the_days_after_the_seals_are_anchored_under_a_lock_and_compared(
    platform: Any, history: History, run: dict[str, Any]
) -> None:
    platform.embedded_aws.run_schedule("AnchorHistory", "Hourly")
    platform.embedded_aws.drain(60)
    tenant, out = history.shop.tenant.id, io.StringIO()
    assert verify.verify_main(["--scope", history.scope, "--archive", "--json"], out=out) == 0, out.getvalue()
    due = due_day(clock.system())
    assert json.loads(out.getvalue())[0]["anchored"].replace("-", "") == str(due)
    client = platform.embedded_aws.client("s3")
    for name in archive_bucket().names(f"anchors/{tenant}/"):
        held = client.head_object(Bucket=archive_bucket().bucket, Key=name)
        assert held["ObjectLockMode"] == "COMPLIANCE"


def test_a_purged_key_gets_its_first_answer_again(history: History, run: dict[str, Any]) -> None:
    for path, body, key, first in history.posted[:6]:
        answer = history.ask(path, body, key)
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (200, "true")
        assert answer.json()["data"] == first
    path, body, key, _ = history.posted[0]
    assert history.ask(path, {**body, "coins": 31}, key).status_code == 422
    assert is_clean("--scope", history.scope)


def test_a_purged_transaction_is_shown_to_its_tenant_alone(
    history: History,
    run: dict[str, Any],
    open_shop: Callable[..., Shop],  # noqa: F811
) -> None:
    id = history.posted[0][3]["transaction_id"]
    shown = history.shop.user("merchant_admin").get(f"/api/v1/transactions/{id}")
    assert shown.status_code == 200, shown.text
    assert shown.json()["data"]["transaction_id"] == id
    assert open_shop().admin.get(f"/api/v1/transactions/{id}").status_code == 404


@pytest.mark.parametrize("since", [None, "2020-01-01T00:00:00Z"])
def test_lists_begin_where_entries_are_kept_and_say_so(
    history: History, run: dict[str, Any], since: str | None
) -> None:
    kept = clock.iso(clock.month_start(history.months[2], "UTC"))
    query = {"limit": 100, **({"from": since} if since else {})}
    listed = history.shop.live.get(LEDGER, params=query).json()
    assert listed["meta"]["kept_from"] == kept
    assert min(line["created_at"] for line in listed["data"]) == kept.replace("00.000Z", "01.000Z")
    by_customer = history.shop.live.get(LEDGER, params={**query, "customer": history.phone}).json()
    assert min(line["created_at"] for line in by_customer["data"]) > kept
    rows = history.shop.live.get(LEDGER, params={**query, "format": "csv"})
    assert rows.headers["X-Kept-From"] == kept
    admin = history.shop.user("merchant_admin")
    shown = admin.get("/api/v1/transactions", params=query).json()
    assert shown["meta"]["kept_from"] == kept
    assert min(line["created_at"] for line in shown["data"]) > kept
    trail = admin.get("/api/v1/merchant/audit", params=query).json()
    assert trail["meta"]["kept_from"] == kept
    assert min(line["at"] for line in trail["data"] if line["what"] == "issue") > kept


def test_the_gateways_list_says_how_far_back_it_goes(history: History, child: Party) -> None:  # noqa: F811
    answer = child.post("/transactions/filter", {"page": 1, "limit": 10})
    assert answer.status_code == 200, answer.text
    assert answer.headers["X-Kept-From"] == clock.iso(clock.month_start(history.months[2], "UTC"))


def test_where_all_is_kept_nothing_is_said_of_it(history: History, run: dict[str, Any]) -> None:
    assert "kept_from" not in history.shop.test.get(LEDGER).json()["meta"]  # a sandbox keeps everything
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEPT_MONTHS", "0")
        settings.reset_settings()
        assert "kept_from" not in history.shop.live.get(LEDGER).json()["meta"]
    settings.reset_settings()


def test_a_purged_redemption_can_be_undone(history: History, run: dict[str, Any]) -> None:
    spent = history.posted[1][3]["transaction_id"]
    answer = history.ask(f"/api/v1/merchant/coins/{spent}/reverse", {"reason": "brought back"}, "undo-an-old-one")
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["coins_reversed"] == 7
    assert is_clean("--scope", history.scope)


def test_nobody_reads_the_archive_over_http(history: History, run: dict[str, Any], platform: Any) -> None:
    name = next(iter(archive_bucket().names(f"sealed/{history.shop.tenant.id}/")))
    for headers in ({}, {"Authorization": history.shop.live.headers["Authorization"]}):
        answer = requests.get(f"{platform.url}/local/s3/{archive_bucket().bucket}/{name}", headers=headers, timeout=30)
        assert answer.status_code == 403


def test_a_second_run_changes_nothing(history: History, run: dict[str, Any], platform: Any) -> None:
    def sealed() -> dict[str, bytes | None]:
        return {name: archive_bucket().read(name) for name in archive_bucket().names("sealed/")}

    before = sealed()
    assert execute(platform, "second")["status"] == "SUCCEEDED"
    assert sealed() == before


def test_a_month_that_no_execution_seals_is_sealed_by_the_schedule(
    history: History, run: dict[str, Any], platform: Any
) -> None:
    """ResumeSealing, with the rights of its role."""
    with acting_as("ResumeSealing"):
        assert resume_sealing(clock.system()) is None, "it has been sealed since the run was due"
        name = resume_sealing(clock.system() + 65 * clock.DAY_MS)
    assert name is not None
    assert ended(platform, name)["status"] == "SUCCEEDED"
