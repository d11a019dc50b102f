"""The way out: SES for mail, SNS for text messages."""

from __future__ import annotations

import json
from email.utils import formataddr
from typing import Any, Final

from .. import files
from ..aws import client
from ..settings import settings
from .branding import Branding
from .model import Message, RenderedMessage
from .templates import TEMPLATES, message_values

MAX_ATTACHMENT: Final = 7 * 1024 * 1024
"""Bytes; SES takes 40 MB, many mailboxes 10 MB after encoding."""


META_API_VERSION: Final = "v21.0"

AUTOMATIC_HEADERS: Final = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
"""Say that nobody wrote the mail, so that no absence note and no other program answers it (RFC 3834)."""


class NotConfigured(Exception):
    """The deployment has no address to send mail from."""


def send_message(message: Message, rendered: RenderedMessage, branding: Branding) -> None:
    """Sends a message, once. Errors of the services are for the caller, who tries again."""
    if message.channel == "whatsapp":
        _whatsapp(message, branding)
    elif message.channel == "sms":
        _send_sms(message, rendered)
    else:
        _send_email(message, rendered, branding)


def _send_email(message: Message, rendered: RenderedMessage, branding: Branding) -> None:
    sender = settings().mail_from
    if not sender:
        raise NotConfigured("MAIL_FROM is empty")
    content = (
        _with_file(message, rendered, formataddr((branding.name, sender)))
        if message.attachment
        else _simple_content(rendered)
    )
    client("sesv2").send_email(
        FromEmailAddress=formataddr((branding.name, sender)),
        Destination={"ToAddresses": [message.to]},
        Content=content,
        **({"ReplyToAddresses": [message.reply_to]} if message.reply_to else {}),
    )


def _simple_content(rendered: RenderedMessage) -> dict[str, Any]:
    return {
        "Simple": {
            "Subject": {"Data": rendered.subject, "Charset": "UTF-8"},
            "Body": {
                "Text": {"Data": rendered.text, "Charset": "UTF-8"},
                "Html": {"Data": rendered.html, "Charset": "UTF-8"},
            },
            "Headers": [{"Name": name, "Value": value} for name, value in AUTOMATIC_HEADERS.items()],
        }
    }


def _with_file(message: Message, rendered: RenderedMessage, sender: str) -> dict[str, Any]:
    """The mail as MIME. The role needs ses:SendRawEmail for it, besides ses:SendEmail."""
    from email.message import EmailMessage

    assert message.attachment is not None
    content = files.read_content(message.attachment.file, MAX_ATTACHMENT)
    if content is None or len(content) > MAX_ATTACHMENT:
        raise LookupError("the attached file is missing or too large")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, rendered.subject
    for name, value in AUTOMATIC_HEADERS.items():
        mail[name] = value
    mail.set_content(rendered.text)
    mail.add_alternative(rendered.html, subtype="html")
    main, _, sub = message.attachment.media.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=message.attachment.name)
    return {"Raw": {"Data": bytes(mail)}}


def _send_sms(message: Message, rendered: RenderedMessage) -> None:
    # Transactional: delivered ahead of advertisements, and to numbers that have opted out of those.
    attributes: dict[str, Any] = {"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}}
    if settings().sms_sender:
        attributes["AWS.SNS.SMS.SenderID"] = {"DataType": "String", "StringValue": settings().sms_sender}
    if message.to.startswith("+91"):
        attributes |= _dlt_registration(message.kind)
    client("sns").publish(PhoneNumber=message.to, Message=rendered.text, MessageAttributes=attributes)


def _whatsapp(message: Message, branding: Branding) -> None:
    """By a template that WhatsApp has approved: outside of a conversation nothing else may be sent.

    https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates
    """
    known = dict(each.split("=", 1) for each in settings().whatsapp_templates.split(",") if each)
    if not settings().whatsapp_sender or message.kind not in known:
        return
    name, _, language = known[message.kind].partition(":")
    values = message_values(message, branding)
    blanks = [{"type": "text", "text": values[each][:1_000]} for each in TEMPLATES[message.kind].whatsapp]
    content = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to,
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language or TEMPLATES[message.kind].language},
            "components": [{"type": "body", "parameters": blanks}] if blanks else [],
        },
    }
    client("socialmessaging").send_whatsapp_message(
        originationPhoneNumberId=settings().whatsapp_sender,
        message=json.dumps(content, ensure_ascii=False).encode(),
        metaApiVersion=META_API_VERSION,
    )


def _dlt_registration(kind: str) -> dict[str, Any]:
    """The ids by which Indian carriers recognize a registered text; both or neither.

    https://docs.aws.amazon.com/sns/latest/dg/channels-sms-senderid-india.html
    """
    known = dict(each.split("=", 1) for each in settings().sms_templates.split(",") if each)
    if not settings().sms_entity or kind not in known:
        return {}
    return {
        "AWS.MM.SMS.EntityId": {"DataType": "String", "StringValue": settings().sms_entity},
        "AWS.MM.SMS.TemplateId": {"DataType": "String", "StringValue": known[kind]},
    }
