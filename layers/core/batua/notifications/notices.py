"""Which events people are notified of, who they are, and in what words. The texts are in `notices.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from .preferences import Language, NotificationCategory

NoticeAudience = Literal[
    "requester",
    "agents",
    "staff",
    "deciders",
    "finance",
    "parent",
    "child",
    "admins",
    "approvers",
    "redeemer",
    "buyer",
]
"""Of a ticket, the requester, and the agents: its assignee, else all staff. Of the operator, the staff, and the
deciders of prefunds. Of tenants, the finance people who ask for prefunds, those of a parent or child who act on balance
requests, and the administrators. Of a redemption, the administrators where it waits for them (the approvers), and the
user who redeemed, where it was not handed over at once. Of a marketplace order, the user who made it (the buyer).
"""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Title and body, with blanks such as `{subject}`."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Notice:
    """`mail`: whether mail and text messages go out too; some workflows write their own mail.

    `link` is the portal's page about it, with blanks; a page that everybody of the audience may open.
    """

    name: str
    audience: NoticeAudience
    category: NotificationCategory
    texts: Mapping[Language, NoticeText]
    link: str
    mail: bool = True


_STATUSES_HI: Final = {
    "new": "नया",
    "open": "खुला",
    "pending": "आपके जवाब का इंतज़ार",
    "on_hold": "रुका हुआ",
    "resolved": "हल हो गया",
    "closed": "बंद",
}
_STATUSES_EN: Final = {
    "new": "new",
    "open": "open",
    "pending": "waiting for your reply",
    "on_hold": "on hold",
    "resolved": "resolved",
    "closed": "closed",
}
STATUS_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {"en": _STATUSES_EN, "hi": _STATUSES_HI}
"""A ticket's status as its requester reads it."""
STAFF_STATUS_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {**_STATUSES_EN, "pending": "waiting for the requester"},
    "hi": {**_STATUSES_HI, "pending": "पूछने वाले के जवाब का इंतज़ार"},
}
"""A ticket's status as those who work on it read it."""
PRIORITY_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"},
    "hi": {"low": "कम", "normal": "सामान्य", "high": "ऊँची", "urgent": "तुरंत"},
}


def _read_notices() -> dict[str, tuple[Notice, ...]]:
    content = json.loads(Path(__file__).with_name("notices.json").read_text(encoding="utf-8"))
    return {event: tuple(map(_notice, rows)) for event, rows in content.items()}


def _notice(row: dict[str, Any]) -> Notice:
    texts = {language: NoticeText(*row[language]) for language in STATUS_WORDS}
    return Notice(row["name"], row["audience"], row["category"], texts, row["link"], row.get("mail", True))


NOTICES: Final[Mapping[str, tuple[Notice, ...]]] = _read_notices()
"""Event type -> who is notified of it, and in what words: the content of `notices.json`."""
