"""`make doctor` against the local gateway: all is well there, and what is broken on purpose is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from local.doctor import checks
from local.doctor.__main__ import main
from local.doctor.client import Broken, Deployment, Skipped
from local.host import LocalPlatform

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(
    platform: LocalPlatform, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Doctor:
    def examine(*more: str, key: str = "merchant_test_key", **only: checks.Check) -> tuple[int, str]:
        monkeypatch.setenv("DOCTOR_KEY", credentials[key])
        monkeypatch.setenv("DOCTOR_PASSWORD", credentials["merchant_tenant_admin"]["password"])
        status = main(["--url", platform.url, *more], only or checks.CHECKS)
        return status, capsys.readouterr().out

    return examine


@pytest.fixture
def deployment(platform: LocalPlatform, credentials: dict[str, Any]) -> Deployment:
    return Deployment(platform.url, key=credentials["merchant_test_key"])


def test_a_sound_deployment_passes_every_check(
    doctor: Doctor, credentials: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "SLOW_MS", float("inf"))  # this machine may be busy
    monkeypatch.setattr(checks, "EVENT_SECONDS", 300.0)
    status, said = doctor("--email", credentials["merchant_tenant_admin"]["username"])
    assert status == 0, said
    assert "FAIL" not in said
    assert "9 fine, 0 wrong, 2 not checked" in said, "TLS and the APIs' own hosts are not of this machine"
    for name in ("sandbox", "webhooks", "mail", "signing in"):
        assert f"ok    {name}" in said


def test_without_credentials_it_says_what_it_needs(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = doctor(sign_in=checks.sign_in, webhooks=checks.webhooks, mail=checks.mail)
    assert status == 0
    assert said.count("skip") == 3
    assert "needs EMAIL and PASSWORD of a tenant's administrator" in said


def test_a_live_key_is_never_used(doctor: Doctor) -> None:
    status, said = doctor(key="merchant_live_key", sandbox=checks.sandbox)
    assert status == 1
    assert "KEY is not a key of the sandbox" in said


def test_a_part_that_does_not_answer_is_named(doctor: Doctor, platform: LocalPlatform) -> None:
    from batua import settings
    from batua.store import store

    with pytest.MonkeyPatch.context() as broken:
        broken.setenv("LEDGER_TABLE", "gone-astray")
        settings.reset_settings()
        store.reset_store()
        status, said = doctor(health=checks.health)
    settings.reset_settings()
    store.reset_store()
    assert status == 1
    assert "FAIL  health" in said
    assert "Where to look:" in said


def test_a_wrong_password_and_a_closed_port_are_told_apart(
    platform: LocalPlatform, credentials: dict[str, Any]
) -> None:
    user = credentials["viewer"]["username"]
    with pytest.raises(Broken, match="signing in answered 401"):
        checks.sign_in(Deployment(platform.url, email=user, password="not the password"))
    with pytest.raises(Broken, match="no connection"):
        checks.health(Deployment("http://127.0.0.1:1"))


def test_a_deployment_that_lets_anybody_in_is_found(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    class Opened:
        status_code = 200

    monkeypatch.setattr(Deployment, "call", lambda *_, **__: Opened())
    with pytest.raises(Broken, match="without a credential answered 200"):
        checks.refusals(deployment)


def test_a_host_that_answers_around_the_front_door_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer:
        status_code = 200

    deployment = Deployment("https://wallet.example.com", api_host="a1.execute-api.ap-south-1.amazonaws.com")
    monkeypatch.setattr(Deployment, "call", lambda *_, **__: Answer())
    with pytest.raises(Broken, match="went around the front door"):
        checks.back_door(deployment)
    Answer.status_code = 403
    assert "refuses" in checks.back_door(deployment)


def test_plain_http_elsewhere_is_refused_and_skipped_here(platform: LocalPlatform) -> None:
    with pytest.raises(Broken, match="not https"):
        checks.tls(Deployment("http://wallet.example.com"))
    with pytest.raises(Skipped):
        checks.tls(Deployment(platform.url))


def test_slow_answers_are_shown(deployment: Deployment) -> None:
    deployment.milliseconds["issue"] = [checks.SLOW_MS * 2]
    with pytest.raises(Broken, match=r"slow: issue 3000 ms"):
        checks.latency(deployment)
