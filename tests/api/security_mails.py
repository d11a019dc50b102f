"""Mails to a tenant's administrators about changes of who can get in."""

from __future__ import annotations

from local.host import LocalPlatform
from local.outbox import Outbox


def mails(platform: LocalPlatform, to: str, subject: str) -> list[str]:
    platform.embedded_aws.drain()
    return [message.body for message in Outbox().messages(to, "email") if subject in message.subject]
