"""Text messages to India carry the ids of their registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batua import settings
from batua.messages import sender
from batua.messages.branding import Branding
from batua.messages.model import Message, RenderedMessage
from batua.messages.texts import list_texts


class Topics:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def publish(self, **message: Any) -> None:
        self.sent.append(message)


@pytest.fixture
def topics(monkeypatch: pytest.MonkeyPatch) -> Iterator[Topics]:
    made = Topics()
    monkeypatch.setattr(sender, "client", lambda service: made)
    monkeypatch.setenv("SMS_ENTITY", "1101000000000000001")
    monkeypatch.setenv("SMS_TEMPLATES", "coins_issued=1107160000000000002,coins_redeemed=1107160000000000003")
    settings.reset_settings()
    yield made
    monkeypatch.undo()
    settings.reset_settings()


def attributes_of(topics: Topics, kind: str, to: str) -> dict[str, str]:
    branding = Branding.__new__(Branding)  # a text message has no letterhead
    sender.send_message(Message(kind, to, "sms"), RenderedMessage("A text"), branding)
    return {name: each["StringValue"] for name, each in topics.sent[-1]["MessageAttributes"].items()}


def test_a_registered_text_to_india_carries_both_ids(topics: Topics) -> None:
    known = attributes_of(topics, "coins_redeemed", "+919876543210")
    assert known["AWS.MM.SMS.EntityId"] == "1101000000000000001"
    assert known["AWS.MM.SMS.TemplateId"] == "1107160000000000003"


@pytest.mark.parametrize(("kind", "to"), [("coins_redeemed", "+971501234567"), ("reward_ready", "+919876543210")])
def test_other_countries_and_texts_that_are_not_registered_carry_neither(topics: Topics, kind: str, to: str) -> None:
    assert set(attributes_of(topics, kind, to)) == {"AWS.SNS.SMS.SMSType"}


def test_without_an_entity_neither_is_sent(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_ENTITY", "")
    settings.reset_settings()
    assert set(attributes_of(topics, "coins_redeemed", "+919876543210")) == {"AWS.SNS.SMS.SMSType"}


def test_the_texts_are_listed_by_the_kinds_that_a_registration_names() -> None:
    listed = dict(list_texts())
    assert listed["coins_issued"] == "You earned {coins} at {brand}. Your balance is {balance}."
    assert "coins_issued_hi" in listed
