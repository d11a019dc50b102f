"""What the operator invoices its tenants for: price plans, subscriptions, previews and the monthly run.

create_price_plan, list_price_plans, archive_price_plan, list_subscriptions, save_subscription, preview_usage_invoice,
start_usage_run, list_usage_outcomes, invoice_usage, list_platform_invoices, download_platform_invoice.
"""

# ruff: noqa: F811 - fixtures have the names of what they give
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from batua import clock
from batua.billing import usage_invoices
from batua.billing.issuing import numbered_change
from batua.billing.metering import metered_use
from batua.billing.return_models import dashed_day
from batua.identity.tenant import read_tenant
from batua.store import billing_keys, keys
from batua.store.store import store
from batua.store.writes import Update
from local.host import LocalPlatform
from tests.api.billing_fixtures import BUYER, INVOICES, SUPPLIER, fault, open_shop, profile_saved  # noqa: F401
from tests.api.conftest import Client
from tests.api.shops import Open, Shop
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401
from tests.waiting import until

PLANS, SUBSCRIPTIONS, RUNS = (f"/api/v1/billing/{name}" for name in ("plans", "subscriptions", "usage-runs"))
PLATFORM_INVOICES = "/api/v1/billing/platform-invoices"
ZONE = "Asia/Kolkata"
FREE_THEN_HALF = [{"up_to": 10, "unit_price": 0}, {"up_to": None, "unit_price": "0.50"}]
METERS = [
    {"meter": "issue", "tiers": FREE_THEN_HALF},
    {"meter": "active_customer", "tiers": [{"up_to": None, "unit_price": 2}]},
    {"meter": "message", "tiers": [{"up_to": None, "unit_price": "0.25"}]},
]


@pytest.fixture(autouse=True)
def last_month_can_be_invoiced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A month is invoiced from a day after its end on: on the first of a month these tests are of the second."""
    system = clock.system
    if clock.local_day(system(), ZONE) % 100 == 1:
        monkeypatch.setattr(clock, "system", lambda: system() + clock.DAY_MS)


@pytest.fixture
def operator(signed_in: SignIn) -> SignedIn:
    who = signed_in("operator")
    profile_saved(who)
    return who


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    return open_shop()


def plan_made(operator: Client, **more: Any) -> str:
    answer = operator.post(PLANS, {"name": "Growth", "monthly_fee": "1500.00", "meters": METERS, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def subscribed(operator: Client, shop: Shop, plan: str | None, since: int | None = None) -> Any:
    body = {"plan_id": plan, **({"from": dashed_day(since)} if since else {})}
    return operator.put(f"{SUBSCRIPTIONS}/{shop.tenant.id}", body)


def last_month() -> int:
    return clock.add_months(clock.local_month(clock.system(), ZONE), -1)


def used(shop: Shop, day: int, kind: str, count: int) -> None:
    """As the reader of the ledger's stream adds it up."""
    scope = keys.scope("live", shop.tenant.id)
    store().write(Update(keys.daily_total_key(scope, day, "LOTUS", kind, "posted"), add={"count": count}))


def run(platform: LocalPlatform, operator: Client, month: int, shop: Shop, *states: str) -> dict[str, Any]:
    """Runs a month, and waits until it has come to one of these states for the shop."""
    text = clock.month_text(month)
    started = operator.post(RUNS, {"month": text})
    assert started.status_code == 202, started.text

    def outcome() -> Any:
        rows = operator.get(f"{RUNS}/{text}?limit=100").json()["data"]
        return next((row for row in rows if row["tenant_id"] == shop.tenant.id and row["status"] in states), None)

    found: dict[str, Any] = until(outcome)
    return found


