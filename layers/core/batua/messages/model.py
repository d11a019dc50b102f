"""A message on its way: what kind it is, to whom, in whose name, and what it has to tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, get_args

SECURITY_NOTICE_REQUEST: Final = "security_notice_request"
"""Asks for a notice to every administrator of a tenant. Who they are is looked up where it is sent."""

CUSTOMER_CODE: Final = "customer_code"
"""A one-time code to a customer's phone."""

NOBODY: Final = "nobody"
"""In the values of a message that is not to be sent: it was handed in so that no answer tells who exists."""

ADDRESSEE: Final = "addressee"
"""As the reader of a mail: the user, if there is one, whose address it goes to."""

Channel = Literal["email", "sms", "web_push", "whatsapp"]
CHANNELS_OUT: Final[tuple[Channel, ...]] = get_args(Channel)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A checked file that goes along with a mail: its key in the bucket of files, its name and its type."""

    file: str
    name: str
    media: str


@dataclass(frozen=True, slots=True)
class Message:
    """`kind` names a template, `values` are what it has blanks for. `tenant` is in whose name it goes out."""

    kind: str
    to: str
    channel: Channel = "email"
    tenant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    attachment: AttachedFile | None = None
    reply_to: str | None = None
    """Where an answer to the mail goes; it then begins with a line to write above."""
    readers: tuple[str, ...] = ()
    """Users whose language it is written in: that of the first who has chosen one. `kind` is then the English one."""

    def as_text(self) -> str:
        return json.dumps(
            {
                "kind": self.kind,
                "to": self.to,
                "channel": self.channel,
                "tenant": self.tenant,
                "values": dict(self.values),
                **({"attachment": asdict(self.attachment)} if self.attachment else {}),
                **({"reply_to": self.reply_to} if self.reply_to else {}),
                **({"readers": self.readers} if self.readers else {}),
            }
        )

    @staticmethod
    def from_text(text: str) -> Message:
        """Raises ValueError or KeyError for what is no message."""
        content = json.loads(text)
        channel: Channel = next((each for each in CHANNELS_OUT if each == content["channel"]), "email")
        attachment_fields = content.get("attachment")
        attachment = (
            AttachedFile(attachment_fields["file"], attachment_fields["name"], attachment_fields["media"])
            if attachment_fields
            else None
        )
        return Message(
            content["kind"],
            content["to"],
            channel,
            content["tenant"],
            content["values"],
            attachment,
            content.get("reply_to"),
            tuple(content.get("readers", ())),
        )


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message written out. A text message has no subject and no HTML."""

    text: str
    subject: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """`link` labels a button to `{link}`; `code` shows `{code}` large; `sms` is the text message, if there is one."""

    subject: str
    before: tuple[str, ...]
    after: tuple[str, ...] = ()
    link: str | None = None
    code: bool = False
    sms: str | None = None
    whatsapp: tuple[str, ...] = ()
    """The values that fill the blanks of the template that WhatsApp has approved, in their order."""
    words: tuple[str, ...] = ()
    """In Hindi: the blanks that are filled with English words of our own, which are put into Hindi as well."""
    language: str = "en"
