"""What the platform has sent: mail (SES) and text messages (SNS) that the embedded AWS keeps instead of sending them.

`/local/outbox` lists them, newest first; `/local` says where everything is. Neither route exists on AWS.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from html import escape
from typing import Any
from urllib.parse import parse_qs

from local.model import ACCOUNT, REGION
from local.server import Request, Response

_HTML = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]


@dataclass(frozen=True)
class OutgoingMessage:
    """`channel` is `email` or `sms`; `to` holds addresses or one E.164 number; `time` is ISO 8601 UTC."""

    id: str
    channel: str
    to: list[str]
    sender: str
    subject: str
    body: str
    time: str


class _Stamps:
    """When each message was sent: moto's records don't say."""

    def __init__(self) -> None:
        self._order: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def note(self, message_id: str) -> None:
        with self._lock:
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            self._order.setdefault(message_id, (len(self._order), now))

    def of(self, message_id: str) -> tuple[int, str]:
        self.note(message_id)
        return self._order[message_id]


_STAMPS = _Stamps()
"""One for the process: moto's backends are shared, and each message is stamped once."""


class _StampedMail(list[Any]):
    def __init__(self, known: list[Any], note: Callable[[str], None]) -> None:
        super().__init__(known)
        self._note = note

    def append(self, message: Any) -> None:
        self._note(message.id)
        super().append(message)


class _StampedTexts(OrderedDict[str, Any]):
    note: Callable[[str], None] | None = None

    def __setitem__(self, message_id: str, message: Any) -> None:
        if self.note:
            self.note(message_id)
        super().__setitem__(message_id, message)


class Outbox:
    """Reads moto's SES and SNS backends of this process; empty as long as there is no embedded AWS."""

    def __init__(self, links: dict[str, str] | None = None) -> None:
        self._stamps = _STAMPS
        self._links = links or {}
        self.watch()

    def watch(self) -> None:
        """Has messages stamped from now on; again after a reset, when moto has made new backends."""
        for ses, sns in self._backends():
            if not isinstance(ses.sent_messages, _StampedMail):
                ses.sent_messages = _StampedMail(ses.sent_messages, self._stamps.note)
            if not isinstance(sns.sms_messages, _StampedTexts):
                texts = _StampedTexts(sns.sms_messages)
                texts.note = self._stamps.note
                sns.sms_messages = texts

    def messages(self, to: str | None = None, channel: str | None = None) -> list[OutgoingMessage]:
        """Newest first. `to` matches one whole address or number."""
        self.watch()
        found = [message for ses, sns in self._backends() for message in (*self._mail(ses), *self._texts(sns))]
        found = [
            message
            for message in found
            if (channel is None or message.channel == channel)
            and (to is None or to.strip().lower() in (address.lower() for address in message.to))
        ]
        return sorted(found, key=lambda message: self._stamps.of(message.id), reverse=True)

    def clear(self) -> None:
        for ses, sns in self._backends():
            ses.sent_messages.clear()
            sns.sms_messages.clear()

    def page(self, request: Request) -> Response | None:
        """The local routes; None for every other path."""
        if request.path == "/local" and request.method in ("GET", "HEAD"):
            return Response(200, _HTML, self._index().encode())
        if request.path != "/local/outbox":
            return None
        if request.method == "DELETE":
            self.clear()
            return Response(204, [])
        if request.method not in ("GET", "HEAD"):
            return None
        query = parse_qs(request.query)
        # A number's plus sign is often sent as it is, which a query reads as a blank.
        to = query.get("to", [""])[0].replace(" ", "+") or None
        messages = self.messages(to, query.get("channel", [""])[0] or None)
        if "text/html" in (request.header("accept") or ""):
            return Response(200, _HTML, _messages_page(messages).encode())
        return Response.json(200, {"messages": [asdict(message) for message in messages]})

    @staticmethod
    def _backends() -> list[tuple[Any, Any]]:
        if "moto" not in sys.modules:
            return []
        from moto.backends import get_backend

        return [(get_backend("ses")[ACCOUNT][REGION], get_backend("sns")[ACCOUNT][REGION])]

    def _mail(self, ses: Any) -> list[OutgoingMessage]:
        return [self._letter(message) for message in list(ses.sent_messages)]

    def _letter(self, message: Any) -> OutgoingMessage:
        destinations = message.destinations
        if isinstance(destinations, dict):
            destinations = [address for addresses in destinations.values() for address in addresses or []]
        subject, body = getattr(message, "subject", ""), getattr(message, "body", "")
        if raw := getattr(message, "raw_data", None):
            parsed = message_from_string(raw, _class=EmailMessage, policy=policy.default)
            text = parsed.get_body(("plain", "html"))
            subject, body = str(parsed["subject"] or ""), text.get_content() if text else ""
        elif hasattr(message, "template"):
            template = message.template
            subject = template[0] if isinstance(template, list) else str(template)
            body = str(getattr(message, "template_data", ""))
        _, time = self._stamps.of(message.id)
        return OutgoingMessage(message.id, "email", list(destinations), message.source, subject, body, time)

    def _texts(self, sns: Any) -> list[OutgoingMessage]:
        return [
            OutgoingMessage(message_id, "sms", [number], "", "", text, self._stamps.of(message_id)[1])
            for message_id, (number, text) in list(sns.sms_messages.items())
        ]

    def _index(self) -> str:
        items = "".join(f'<li><a href="{escape(to)}">{escape(name)}</a></li>' for name, to in self._links.items())
        credentials = "<p>Credentials of the seeded tenants and keys: <code>.local/credentials.json</code></p>"
        return _document("Batua on this machine", f"<ul>{items}</ul>{credentials}")


def _messages_page(messages: list[OutgoingMessage]) -> str:
    articles = "".join(
        f"<article><h2>{escape(message.subject or message.channel)}</h2>"
        f"<p>{escape(message.channel)} to {escape(', '.join(message.to))}, {escape(message.time)}</p>"
        f"{_body_html(message.body)}</article>"
        for message in messages
    )
    return _document("Outbox", articles or "<p>Nothing has been sent yet.</p>")


def _document(title: str, content: str) -> str:
    style = (
        "body{font:16px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}pre{white-space:pre-wrap}"
        "iframe{width:100%;height:24rem;border:1px solid #ccc;border-radius:8px}"
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    body = f"<h1>{escape(title)}</h1>{content}"
    return f'<!doctype html><html lang="en"><head>{head}<style>{style}</style></head><body>{body}</body></html>'


def _body_html(body: str) -> str:
    """The body as its reader sees it. HTML stays in a frame of its own, without scripts and this page's origin."""
    if body.lstrip().lower().startswith(("<!doctype html", "<html")):
        return f'<iframe sandbox="allow-popups" srcdoc="{escape(body)}" title="The mail"></iframe>'
    return f"<pre>{escape(body)}</pre>"
