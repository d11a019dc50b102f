"""Refresh tokens: each is good once, a replay ends the family, a race ends nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.auth_fixtures import Answer, Person


def refresh(person: Person, token: str, **more: object) -> Answer:
    arrived = more.pop("arrived", None)
    body = {"refresh_token": token, **more}
    return person.device("RefreshToken", body, arrived=arrived)  # type: ignore[arg-type]


def test_a_replay_ends_the_family(person: Person) -> None:
    first = person.sign_in().data
    second = refresh(person, first["refresh_token"]).data
    time.sleep(0.01)
    assert refresh(person, first["refresh_token"]).status == 401
    assert refresh(person, second["refresh_token"]).status == 401
    assert person.device("ReadCurrentUser", token=second["access_token"]).status == 401


def test_a_replay_of_a_token_long_replaced_ends_the_family_whatever_the_device(person: Person) -> None:
    first = person.sign_in().data
    second = refresh(person, first["refresh_token"]).data
    third = refresh(person, second["refresh_token"]).data
    stale = refresh(person, first["refresh_token"], device_token=first["device_token"], arrived=0)
    assert stale.status == 401
    assert refresh(person, third["refresh_token"]).status == 401


def test_a_replay_does_not_touch_other_sessions(person: Person) -> None:
    victim, other = person.sign_in().data, person.sign_in().data
    refresh(person, victim["refresh_token"])
    time.sleep(0.01)
    refresh(person, victim["refresh_token"])
    assert person.device("ReadCurrentUser", token=other["access_token"]).status == 200
    assert refresh(person, other["refresh_token"]).status == 200


def test_of_two_refreshes_that_race_exactly_one_wins_and_the_session_goes_on(person: Person) -> None:
    for _ in range(5):
        tokens = person.sign_in().data
        arrived = time.time_ns() // 1_000_000
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(lambda _, t=tokens, a=arrived: refresh(person, t["refresh_token"], arrived=a), range(4))
            )
        assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
        assert {answer.code for answer in answers} == {"success", "refresh_in_progress"}
        (won,) = [answer.data for answer in answers if answer.status == 200]
        assert person.device("ReadCurrentUser", token=won["access_token"]).status == 200
        assert refresh(person, won["refresh_token"]).status == 200


def test_a_client_that_lost_the_answer_gets_the_successor_with_its_device_token(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from batua.identity import sessions

    first = person.sign_in().data
    lost = refresh(person, first["refresh_token"]).data
    time.sleep(0.01)
    with monkeypatch.context() as slow:
        slow.setattr(sessions, "RACING_MS", 60_000)  # on a busy machine two seconds are soon over
        soon = refresh(person, first["refresh_token"], device_token=first["device_token"])
        assert (soon.status, soon.code) == (409, "refresh_in_progress")
    passed(lost["refresh_token"], sessions.RACING_MS)
    again = refresh(person, first["refresh_token"], device_token=first["device_token"])
    assert again.status == 200
    assert refresh(person, again.data["refresh_token"]).status == 200


def passed(token: str, milliseconds: int) -> None:
    """Puts the last refresh of a session so far back."""
    from batua.identity import sessions
    from batua.store import keys
    from batua.store.store import store
    from batua.store.writes import Update

    key = keys.session_key(sessions.read_refresh(token).session)
    record = store().read([key])[key]
    assert record is not None
    store().write(Update(key, set={"refreshed": record["refreshed"] - milliseconds}))


def test_a_till_that_was_offline_with_its_answer_for_a_day_goes_on_also_when_answers_are_lost_again(
    person: Person,
) -> None:
    first = person.sign_in().data
    lost = refresh(person, first["refresh_token"])
    for _ in range(3):
        passed(lost.data["refresh_token"], 86_400_000)
        lost = refresh(person, first["refresh_token"], device_token=first["device_token"])
        assert lost.status == 200
    assert refresh(person, lost.data["refresh_token"]).status == 200


def test_whoever_got_the_answer_that_the_till_lost_ends_the_session_with_the_next_refresh(person: Person) -> None:
    first = person.sign_in().data
    stolen = refresh(person, first["refresh_token"]).data
    passed(stolen["refresh_token"], 60_000)
    till = refresh(person, first["refresh_token"], device_token=first["device_token"])
    assert till.status == 200
    passed(stolen["refresh_token"], 60_000)
    assert refresh(person, stolen["refresh_token"], device_token=first["device_token"]).status == 401
    assert refresh(person, till.data["refresh_token"]).status == 401


def test_a_till_whose_successor_was_used_by_somebody_else_is_signed_out_with_them(person: Person) -> None:
    first = person.sign_in().data
    stolen = refresh(person, first["refresh_token"]).data
    thief = refresh(person, stolen["refresh_token"]).data
    passed(thief["refresh_token"], 60_000)
    assert refresh(person, first["refresh_token"], device_token=first["device_token"]).status == 401
    assert refresh(person, thief["refresh_token"]).status == 401


def test_another_users_device_token_helps_nobody(person: Person, new_person: object) -> None:
    other: Person = new_person()  # type: ignore[operator]
    first = person.sign_in().data
    theirs = other.sign_in().data["device_token"]
    refresh(person, first["refresh_token"])
    time.sleep(0.01)
    assert refresh(person, first["refresh_token"], device_token=theirs).status == 401


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(person: Person) -> None:
    tokens = person.sign_in().data
    assert refresh(person, tokens["access_token"]).status == 401
    assert refresh(person, tokens["device_token"]).status == 401
    for wrong in (tokens["refresh_token"], tokens["device_token"]):
        assert person.device("ReadCurrentUser", token=wrong).status == 401


def test_a_suspended_user_is_out_at_once(person: Person) -> None:
    from batua.identity import users
    from batua.store.store import store

    tokens = person.sign_in().data
    user = users.load_user(store(), person.tenant, person.id)
    assert user is not None
    store().write(users.user_change(user, {"status": "suspended"}))
    assert person.device("ReadCurrentUser", token=tokens["access_token"]).status == 401
    assert refresh(person, tokens["refresh_token"]).status == 401
    assert person.sign_in().code == "invalid_credentials"
