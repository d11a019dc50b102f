"""The way out: SES for mail, SNS for text messages."""

from __future__ import annotations

from email.utils import formataddr
from typing import Any

from ..aws import client
from ..settings import settings
from .branding import Branding
from .model import Message, RenderedMessage


class NotConfigured(Exception):
    """The deployment has no address to send mail from."""


def send_message(message: Message, letter: RenderedMessage, branding: Branding) -> None:
    """Sends a message, once. Errors of the services are for the caller, who tries again."""
    if message.channel == "sms":
        _text(message.to, letter)
    else:
        _mail(message.to, letter, branding)


def _mail(to: str, letter: RenderedMessage, branding: Branding) -> None:
    sender = settings().mail_from
    if not sender:
        raise NotConfigured("MAIL_FROM is empty")
    client("sesv2").send_email(
        FromEmailAddress=formataddr((branding.name, sender)),
        Destination={"ToAddresses": [to]},
        Content={
            "Simple": {
                "Subject": {"Data": letter.subject, "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": letter.text, "Charset": "UTF-8"},
                    "Html": {"Data": letter.html, "Charset": "UTF-8"},
                },
            }
        },
    )


def _text(to: str, letter: RenderedMessage) -> None:
    # Transactional: delivered ahead of advertisements, and to numbers that have opted out of those.
    attributes: dict[str, Any] = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    if settings().sms_sender:
        attributes["AWS.SNS.SMS.SenderID"] = {"DataType": "String", "StringValue": settings().sms_sender}
    client("sns").publish(PhoneNumber=to, Message=letter.text, MessageAttributes=attributes)
