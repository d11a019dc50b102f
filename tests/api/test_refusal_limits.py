"""Refused calls: so many are worked on in a minute, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from batua import clock
from batua.openapi.inventory import endpoint_inventory
from local.host import ROOT, LocalPlatform
from tests.api.matrix import Badge, build, knock

AUDIT = next(each for each in endpoint_inventory(ROOT) if each.function == "ListAudit")


@pytest.fixture(autouse=True)
def within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands still, so that no window ends between two requests."""
    moment = clock.system() // 60_000 * 60_000 + 10_000
    monkeypatch.setattr("batua.clock.system", lambda: moment)


def test_refused_calls_of_a_known_credential_are_limited_before_any_work(
    platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    from batua.identity.roles import KEY_SCOPES

    house = build("Refused Stores", None, KEY_SCOPES, networks=("198.51.100.0/24",))
    answers = [knock(platform, credentials, AUDIT, house.key()) for _ in range(80)]
    assert [answer.status for answer in answers] == [401] * 60 + [429] * 20
    assert answers[-1].code == "rate_limited"
    assert all(answer.touched.calls == [] for answer in answers[61:]), "nothing is read or written after that"
    recorded = [name for answer in answers for name in answer.touched.written if name.startswith("AUDIT#")]
    assert len(recorded) == 60
    assert knock(platform, credentials, AUDIT, house.user("viewer")).status == 200, "its tenant's others go on"


def test_calls_without_a_good_credential_are_limited_by_address(
    platform: LocalPlatform, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.api.matrix.ADDRESS", "203.0.113.201")
    codes = [knock(platform, credentials, AUDIT, Badge.bearer("nonsense")).status for _ in range(130)]
    assert codes == [401] * 120 + [429] * 10
    monkeypatch.setattr("tests.api.matrix.ADDRESS", "203.0.113.202")
    assert knock(platform, credentials, AUDIT, Badge.bearer("nonsense")).status == 401


def test_bad_signatures_are_limited_by_address_before_their_sender_is_read(
    platform: LocalPlatform, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.api.matrix.ADDRESS", "203.0.113.203")
    route = next(each for each in endpoint_inventory(ROOT) if each.function == "ReceivePos")
    answers = [knock(platform, credentials, route, Badge({"x-batua-key": "guessed"}), body="{}") for _ in range(130)]
    assert {answer.status for answer in answers[:120]} <= {401, 404}
    assert {answer.status for answer in answers[120:]} == {429}
    assert all(answer.touched.calls == [] for answer in answers[121:])