def invoices_of(operator: Client, shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operator.get(f"{INVOICES}?customer_id={shop.tenant.id}").json()["data"]
    return found


def test_a_plan_is_made_once_and_archived(operator: SignedIn, shop: Shop) -> None:
    body, key = {"name": "Once", "monthly_fee": 10}, {"Idempotency-Key": f"plan-{clock.system()}"}
    first, again = (operator.post(PLANS, body, headers=key) for _ in range(2))
    assert first.json()["data"] == again.json()["data"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert fault(operator.post(PLANS, {**body, "monthly_fee": 11}, headers=key)) == (422, "idempotency_key_reused")
    plan = first.json()["data"]["id"]
    assert plan in {each["id"] for each in operator.get(f"{PLANS}?limit=100").json()["data"]}
    for _ in range(2):
        assert operator.post(f"{PLANS}/{plan}/archive", {}).json()["data"]["archived"] is True
    assert subscribed(operator, shop, plan).json()["errors"].keys() == {"plan_id"}
    assert fault(operator.post(f"{PLANS}/{plan[:-1]}x/archive", {})) == (404, "price_plan_not_found")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"monthly_fee": -1}, "monthly_fee"),
        ({"monthly_fee": "1.005"}, "monthly_fee"),
        ({"gst_rate": 17}, "gst_rate"),
        ({"meters": [METERS[0], METERS[0]]}, "meters"),
        ({"meters": [{"meter": "issue", "tiers": [{"up_to": 5, "unit_price": 1}]}]}, "meters.0.tiers"),
        (
            {"meters": [{"meter": "issue", "tiers": [{"up_to": n, "unit_price": 1} for n in (5, 5, None)]}]},
            "meters.0.tiers",
        ),
        ({"meters": [{"meter": "coin", "tiers": FREE_THEN_HALF}]}, "meters.0.meter"),
        ({"hsn_or_sac": "12"}, "hsn_or_sac"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_by_name(operator: SignedIn, more: dict[str, Any], field: str) -> None:
    answer = operator.post(PLANS, {"name": "Growth", **more})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_only_the_operators_people_set_prices(signed_in: SignIn, operator: SignedIn, shop: Shop) -> None:
    plan, staff, theirs = plan_made(operator), signed_in("staff"), shop.user("tenant_admin")
    path = f"{SUBSCRIPTIONS}/{shop.tenant.id}"
    for who in (theirs, signed_in("tenant_admin")):
        assert who.get(PLANS).status_code == 403
        assert who.get(f"{path}/preview").status_code == 403
        assert who.get(SUBSCRIPTIONS).status_code == 403
    for who in (theirs, staff):
        assert who.post(PLANS, {"name": "Free"}).status_code == 403
        assert who.put(path, {"plan_id": None}).status_code == 403
        assert who.post(RUNS, {"month": "2026-01"}).status_code == 403
        assert who.post(f"{PLANS}/{plan}/archive", {}).status_code == 403
    assert staff.get(PLANS).status_code == 200
    assert staff.get(f"{path}/preview").status_code == 200


def test_a_tenants_month_is_invoiced_once_however_often_and_counted_as_revenue(
    platform: LocalPlatform, operator: SignedIn, shop: Shop
) -> None:
    month = last_month()
    first, middle = month * 100 + 1, month * 100 + 11
    plan = plan_made(operator)
    assert subscribed(operator, shop, plan, first).status_code == 200
    shop.user("tenant_admin").put("/api/v1/billing/tax-profile", {**BUYER})
    used(shop, middle, "issue", 110)
    used(shop, middle, "reverse_issue", 5)
    used(shop, clock.add_months(month, 1) * 100 + 1, "issue", 7)
    row = run(platform, operator, month, shop, "invoiced")
    assert row["status"] == "invoiced"
    # 1,500.00 + 100 x 0.50 = 1,550.00, and 18 %: 1,829.00.
    (invoice,) = invoices_of(operator, shop)
    assert (invoice["id"], invoice["total"], invoice["status"]) == (row["invoice_id"], 1829, "open")
    data = operator.get(f"{INVOICES}/{invoice['id']}").json()["data"]
    assert (data["recipient"]["gstin"], data["totals"]["cgst"]) == (BUYER["gstin"], 139.5)
    assert data["recipient"]["legal_name"] == BUYER["legal_name"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: operator.post(RUNS, {"month": clock.month_text(month)}), range(4)))
    later = run(platform, operator, month, shop, "invoiced")
    assert later["invoice_id"] == row["invoice_id"]
    assert len(invoices_of(operator, shop)) == 1
    # What is invoiced is not planned anew.
    assert fault(subscribed(operator, shop, None, middle)) == (409, "use_already_invoiced")
    shown = operator.get(f"{SUBSCRIPTIONS}/{shop.tenant.id}/preview?month={clock.month_text(month)}").json()["data"]
    assert (shown["invoice_id"], shown["totals"]["payable"]) == (invoice["id"], 1829)
    today = clock.month_text(clock.local_month(clock.system(), ZONE))
    rows = operator.get(f"/api/v1/billing/revenue?from={today}&to={today}&group_by=customer").json()["data"]
    (counted,) = [each for each in rows if each["group"] == shop.tenant.id]
    assert (counted["taxable_value"], counted["total"]) == (1550, 1829)


