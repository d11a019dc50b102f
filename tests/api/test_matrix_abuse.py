"""Every route against a good credential that is not enough, a claim to be somebody else, and bodies made to hurt.

As in `test_matrix`, routes and requests come from the declarations.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from batua import clock
from batua.openapi.inventory import EndpointSource, endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.matrix import OWN_NOTES, Answer, Badge, House, build, knock

ALL = [endpoint for endpoint in endpoint_inventory(ROOT) if endpoint.event]
KNOWN = [each for each in ALL if each.declaration.caller.kind in ("key", "user", "basic", "tenant")]
LIVE_ONLY = [each for each in KNOWN if each.declaration.caller.live_only and each.declaration.caller.kind != "basic"]
STEP_UP = [each for each in KNOWN if each.declaration.caller.step_up]
BY_KEY = [each for each in KNOWN if each.declaration.caller.kind in ("key", "tenant")]
BASIC = [each for each in KNOWN if each.declaration.caller.kind == "basic"]
WITH_BODY = [each for each in KNOWN if each.event.get("body")]


def routes(chosen: list[EndpointSource]) -> Any:
    return pytest.mark.parametrize("endpoint", chosen, ids=lambda endpoint: endpoint.declaration.route)


@pytest.fixture(scope="module")
def house(platform: LocalPlatform) -> House:
    from batua.identity.roles import KEY_SCOPES, REPRESENT
    from batua.identity.tenant import read_tenant
    from batua.store import keys
    from batua.store.store import store
    from local.seeds.writing import fixed_id

    key = keys.tenant_key(fixed_id("ten", "Sitara Network"))
    program = read_tenant(store().read([key])[key] or {}).program
    return build("Abused Stores", program, KEY_SCOPES - {REPRESENT})


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How refused and frequent calls are limited has tests of its own."""
    monkeypatch.setattr("batua.api.limits.REFUSED_PER_MINUTE", 1_000_000)


def role_for(endpoint: EndpointSource) -> str:
    from batua.identity.roles import ROLES

    wanted = endpoint.declaration.caller.permission
    ordered = sorted(ROLES, key=lambda role: role in ("super_admin", "staff"))
    return next(role for role in ordered if wanted is None or wanted in ROLES[role])


def admitted(endpoint: EndpointSource, house: House) -> Badge:
    kind = endpoint.declaration.caller.kind
    if kind == "basic":
        return house.basic()
    return house.user(role_for(endpoint)) if kind == "user" else house.key()


def written(answer: Answer) -> list[str]:
    return [partition for partition in answer.touched.written if not partition.startswith(OWN_NOTES)]


def test_there_are_such_routes() -> None:
    assert len(LIVE_ONLY) >= 30
    assert len(STEP_UP) >= 17
    assert len(WITH_BODY) >= 80


