"""Mails with documents, as they were sent."""

from __future__ import annotations

from typing import Any


def raw_mails(to: str) -> list[Any]:
    """The mails as MIME, as SES was given them."""
    from email import message_from_string

    from moto.ses.models import ses_backends

    backend = ses_backends["123456789012"]["ap-south-1"]
    found = [message_from_string(each.raw_data) for each in backend.sent_messages if hasattr(each, "raw_data")]
    return [mail for mail in found if mail["To"] == to]
