"""Every route against every wrong credential. The routes come from the declarations: a new one is in here by itself.

Each request is the route's own sample, so that nothing but the credential is wrong with it. What a request touches is
watched at the clients: a refusal reads nothing but the records of its own caller, and writes nothing but a note.
"""

# ruff: noqa: F811 - fixtures are imported

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from batua.openapi.inventory import EndpointSource, endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.matrix import OWN_NOTES, Answer, Badge, House, forged, knock
from tests.api.matrix_gallery import ALL, BY_TOKEN, CUSTOMERS, GUARDED, gallery, routes  # noqa: F401 - fixtures among them

SIGNED = [endpoint for endpoint in ALL if endpoint.declaration.caller.kind == "signature"]
BY_KEY = [endpoint for endpoint in GUARDED if endpoint.declaration.caller.kind != "user"]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few credentials are refused on every route here; how that is limited has tests of its own."""
    monkeypatch.setattr("batua.api.limits.REFUSED_PER_MINUTE", 1_000_000)


SIGNATURE = re.compile(r"signature|hmac|^x-batua-key$")
"""Headers that show who sent a webhook."""


READS_WHAT_THE_BODY_NAMES = {"POST /api/v1/wallets/{id}/credit"}
"""A tenant in the body is read together with the credential, and refused to whoever may not credit it."""


@pytest.fixture
def ask(platform: LocalPlatform, credentials: dict[str, Any]) -> Any:
    def asked(endpoint: EndpointSource, badge: Badge) -> Answer:
        return knock(platform, credentials, endpoint, badge)

    return asked


def admitted(endpoint: EndpointSource, house: House, key: str = "live") -> Badge:
    """A credential of the house of the kind that the route takes, with all that it asks for."""
    kind = endpoint.declaration.caller.kind
    if kind == "basic":
        return house.basic("basic" if key == "live" else f"basic {key}")
    return house.user(_role(endpoint, True)) if kind == "user" else house.key(key)


def _role(endpoint: EndpointSource, enough: bool) -> str:
    """A role that allows what the route asks for; or one that does not."""
    from batua.identity.roles import ROLES

    wanted = endpoint.declaration.caller.permission
    if wanted is None:
        return "tenant_admin"
    preferred = sorted(ROLES, key=lambda role: role in ("super_admin", "staff"))
    return next((role for role in preferred if (wanted in ROLES[role]) is enough), "")


def refused(answer: Answer, status: int, case: str) -> None:
    assert answer.status == status, f"{case}: {answer.status} {answer.body}"
    wrote = [partition for partition in answer.touched.written if not partition.startswith(OWN_NOTES)]
    assert not wrote, f"{case}: wrote {wrote}"


def test_the_matrix_is_made_of_every_route_that_knows_its_caller() -> None:
    every = [each for each in endpoint_inventory(ROOT) if each.declaration.caller.kind != "public"]
    assert {each.declaration.route for each in every} == {
        each.declaration.route for each in GUARDED + SIGNED + CUSTOMERS
    }


@routes(GUARDED)
def test_without_a_credential_nothing_is_read(endpoint: EndpointSource, ask: Any) -> None:
    for case in ("none", "Bearer", "Bearer ", "Basic", "Basic !", "Negotiate x"):
        answer = ask(endpoint, Badge({} if case == "none" else {"authorization": case}))
        refused(answer, 401, case)
        assert answer.touched.calls == [], case


@routes(BY_TOKEN)
def test_a_token_that_we_did_not_sign_reads_nothing(
    endpoint: EndpointSource, gallery: dict[str, House], ask: Any
) -> None:
    own = gallery["own"]
    for badge in (own.key(), own.user("tenant_admin")):
        token = badge.headers["authorization"].removeprefix("Bearer ")
        for case, fake in forged(token).items():
            answer = ask(endpoint, Badge.bearer(fake, own.tenant.id))
            refused(answer, 401, case)
            assert answer.touched.calls == [], case
            cookie = Badge({"x-tenant-id": own.tenant.id}, (f"__Host-batua_session={fake}",))
            refused(ask(endpoint, cookie), 401, f"{case}, as a cookie")


@routes(BY_TOKEN)
def test_a_token_past_its_time_reads_nothing(endpoint: EndpointSource, gallery: dict[str, House], ask: Any) -> None:
    own = gallery["own"]
    for badge in (own.user("tenant_admin", exp=1_700_000_000), own.key(exp=1_700_000_000)):
        answer = ask(endpoint, badge)
        refused(answer, 401, "expired")
        assert answer.touched.calls == []


@routes(BY_TOKEN)
def test_our_tokens_for_other_uses_open_nothing(endpoint: EndpointSource, gallery: dict[str, House], ask: Any) -> None:
    for typ in ("refresh", "device", "session", "qr", ""):
        refused(ask(endpoint, gallery["own"].user("tenant_admin", typ=typ)), 401, f"typ {typ}")
    refused(ask(endpoint, gallery["own"].user("tenant_admin", iss="someone")), 401, "another issuer")


@routes([each for each in BY_TOKEN if not each.declaration.reads_query])
def test_a_body_is_not_looked_at_before_its_sender_is_admitted(
    endpoint: EndpointSource,
    gallery: dict[str, House],
    platform: LocalPlatform,
    credentials: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Bombs: a body that is large, one nested deeply, one with an expression that doubles what it looks at."""
    import batua.api.endpoint as module

    own = gallery["own"]
    bombs = {
        "large": json.dumps({"items": ["x" * 1_000] * 100}),
        "nested": '{"a":' + "[" * 50_000 + "]" * 50_000 + "}",
        "expression": json.dumps({"mapping": {"fields": {"order": "[@,@][]|" * 100 + "@"}}, "filler": "x" * 9_000}),
    }

    def looked_at(*_: Any) -> Any:
        raise AssertionError("the body was validated")

    monkeypatch.setattr(module, "validated", looked_at)
    monkeypatch.setattr("batua.api.request.Request.json", looked_at)
    for badge in (own.key("revoked"), own.user("tenant_admin", sid="ses_" + "0" * 26)):
        for case, body in bombs.items():
            answer = knock(platform, credentials, endpoint, badge, body=body)
            refused(answer, 401, case)


