"""A customer's session opens a customer's own routes, and no other credential opens those."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jwt
import pytest

from batua.openapi.inventory import EndpointSource
from local.host import LocalPlatform
from tests.api.matrix import OWN_NOTES, Badge, House, forged, knock
from tests.api.matrix_gallery import BY_TOKEN, CUSTOMERS, GUARDED, gallery, routes  # noqa: F401

SLUG = "matrix"


class Member:
    """A customer of a house, with a session."""

    def __init__(self, house: House, mode: Any = "live", **record: Any) -> None:
        from batua import clock, ids
        from batua.identity import sessions
        from batua.store import keys
        from batua.store.store import store
        from batua.store.writes import Put

        self.house, now = house, clock.system()
        self.id, self.scope = ids.new_id("cust"), keys.scope(mode, house.tenant.program.owner)
        self.key = keys.customer_key(self.scope, self.id)
        store().write(Put(self.key, {"phone": "+919811100000", "qr": 1, "made": now, **record}))
        self.session = sessions.begin_customer_session(
            self.id, house.tenant.id, 0, "token", mode, ids.new_id("dev"), now
        )
        store().write(sessions.session_put(self.session))

    def token(self, **claims: Any) -> str:
        from batua.identity import sessions, tokens

        token = sessions.tokens_of(self.session, self.house.tenant, self.session.started_at).access
        said = jwt.decode(token, options={"verify_signature": False})
        return tokens.sign_token({**said, **claims}) if claims else token

    def badge(self, **claims: Any) -> Badge:
        from batua.identity import step_up

        badge = Badge.bearer(self.token(**claims), self.house.tenant.id)
        badge.headers["x-reauthentication"] = step_up.issue_proof(self.id, self.session.id)
        return badge

    def cookie(self, csrf: str | None = None) -> Badge:
        from batua.identity import sessions

        cookie = sessions.cookie_of(self.session, self.house.tenant, self.session.started_at)
        headers = {"x-merchant": SLUG, **({"x-csrftoken": csrf} if csrf else {})}
        return Badge(headers, (f"__Host-batua_my_{SLUG}={cookie}", f"__Host-batua_session={cookie}"))


@pytest.fixture(scope="module")
def member(gallery: dict[str, House]) -> Member:  # noqa: F811
    return Member(gallery["own"])


@pytest.fixture
def ask(platform: LocalPlatform, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("batua.api.limits.REFUSED_PER_MINUTE", 1_000_000)

    def asked(endpoint: EndpointSource, badge: Badge, status: int, case: str, *, reads: bool = True) -> None:
        answer = knock(platform, credentials, endpoint, badge)
        assert answer.status == status, f"{case}: {answer.status} {answer.body}"
        wrote = [partition for partition in answer.touched.written if not partition.startswith(OWN_NOTES)]
        assert not wrote, f"{case}: wrote {wrote}"
        assert reads or not answer.touched.calls, f"{case}: {answer.touched.operations}"

    return asked


@routes(GUARDED)
def test_a_customers_session_opens_no_route_of_anybody_else(endpoint: EndpointSource, member: Member, ask: Any) -> None:
    from batua.identity import csrf

    ask(endpoint, member.badge(), 401, "token", reads=False)
    ask(endpoint, member.cookie(csrf.csrf_token(member.session.id)), 401, "cookie", reads=False)


@routes(CUSTOMERS)
def test_no_other_credential_opens_a_customers_route(
    endpoint: EndpointSource,
    gallery: dict[str, House],  # noqa: F811
    member: Member,
    ask: Any,
) -> None:
    own = gallery["own"]
    for case, badge in {
        "nothing": Badge(),
        "a key": own.key(),
        "a user": own.user("tenant_admin"),
        "an application": own.basic(),
        "a user's token as a customer's": own.user("tenant_admin", typ="customer"),
        "a refresh token": member.badge(typ="customer_refresh"),
        "a user's cookie": own.cookie("tenant_admin"),
    }.items():
        ask(endpoint, badge, 401, case, reads=False)
    for case, fake in forged(member.token()).items():
        ask(endpoint, Badge.bearer(fake), 401, case, reads=False)
    ask(endpoint, member.badge(exp=1_700_000_000), 401, "expired", reads=False)


@routes(CUSTOMERS)
def test_a_customers_session_whose_record_is_gone_is_refused(
    endpoint: EndpointSource,
    gallery: dict[str, House],  # noqa: F811
    member: Member,
    ask: Any,
) -> None:
    own, other = gallery["own"], Member(gallery["own"])
    for case, badge in {
        "an unknown session": member.badge(sid="ses_" + "0" * 26),
        "another's session": member.badge(sid=other.session.id),
        "another customer": member.badge(sub=other.id),
        "another network's books": member.badge(own=gallery["other"].tenant.program.owner),
        "another merchant's page": member.badge(tid=gallery["other"].tenant.id),
        "another program": member.badge(prg="prg_" + "0" * 26),
        "live as test": member.badge(mod="test"),
        "deleted": Member(own, erased=1).badge(),
        "signed out everywhere": Member(own, epoch=1).badge(),
        "a suspended merchant": Member(gallery["suspended"]).badge(),
        "below a stopped network": Member(gallery["below"]).badge(),
    }.items():
        ask(endpoint, badge, 401, case)


@routes([each for each in CUSTOMERS if each.declaration.method != "GET"])
def test_a_customers_cookie_changes_nothing_without_its_csrf_token(
    endpoint: EndpointSource, member: Member, ask: Any
) -> None:
    from batua.identity import csrf

    for case, token in {"none": None, "another's": csrf.csrf_token("ses_" + "0" * 26), "nonsense": "a.b"}.items():
        ask(endpoint, member.cookie(token), 403, case, reads=False)


@routes([each for each in CUSTOMERS if each.declaration.caller.step_up])
def test_a_customers_session_alone_does_not_do_what_needs_a_fresh_code(
    endpoint: EndpointSource, member: Member, ask: Any
) -> None:
    from batua.identity import step_up

    for case, proof in {
        "none": None,
        "another session's": step_up.issue_proof(member.id, "ses_" + "0" * 26),
        "another customer's": step_up.issue_proof("cust_" + "0" * 26, member.session.id),
        "an old one": step_up.issue_proof(member.id, member.session.id, seconds=-1),
    }.items():
        bare = replace(member.badge(), headers={"authorization": f"Bearer {member.token()}"})
        if proof:
            bare.headers["x-reauthentication"] = proof
        ask(endpoint, bare, 403, case)


def test_every_route_of_the_domain_is_in_here() -> None:
    assert len(CUSTOMERS) > 9
    assert not {each.declaration.route for each in CUSTOMERS} & {each.declaration.route for each in BY_TOKEN}