def test_a_usage_invoice_is_mailed_once_and_read_by_its_own_tenant(
    platform: LocalPlatform, operator: SignedIn, shop: Shop, open_shop: Open
) -> None:
    month = last_month()
    text = clock.month_text(month)
    subscribed(operator, shop, plan_made(operator, meters=[]), month * 100 + 1)
    admin = shop.user("tenant_admin")
    address = f"accounts-{shop.tenant.id[-6:].lower()}@anand.example"
    assert admin.put("/api/v1/billing/tax-profile", {**BUYER, "email": address}).status_code == 200
    assert admin.get(PLATFORM_INVOICES).json()["data"] == []
    row = run(platform, operator, month, shop, "invoiced")

    def mails() -> list[Any]:
        platform.embedded_aws.drain()
        found: list[Any] = Client(platform.url).get(f"/local/outbox?to={address}").json()["messages"]
        return found

    (mail,) = until(mails)
    assert "1,770.00" in mail["body"]
    (invoice,) = admin.get(PLATFORM_INVOICES).json()["data"]
    assert (invoice["id"], invoice["month"], invoice["total"]) == (row["invoice_id"], text, 1770)
    path = f"{PLATFORM_INVOICES}/{text}/download"
    answer = admin.get(path)
    assert answer.status_code == 200, answer.text
    assert requests.get(answer.json()["data"]["url"], timeout=30).content.startswith(b"%PDF")
    assert admin.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    run(platform, operator, month, shop, "invoiced")
    assert len(mails()) == 1
    # Nobody else, nor a month that was not invoiced, nor the operator's way to read them.
    other = open_shop().user("tenant_admin")
    assert other.get(PLATFORM_INVOICES).json()["data"] == []
    assert fault(other.get(path)) == (404, "invoice_not_found")
    assert fault(admin.get(f"{PLATFORM_INVOICES}/2020-01/download")) == (404, "invoice_not_found")
    assert fault(admin.get(f"{PLATFORM_INVOICES}/January/download")) == (400, "validation_error")
    assert fault(admin.get(f"{INVOICES}/{invoice['id']}")) == (404, "invoice_not_found")
    assert fault(admin.get(f"{PLATFORM_INVOICES}?from=2026-02&to=2026-01")) == (400, "validation_error")
    assert fault(admin.get(f"{PLATFORM_INVOICES}?from=2020-01&to=2026-01")) == (400, "validation_error")


def test_what_the_invoice_lacks_leaves_a_draft_that_the_next_run_finalizes(
    platform: LocalPlatform, operator: SignedIn, shop: Shop
) -> None:
    month = last_month()
    subscribed(operator, shop, plan_made(operator, meters=[]), month * 100 + 1)
    lacking = {name: value for name, value in SUPPLIER.items() if name != "address"}
    assert operator.put("/api/v1/billing/tax-profile", lacking).status_code == 200
    row = run(platform, operator, month, shop, "draft")
    assert (row["status"], row["missing"]) == ("draft", ["supplier.address"])
    profile_saved(operator)
    again = run(platform, operator, month, shop, "invoiced")
    assert (again["status"], again["invoice_id"]) == ("invoiced", row["invoice_id"])
    assert [each["total"] for each in invoices_of(operator, shop)] == [1770]


