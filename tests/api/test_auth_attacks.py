"""Guessing: from many addresses, from one, at names that exist and names that do not."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from argon2 import PasswordHasher

from batua.store.store import Store
from tests.api.auth_fixtures import Device, Person


def guess(device: Device, username: str) -> int:
    return device("ObtainToken", {"username": username, "password": "wrong"}).status


def test_the_owner_signs_in_from_a_known_device_whatever_others_try(person: Person) -> None:
    device = person.sign_in().data["device_token"]
    others = [Device(person.device.platform) for _ in range(400)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda device: guess(device, person.email), others))
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 8, "the free attempts, and those whose short delay was over"
    assert person.sign_in().status == 429, "a device that nobody knows waits like the rest"
    assert person.sign_in(device_token=device).status == 200
    assert person.sign_in().status == 429, "and opens the door for nobody else"


def test_a_device_token_of_somebody_else_is_none(person: Person, new_person: Any) -> None:
    theirs = new_person().sign_in().data["device_token"]
    stranger = Device(person.device.platform)
    for _ in range(12):
        guess(stranger, person.email)
    assert person.sign_in(device_token=theirs).status == 429
    assert person.sign_in(device_token="made up").status == 429


def test_a_stolen_device_is_slowed_down_by_itself(person: Person) -> None:
    device = person.sign_in().data["device_token"]
    body = {"username": person.email, "password": "wrong", "device_token": device}
    statuses = [Device(person.device.platform)("ObtainToken", body).status for _ in range(12)]
    assert statuses[:10] == [401] * 10
    assert statuses[-1] == 429
    assert person.sign_in().status == 200, "others are not slowed down by it"


def test_one_address_that_tries_many_names_is_slowed_down(device: Device, person: Person) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda number: guess(device, f"name{number}@example.com"), range(60)))
    assert statuses.count(429) > 0
    assert person.sign_in().status == 200, "other addresses go on"


def test_unknown_names_are_slowed_down_like_known_ones(person: Person) -> None:
    def statuses(username: str) -> list[int]:
        return [guess(Device(person.device.platform), username) for _ in range(7)]

    assert statuses(person.email) == statuses(f"nobody.{person.email}")


def test_the_work_behind_an_answer_does_not_tell_whether_an_account_exists(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[int, str]] = []

    def counted(kind: type, name: str) -> None:
        real = getattr(kind, name)

        def call(*given: Any, **named: Any) -> Any:
            done.append((threading.get_ident(), name))
            return real(*given, **named)

        monkeypatch.setattr(kind, name, call)

    counted(PasswordHasher, "verify")
    for step in ("read", "write", "commit"):
        counted(Store, step)

    def work(username: str) -> Counter[str]:
        done.clear()
        assert guess(Device(person.device.platform), username) == 401
        # Others, who read what the streams bring, are at work in threads of their own.
        of_request = {thread for thread, name in done if name == "verify"}
        return Counter(name for thread, name in done if thread in of_request)

    unknown = f"nobody.{person.email}"
    work(person.email), work(unknown)  # what a first request makes once
    known = work(person.email)
    assert known["verify"] == 1, "the hash takes nearly all of the time, and is made either way"
    assert work(unknown) == known


def test_attempts_stand_in_the_audit_trail_of_the_tenant(person: Person) -> None:
    from batua.store import keys
    from batua.store.store import store

    guess(person.device, person.email)
    person.sign_in()
    found = list(store().query_all("directory", keys.audit_partition("live", person.tenant)))
    attempts = [(item["what"], item["out"]) for item in found if item["who"] == person.id]
    assert attempts == [("sign_in", "wrong_password"), ("sign_in", "done")]
    assert person.email not in repr(found)
