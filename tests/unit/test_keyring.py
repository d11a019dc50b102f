"""Signing keys rotate with overlap: published, then signing, withdrawn once nothing of them can be good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batua import clock
from batua.identity import keyring, secrets, tokens

NOW = 1_795_253_400_000
CLAIMS = {"sub": "usr_1", "typ": "access"}


@dataclass
class SecretsManager:
    """As Secrets Manager is: a version keeps its content."""

    contents: dict[str, str] = field(default_factory=lambda: {"verifier": '{"keys": {}}', "signing": '{"keys": {}}'})
    versions: dict[str, list[str]] = field(default_factory=lambda: {"verifier": ["v0"], "signing": ["s0"]})
    meanwhile: Callable[[], Any] | None = None
    """Runs once, after both secrets have been read."""

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - botocore's name
        answer = {"SecretString": self.contents[SecretId], "VersionId": self.versions[SecretId][-1]}
        if SecretId == "signing" and self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return answer

    def put_secret_value(self, SecretId: str, SecretString: str, ClientRequestToken: str) -> None:  # noqa: N803
        assert 32 <= len(ClientRequestToken) <= 64
        if ClientRequestToken in self.versions[SecretId]:
            raise ClientError({"Error": {"Code": "ResourceExistsException", "Message": ""}}, "PutSecretValue")
        self.contents[SecretId] = SecretString
        self.versions[SecretId].append(ClientRequestToken)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsManager]:
    manager = SecretsManager()
    names = SimpleNamespace(verifier_secret="verifier", signing_secret="signing")
    for module in (keyring, secrets):
        monkeypatch.setattr(module, "client", lambda _: manager)
        monkeypatch.setattr(module, "settings", lambda: names)
    monkeypatch.setattr(clock, "system", lambda: NOW)
    secrets.reset_secrets()
    keyring.ensure_keyring()
    yield manager
    secrets.reset_secrets()


def active() -> str:
    secrets.reset_secrets()
    return str(secrets.signing_secrets()["active"])


def test_a_new_deployment_gets_its_keys_once(kept: SecretsManager) -> None:
    before = dict(kept.contents)
    keyring.ensure_keyring()
    assert kept.contents == before
    assert secrets.signing_secrets()["seal"]
    assert len(secrets.verifier_secrets()["pepper"]) == 64


def test_nothing_happens_before_a_key_is_old() -> None:
    assert keyring.rotate_keyring(NOW + keyring.SIGN_DAYS * clock.DAY_MS - 1) == []


def test_a_key_is_published_first_and_signs_later() -> None:
    old, due = active(), NOW + keyring.SIGN_DAYS * clock.DAY_MS
    assert keyring.rotate_keyring(due) == ["published"]
    assert len(keyring.published_keys()) == 2
    assert active() == old
    assert keyring.rotate_keyring(due + keyring.SETTLE_MS - 1) == []
    assert keyring.rotate_keyring(due + keyring.SETTLE_MS) == ["signing"]
    assert active() != old
    assert list(secrets.signing_secrets()["keys"]) == [active()], "the old private half is gone"


@pytest.mark.parametrize("wait", [0, keyring.SETTLE_MS])
def test_of_two_rotations_at_once_one_takes_the_step(kept: SecretsManager, wait: int) -> None:
    """Else one would take the other's key off the published ones, and what that key signs would be refused."""
    if wait:
        keyring.rotate_keyring(NOW, at_once=True)
    taken: list[str] = []
    kept.meanwhile = lambda: taken.extend(keyring.rotate_keyring(NOW + wait, at_once=True))
    with pytest.raises(ClientError, match="ResourceExistsException"):
        keyring.rotate_keyring(NOW + wait, at_once=True)
    assert taken == (["signing"] if wait else ["published"])
    keyring.rotate_keyring(NOW + wait + keyring.SETTLE_MS)
    assert active() in {key["kid"] for key in keyring.published_keys()}
    assert tokens.verify_token(tokens.sign_token(CLAIMS))["sub"] == "usr_1"
    assert len(keyring.published_keys()) == 2


def test_what_a_retired_key_signed_stays_good_for_as_long_as_api_keys_live() -> None:
    token = tokens.sign_token(CLAIMS)
    keyring.rotate_keyring(NOW, at_once=True)
    keyring.rotate_keyring(NOW + keyring.SETTLE_MS)
    assert tokens.verify_token(token)["sub"] == "usr_1"
    assert tokens.verify_token(tokens.sign_token(CLAIMS))["sub"] == "usr_1"
    retired = NOW + keyring.SETTLE_MS
    last = retired + keyring.API_KEY_DAYS * clock.DAY_MS
    assert "withdrawn" not in keyring.rotate_keyring(last - 1)
    assert tokens.verify_token(token)
    assert "withdrawn" in keyring.rotate_keyring(last)
    with pytest.raises(tokens.TokenRefused):
        tokens.verify_token(token)


def test_a_key_that_got_out_can_be_withdrawn_once_another_signs() -> None:
    token, old = tokens.sign_token(CLAIMS), active()
    with pytest.raises(ValueError, match="active"):
        keyring.revoke_signing_key(old)
    keyring.rotate_keyring(NOW, at_once=True)
    keyring.rotate_keyring(NOW + keyring.SETTLE_MS)
    keyring.revoke_signing_key(old)
    with pytest.raises(tokens.TokenRefused):
        tokens.verify_token(token)


def test_a_token_that_was_good_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature is not verified again; its time is looked at every time."""
    token = tokens.sign_token(CLAIMS, seconds=60)
    expiry = tokens.verify_token(token)["exp"]
    monkeypatch.setattr("batua.identity.tokens.time.time", lambda: expiry - 1)
    assert tokens.verify_token(token)["sub"] == "usr_1"
    monkeypatch.setattr("batua.identity.tokens.time.time", lambda: expiry)
    with pytest.raises(tokens.TokenRefused, match="expired"):
        tokens.verify_token(token)


def test_what_a_caller_does_with_the_claims_of_a_token_is_not_seen_by_the_next() -> None:
    token = tokens.sign_token(CLAIMS)
    tokens.verify_token(token)["sub"] = "usr_2"
    assert tokens.verify_token(token)["sub"] == "usr_1"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_differs_from_a_good_one_is_verified_itself(part: int) -> None:
    token = tokens.sign_token(CLAIMS)
    tokens.verify_token(token)
    parts = token.split(".")
    parts[part] = ("A" if parts[part][5] != "A" else "B").join((parts[part][:5], parts[part][6:]))
    with pytest.raises(tokens.TokenRefused):
        tokens.verify_token(".".join(parts))


def test_the_published_keys_hold_no_secret() -> None:
    keyring.rotate_keyring(NOW, at_once=True)
    keyring.rotate_keyring(NOW + keyring.SETTLE_MS)
    for key in keyring.published_keys():
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