def test_the_preview_shows_what_was_used_and_stores_nothing(
    platform: LocalPlatform, operator: SignedIn, shop: Shop
) -> None:
    now = clock.system()
    today = clock.local_day(now, ZONE)
    plan = plan_made(operator)
    assert subscribed(operator, shop, plan).status_code == 200
    for phone in ("+919811100001", "+919811100001", "+919811100002"):
        issued = shop.live.post("/api/v1/merchant/coins/issue", {"phone": phone, "coins": 5, "bill_amount": 100})
        assert issued.status_code == 200, issued.text
    platform.embedded_aws.drain()
    scope = keys.scope("live", shop.tenant.id)
    store().write(Update(billing_keys.messages_sent_key(scope, today, "sms"), add={"count": 4}))
    shown = operator.get(f"{SUBSCRIPTIONS}/{shop.tenant.id}/preview").json()["data"]
    assert shown["used"][0]["units"] == {"issue": 3, "active_customer": 2, "message": 4}
    assert [line["total"] for line in shown["lines"]][-2:] == [4.72, 1.18]
    assert shown["invoice_id"] is None
    assert invoices_of(operator, shop) == []


def test_mail_in_a_tenants_name_is_counted(platform: LocalPlatform, shop: Shop) -> None:
    from batua.messages import outbound
    from batua.messages.model import Message

    record = store().read([keys.tenant_key(shop.tenant.id)])[keys.tenant_key(shop.tenant.id)]
    assert record is not None
    today = clock.local_day(clock.system(), ZONE)
    before = metered_use(store(), read_tenant(record), today, today, ["message"])["message"]
    outbound.enqueue(Message("registered_already", "asha@example.com", "email", shop.tenant.id, {"name": "Asha"}))
    platform.embedded_aws.drain()
    assert metered_use(store(), read_tenant(record), today, today, ["message"])["message"] == before + 1


def test_a_month_that_has_just_ended_or_not_yet_is_not_run(operator: SignedIn) -> None:
    text = clock.month_text(clock.local_month(clock.system(), ZONE))
    assert fault(operator.post(RUNS, {"month": text})) == (409, "period_not_ended")
    assert operator.get(f"{RUNS}/2026-13").json()["errors"].keys() == {"month"}
    assert operator.get(f"{RUNS}/2020-01").json()["data"] == []


def test_a_subscription_is_of_a_tenant_and_a_plan_that_exist(operator: SignedIn, shop: Shop) -> None:
    path = f"{SUBSCRIPTIONS}/{shop.tenant.id}"
    assert fault(operator.put(path, {"plan_id": "plan_01KDC0V6M8W3T4Q9X2Z7N5B1FA"})) == (404, "price_plan_not_found")
    for tenant in (operator.tenant, "ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "x"):
        assert fault(operator.put(f"{SUBSCRIPTIONS}/{tenant}", {"plan_id": None})) == (404, "tenant_not_billed")
        assert fault(operator.get(f"{SUBSCRIPTIONS}/{tenant}/preview")) == (404, "tenant_not_billed")
    assert operator.put(path, {"plan_id": None, "from": "2020-01-01"}).json()["errors"].keys() == {"from"}
    assert fault(operator.put(path, {"plan_id": None, "version": 4})) == (409, "version_conflict")
    saved = operator.put(path, {"plan_id": plan_made(operator), "version": 0}).json()["data"]
    assert (len(saved["phases"]), saved["version"]) == (1, 1)
    found: list[str] = []
    cursor = ""
    while True:
        page = operator.get(f"{SUBSCRIPTIONS}?limit=1{cursor}").json()
        found += [each["tenant_id"] for each in page["data"]]
        if page["meta"]["next_cursor"] is None:
            break
        cursor = f"&cursor={page['meta']['next_cursor']}"
    assert shop.tenant.id in found
    assert len(found) == len(set(found))


def test_a_plan_that_ends_while_a_month_is_invoiced_is_not_billed_by_what_it_was(
    platform: LocalPlatform, operator: SignedIn, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = last_month()
    since = month * 100 + 1
    assert subscribed(operator, shop, plan_made(operator), since).status_code == 200
    number, ended = numbered_change, []

    def overtaken(issuer: Any, item: Any) -> Any:
        """The use has been read and priced; the invoice is not committed yet."""
        if shop.tenant.id in repr(item) and not ended:
            ended.append(subscribed(operator, shop, None, since).status_code)
        return number(issuer, item)

    monkeypatch.setattr(usage_invoices, "numbered_change", overtaken)
    found = run(platform, operator, month, shop, "nothing", "invoiced")
    assert (ended, found["status"], invoices_of(operator, shop)) == ([200], "nothing", [])
