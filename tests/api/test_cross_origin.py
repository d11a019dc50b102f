"""Calls from pages of other sites: preflights, answers and errors, by the origins that a tenant has listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from local.host import LocalPlatform
from tests.api.counter import BALANCE, ISSUE, data, refusal
from tests.api.signed_in import SignedIn, SignIn, signed_in  # noqa: F401 - a fixture

ORIGINS = "/api/v1/tenant/origins"
SHOP, STRANGER = "https://shop.kaveri.example", "https://elsewhere.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture
def listed(signed_in: SignIn) -> Iterator[SignedIn]:  # noqa: F811
    """An administrator of the merchant whose keys the tests use, with the shop's origin allowed."""
    admin = signed_in("merchant_tenant_admin")
    data(admin.put(ORIGINS, {"origins": [SHOP]}))
    yield admin
    data(admin.put(ORIGINS, {"origins": []}))


def preflight(platform: LocalPlatform, path: str, origin: str = SHOP, method: str = "POST") -> requests.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    return requests.options(platform.url + path, headers=asked, timeout=30)


def test_a_browser_may_call_from_a_listed_origin(
    listed: SignedIn, live: Any, platform: LocalPlatform, phone: str
) -> None:
    told = preflight(platform, ISSUE)
    assert (told.status_code, told.text) == (204, "")
    assert told.headers[ALLOWED] == SHOP
    assert told.headers["vary"] == "Origin"
    assert "POST" in told.headers["access-control-allow-methods"]
    allowed = told.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    assert {"authorization", "content-type", "idempotency-key"} <= set(allowed)
    answer = live.post(ISSUE, {"phone": phone, "coins": 5}, headers={"Origin": SHOP})
    assert data(answer)["coins_issued"] == 5
    assert answer.headers[ALLOWED] == SHOP
    assert "Idempotency-Replayed" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", [ISSUE, "/api/v1/me/session", "/api/v1/me/balances"])
def test_cookies_are_never_accepted_from_another_site(listed: SignedIn, platform: LocalPlatform, path: str) -> None:
    told = preflight(platform, path)
    assert told.headers[ALLOWED] == SHOP
    assert "access-control-allow-credentials" not in told.headers
    # Without these a cookie counts for nothing.
    assert not {"x-merchant", "x-csrftoken", "*"} & set(
        told.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    )


def test_errors_can_be_read_as_well(listed: SignedIn, live: Any, platform: LocalPlatform) -> None:
    wrong = live.get(BALANCE, params={"phone": "12"}, headers={"Origin": SHOP})
    refusal(wrong, 400, "validation_error")
    assert wrong.headers[ALLOWED] == SHOP
    expired = requests.get(platform.url + BALANCE, headers={"Origin": SHOP, "Authorization": "Bearer none"}, timeout=30)
    refusal(expired, 401, "unauthenticated")
    assert expired.headers[ALLOWED] == SHOP
    unsigned = requests.post(platform.url + "/api/v1/me/session", json={}, headers={"Origin": SHOP}, timeout=30)
    assert (unsigned.status_code, unsigned.headers[ALLOWED]) == (400, SHOP)


@pytest.mark.parametrize("origin", [STRANGER, "null", "*", "https://shop.kaveri.example.evil", "x" * 3000])
def test_a_page_of_any_other_site_may_read_nothing(
    listed: SignedIn, live: Any, platform: LocalPlatform, origin: str
) -> None:
    told = preflight(platform, ISSUE, origin)
    assert refusal(told, 403, "origin_not_allowed")["message"]
    assert ALLOWED not in told.headers
    answer = live.get(BALANCE, params={"phone": "+919876543210"}, headers={"Origin": origin})
    assert ALLOWED not in answer.headers


def test_one_tenants_origin_opens_nothing_of_another(
    listed: SignedIn, keyed: Any, platform: LocalPlatform, phone: str
) -> None:
    answer = keyed("other_tenant_key").get(BALANCE, params={"phone": phone}, headers={"Origin": SHOP})
    assert answer.status_code in (200, 404)
    assert ALLOWED not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_an_origin_that_was_taken_out_is_refused_at_once(listed: SignedIn, live: Any, platform: LocalPlatform) -> None:
    data(listed.put(ORIGINS, {"origins": ["https://new.kaveri.example", "http://localhost:5173"]}))
    assert preflight(platform, ISSUE).status_code == 403
    assert preflight(platform, ISSUE, "http://localhost:5173").status_code == 204
    assert ALLOWED not in live.get(BALANCE, params={"phone": "12"}, headers={"Origin": SHOP}).headers


def test_our_own_pages_and_programs_without_an_origin_see_no_difference(live: Any, platform: LocalPlatform) -> None:
    own = live.get(BALANCE, params={"phone": "12"}, headers={"Origin": platform.url})
    plain = live.get(BALANCE, params={"phone": "12"})
    assert ALLOWED not in {*map(str.lower, own.headers), *map(str.lower, plain.headers)}
    told = requests.options(platform.url + ISSUE, timeout=30)
    assert (told.status_code, ALLOWED in told.headers) == (204, False)
    assert "POST" in told.headers["allow"]


def test_routes_for_our_own_pages_take_no_preflight(listed: SignedIn, platform: LocalPlatform) -> None:
    told = preflight(platform, "/api/v1/tenant/context", method="GET")
    assert (told.status_code, ALLOWED in told.headers) == (404, False)
    assert ALLOWED not in listed.get("/api/v1/tenant/context", headers={"Origin": SHOP}).headers


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "null", "http://shop.example", "https://shop.example/path", "https://*.example", "shop.example"),
        *("https://", "https://shop.example:99999", "https://user@shop.example", "https://läden.example"),
    ],
)
def test_an_origin_is_a_scheme_and_a_host(listed: SignedIn, origin: str) -> None:
    refused = refusal(listed.put(ORIGINS, {"origins": [origin]}), 400, "validation_error")
    assert "origins.0" in refused["errors"]
    assert data(listed.get(ORIGINS))["origins"] == [SHOP]


def test_a_list_is_written_once_and_in_one_spelling(listed: SignedIn) -> None:
    shown = data(listed.get(ORIGINS))
    spelt = {"origins": ["HTTPS://Shop.Kaveri.example:443/", SHOP], "version": shown["version"]}
    assert data(listed.put(ORIGINS, spelt))["origins"] == [SHOP]
    refusal(listed.put(ORIGINS, spelt), 409, "version_conflict")
    many = [f"https://s{number}.kaveri.example" for number in range(21)]
    refusal(listed.put(ORIGINS, {"origins": many}), 400, "validation_error")


def test_only_an_administrator_who_proves_it_changes_the_list(signed_in: SignIn, live: Any) -> None:  # noqa: F811
    for role in ("cashier", "merchant_admin"):
        refusal(signed_in(role).put(ORIGINS, {"origins": [SHOP]}), 403, "forbidden")
        refusal(signed_in(role).get(ORIGINS), 403, "forbidden")
    refusal(live.put(ORIGINS, {"origins": [SHOP]}), 403, "forbidden")