@routes(GUARDED)
def test_a_credential_whose_record_is_gone_is_refused(
    endpoint: EndpointSource, gallery: dict[str, House], ask: Any
) -> None:
    own = gallery["own"]
    if endpoint.declaration.caller.kind == "basic":
        cases = {name: own.basic(f"basic {name}") for name in ("revoked", "expired")}
        cases["another secret"] = own.basic(secret="x" * 43)
        cases["a token's key"] = own.basic("live")
    else:
        cases = {name: own.key(name) for name in ("revoked", "expired")}
        cases["a Basic key as a token"] = own.key("basic")
        cases["an unknown key"] = own.key(sub="key_" + "0" * 26)
        cases["live as test"] = own.key(mod="test")
        cases["test as live"] = own.key("test", mod="live")
        cases["an unknown user"] = own.user("tenant_admin", sub="usr_" + "0" * 26)
        cases["an unknown session"] = own.user("tenant_admin", sid="ses_" + "0" * 26)
        cases["another's session"] = own.user("tenant_admin", sid=own.users["viewer"].id)
        cases["another program's books"] = own.key(prg="prg_" + "0" * 26)
    for case, badge in cases.items():
        refused(ask(endpoint, badge), 401, case)


@routes(GUARDED)
def test_a_suspended_tenant_is_refused_and_all_below_it(
    endpoint: EndpointSource, gallery: dict[str, House], ask: Any
) -> None:
    for name in ("suspended", "below"):
        refused(ask(endpoint, admitted(endpoint, gallery[name])), 401, name)


@routes(BY_KEY)
def test_a_live_key_works_from_approved_networks_alone(
    endpoint: EndpointSource, gallery: dict[str, House], ask: Any
) -> None:
    for name in ("unapproved", "elsewhere"):
        answer = ask(endpoint, admitted(endpoint, gallery[name]))
        refused(answer, 401, name)
        assert any(partition.startswith("AUDIT#L#") for partition in answer.touched.written), "it is not audited"
        assert "outside_networks" in answer.touched.text
        assert "network" not in answer.body