@routes(LIVE_ONLY)
def test_a_session_or_key_of_the_sandbox_changes_nothing_live(
    endpoint: EndpointSource, house: House, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    from batua import ids
    from batua.identity import sessions, step_up
    from batua.store.store import store

    person = house.users[role_for(endpoint)]
    session = sessions.begin_session(user_of(house, person.user), "token", "test", ids.new_id("dev"), person.started_at)
    store().write(sessions.session_put(session))
    badge = Badge.bearer(sessions.tokens_of(session, house.tenant, session.started_at).access, house.tenant.id)
    badge.headers["x-reauthentication"] = step_up.issue_proof(session.user, session.id)
    kind = endpoint.declaration.caller.kind
    for tried in [badge] + ([house.key("test")] if kind != "user" else []):
        answer = knock(platform, credentials, endpoint, tried)
        assert (answer.status, answer.code) == (403, "live_session_required"), answer.body
        assert written(answer) == []


def user_of(house: House, id: str) -> Any:
    from batua.identity import users
    from batua.store.store import store

    return users.load_user(store(), house.tenant.id, id)


@routes(STEP_UP)
def test_a_stale_proof_or_that_of_another_session_is_none(
    endpoint: EndpointSource, house: House, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    """The session is good and old; what it lacks is a proof of the last five minutes that was given to it."""
    from batua import ids
    from batua.identity import sessions, step_up

    role = role_for(endpoint)
    session, badge = house.users[role], house.user(role)
    others = sessions.begin_session(
        user_of(house, session.user), "token", "live", ids.new_id("dev"), session.started_at
    )
    for case, proof in {
        "stale": step_up.issue_proof(session.user, session.id, seconds=-1),
        "of the same person's other session": step_up.issue_proof(session.user, others.id),
        "of another person": step_up.issue_proof(ids.new_id("usr"), session.id),
    }.items():
        badge.headers["x-reauthentication"] = proof
        answer = knock(platform, credentials, endpoint, badge)
        assert (answer.status, answer.code) == (403, "reauthentication_required"), (case, answer.body)
        assert written(answer) == [], case


@routes(BY_KEY)
def test_a_key_never_acts_in_the_name_of_somebody_whom_it_claims_to_be(
    endpoint: EndpointSource, house: House, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    claimed = house.users["tenant_admin"].user
    badge = house.key()
    # The audit trail names them rightly, for what they have done themselves.
    reads = endpoint.declaration.method == "GET"
    rightly = knock(platform, credentials, endpoint, badge).body.count(claimed) if reads else 0
    for header in ("x-user-id", "x-actor-id", "x-on-behalf-of", "x-forwarded-user"):
        badge.headers[header] = claimed
    answer = knock(platform, credentials, endpoint, badge)
    assert answer.status < 500, answer.body
    assert answer.body.count(claimed) == rightly
    if not rightly:
        assert claimed not in answer.touched.text


def test_a_credential_that_was_refused_too_often_costs_nothing_on_any_route(
    house: House, platform: LocalPlatform, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the minute's refusals are used up, no route reads or writes anything for a key without permissions."""
    monkeypatch.setattr("batua.api.limits.REFUSED_PER_MINUTE", 3)
    moment = clock.system() // 60_000 * 60_000 + 10_000
    monkeypatch.setattr("batua.clock.system", lambda: moment)
    keyed = [each for each in KNOWN if each.declaration.caller.kind in ("key", "tenant")]
    for chosen, badge in ((keyed, house.key("powerless")), (BASIC, house.basic("basic powerless"))):
        statuses = [knock(platform, credentials, chosen[0], badge).status for _ in range(5)]
        assert statuses == [403, 403, 403, 429, 429], chosen[0].declaration.route
        for endpoint in chosen:
            answer = knock(platform, credentials, endpoint, badge)
            assert (answer.status, answer.touched.calls) == (429, []), (endpoint.declaration.route, answer.body)


def _strings(value: Any) -> Iterator[tuple[list[Any], str]]:
    """The place and the text of each string in a JSON value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        if isinstance(child, str):
            yield [name], child
        for place, text in _strings(child):
            yield [name, *place], text


def _put(value: Any, place: list[Any], text: Any) -> Any:
    changed = copy.deepcopy(value)
    target = changed
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = text
    return changed


BOMBS = {
    "repetition": "a" * 20_000 + "!",
    "digits": "1" * 20_000 + "x",
    "an address": "a@" + "a." * 8_000 + "!",
    "spaces": " " * 20_000 + "x",
    "a URL": "https://" + "a-" * 8_000 + "!",
    "an expression": "[@,@][]|" * 40 + "@",
    "entities": '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>',
    "nothing": "",
    "a null character": "a\u0000b",
    "turned around": "\u202egnp.exe",
}
"""Texts over which regular expressions backtrack, expressions that double what they look at, entities that expand."""


@routes(WITH_BODY)
def test_no_text_in_a_body_is_a_fault(
    endpoint: EndpointSource, house: House, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    body = json.loads(endpoint.event["body"]) if endpoint.event["body"].lstrip().startswith("{") else {}
    badge = admitted(endpoint, house)
    for place, _ in _strings(body):
        for case, text in BOMBS.items():
            answer = knock(platform, credentials, endpoint, badge, body=json.dumps(_put(body, place, text)))
            assert answer.status < 500, (place, case, answer.body[:500])


@routes(WITH_BODY)
def test_a_body_that_is_too_large_too_deep_or_no_json_is_refused(
    endpoint: EndpointSource, house: House, platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    badge = admitted(endpoint, house)
    for case, body in {
        "deep": '{"a":' * 20_000 + "1" + "}" * 20_000,
        "lists": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
        "large": json.dumps({"a": "x" * (256 * 1024)}),
        "wide": json.dumps({f"f{number}": number for number in range(20_000)}),
        "a list": "[]",
        "a number": "1",
        "cut off": '{"a": ',
        "no text": "\udcff",
    }.items():
        answer = knock(platform, credentials, endpoint, badge, body=body)
        # Fields that a route does not know are ignored, so a wide body may be as good as an empty one.
        expected = (400, 403, 404, 413) if case != "wide" else range(200, 500)
        assert answer.status in expected, (case, answer.status, answer.body[:500])
        if case != "wide":
            assert written(answer) == [], case