@routes(GUARDED)
def test_too_little_permission_is_refused(endpoint: EndpointSource, gallery: dict[str, House], ask: Any) -> None:
    own, wanted = gallery["own"], endpoint.declaration.caller
    if wanted.kind == "basic":
        refused(ask(endpoint, own.basic("basic powerless")), 403, "no scope")
        return
    refused(ask(endpoint, own.key("powerless")), 403, "no scope")
    if wanted.permission and (role := _role(endpoint, False)):
        refused(ask(endpoint, own.user(role)), 403, "too low a role")
    if wanted.kind == "user":
        refused(ask(endpoint, own.key()), 403, "a key where a person is asked for")


@routes([endpoint for endpoint in BY_TOKEN if endpoint.declaration.method not in ("GET", "HEAD")])
def test_a_cookie_changes_nothing_without_its_csrf_token(
    endpoint: EndpointSource, gallery: dict[str, House], ask: Any
) -> None:
    from batua.identity import csrf

    own, role = gallery["own"], _role(endpoint, True)
    others = csrf.csrf_token(next(session.id for name, session in own.users.items() if name != role))
    for case, token in {"none": None, "another session's": others, "nonsense": "a.b"}.items():
        answer = ask(endpoint, own.cookie(role, token))
        refused(answer, 403, case)
        assert answer.touched.calls == [], case


@routes([endpoint for endpoint in BY_TOKEN if endpoint.declaration.caller.kind == "tenant"])
def test_the_named_tenant_is_the_credentials_own(endpoint: EndpointSource, gallery: dict[str, House], ask: Any) -> None:
    badge = gallery["own"].key()
    badge.headers["x-tenant-id"] = gallery["other"].tenant.id
    refused(ask(endpoint, badge), 403, "another tenant's id")


@routes(GUARDED)
def test_another_tenants_credential_touches_nothing_of_ours(
    endpoint: EndpointSource, gallery: dict[str, House], ask: Any
) -> None:
    """The sample names things of the first merchant and its network; a stranger with every permission asks for them."""
    from local.seeds.writing import fixed_id

    ours = [fixed_id("ten", name) for name in ("Sitara Network", "Kaveri Stores", "Krishna App")]
    if endpoint.declaration.function.rpartition(".")[2] in ("logout", "logout_session"):
        pytest.skip("ends the stranger's own session")
    if endpoint.declaration.caller.kind == "user" and _role(endpoint, True) in ("staff", "super_admin"):
        pytest.skip("the operator's staff work on what belongs to other tenants; nobody else can be given these roles")
    answer = ask(endpoint, admitted(endpoint, gallery["other"]))
    assert answer.status < 500, answer.body
    said = answer.touched.text
    if endpoint.declaration.route in READS_WHAT_THE_BODY_NAMES:
        assert answer.status in (403, 404), answer.body
        said = json.dumps(answer.touched.written)
    named = [tenant for tenant in ours if f"#{tenant}" in said]
    assert not named, f"touched {named}"
    leaks = [
        name for name in ("Sitara Network", "Kaveri Stores", "Krishna App", "@kaveri.", *ours) if name in answer.body
    ]
    assert not leaks, answer.body


@routes(BY_KEY)
def test_a_test_key_never_names_a_live_item(endpoint: EndpointSource, gallery: dict[str, House], ask: Any) -> None:
    own = gallery["own"]
    badge = own.basic("basic test") if endpoint.declaration.caller.kind == "basic" else own.key("test")
    answer = ask(endpoint, badge)
    assert answer.status < 500, answer.body
    for operation, params in answer.touched.calls:
        assert '"L#' not in Answer(0, "", type(answer.touched)([(operation, params)])).touched.text, (operation, params)
        assert "AUDIT#L#" not in str(params), (operation, params)


@routes(SIGNED)
def test_a_signed_route_stores_nothing_without_a_good_signature(endpoint: EndpointSource, ask: Any) -> None:
    signed = {name: text for name, text in endpoint.event["headers"].items() if SIGNATURE.search(name)}
    assert signed, "the sample shows how it is signed"
    for case, headers in {
        "none": dict.fromkeys(signed, ""),
        "another": {n: t[::-1] for n, t in signed.items()},
    }.items():
        answer = ask(endpoint, Badge(headers))
        assert answer.status in (401, 404), f"{case}: {answer.body}"
        assert not answer.touched.written, case
