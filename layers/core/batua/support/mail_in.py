"""Mail that comes in: a reply to a ticket's mail becomes a comment on the ticket.

The address that a mail is answered to is signed for one ticket and one person. Mail to any other address, from somebody
else, or sent by a machine changes nothing and is answered by nothing: an answer could begin a loop, or tell strangers
who is here. What happened is counted and logged by name, never with a text or an address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any, Final, Literal

from .. import errors, ids
from ..api.limits import Limiter
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import User
from ..settings import settings
from ..store import support_keys as keys
from ..store.store import Store
from ..tenants.profile import MAX_DOCUMENTS
from .access import SEES_TENANT
from .conversation import commented
from .links import ReplyAddress, is_reply_tag, read_reply_address
from .mail_files import attach_mail_files
from .mail_text import reply_text
from .model import Comment, Ticket, read_ticket_record
from .tickets import follow_up_by_mail
from .writing import RequestRepeated, SupportRequest, TicketActor, change_ticket

MailOutcome = Literal[
    "commented",
    "opened",
    "repeated",
    "unreadable",
    "no_ticket",
    "automatic",
    "unwanted",
    "wrong_sender",
    "empty",
    "closed",
    "too_many",
]
"""`opened`: the ticket is closed, so the reply has opened a follow-up. Whatever is below has changed nothing."""

MAILS_PER_MINUTE: Final = 10
"""On one ticket by one person: a loop that looks like a person ends here."""

_SENDER_LIMIT: Final = Limiter(allowance=2)
_AUTOMATIC_PRECEDENCE: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_AUTOMATIC_HEADERS: Final = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Loop", "Feedback-ID")
_AUTOMATIC_SENDERS: Final = ("mailer-daemon@", "postmaster@", "no-reply@", "noreply@", "bounce@", "bounces@")
_AUTOMATIC_SUBJECTS: Final = ("out of office", "automatic reply", "auto reply", "autoreply", "auto:", "undeliverable")


@dataclass(frozen=True, slots=True)
class _Writer:
    """The person a reply address was made for."""

    user: User
    actor: TicketActor


def receive_mail(store: Store, raw: bytes, now: int) -> MailOutcome:
    """Takes in one mail, as SES has stored it. The same mail again changes nothing."""
    mail = _parse_mail(raw)
    if mail is None:
        return "unreadable"
    address = _reply_address(mail)
    ticket = _ticket(store, address.ticket) if address else None
    if address is None or ticket is None:
        return "no_ticket"
    if is_automatic(mail):
        return "automatic"
    if _is_unwanted(mail):
        return "unwanted"
    writer = _writer(store, ticket, address)
    if writer is None or not _is_from(mail, writer.user):
        return "wrong_sender"
    try:
        _SENDER_LIMIT.take(store, f"mail-{address.ticket}-{writer.user.id}", MAILS_PER_MINUTE, now)
    except errors.Problem:
        return "too_many"
    return _add_mail(store, mail, raw, ticket, writer, now)


def _add_mail(store: Store, mail: EmailMessage, raw: bytes, ticket: Ticket, writer: _Writer, now: int) -> MailOutcome:
    ticket = _where_it_went(store, ticket)
    name = str(mail.get("Message-ID") or hashlib.sha256(raw).hexdigest())
    request = SupportRequest(ids.derived_id("srq", "mail", ticket.id, writer.user.id, name), ids.derived_id("fp", name))
    text = reply_text(mail)
    try:
        request.require_first(store)
        attached, left_out = attach_mail_files(store, mail, writer.user, ids.derived_id("mail", name), now)
        body = "\n\n".join(part for part in (text, _told_of(left_out)) if part)
        if not body and not attached:
            return "empty"
        if ticket.status == "closed":
            if writer.actor.side == "staff":
                return "closed"
            follow_up_by_mail(store, ticket, writer.actor, body or "(see the attachments)", attached, request, now)
            return "opened"
        comment = Comment(
            id=ids.new_id("cmt", now),
            ticket=ticket.id,
            internal=False,
            side=writer.actor.side,
            by=writer.actor.id,
            by_name=writer.actor.name,
            body=body or "(see the attachments)",
            at=now,
            attachments=attached,
        )
        change_ticket(store, ticket, lambda seen: commented(writer.actor, seen, comment, request), request=request)
    except RequestRepeated:
        return "repeated"
    except errors.Problem:
        return "closed"  # it was closed, or reached its limit of comments, while the mail was read
    return "commented"


def _parse_mail(raw: bytes) -> EmailMessage | None:
    try:
        mail: Any = message_from_bytes(raw, policy=policy.default)
        # Headers are parsed when they are read: one that cannot be is found here.
        _ = [str(mail[name]) for name in ("From", "To", "Cc", "Subject", "Message-ID")]
    except (ValueError, LookupError, TypeError, IndexError, AttributeError):
        return None
    return mail if isinstance(mail, EmailMessage) else None


def _reply_address(mail: EmailMessage) -> ReplyAddress | None:
    """The first of the addresses that the mail went to that is one of ours."""
    found = _addresses(mail, "Delivered-To", "X-Original-To", "To", "Cc")
    return next((ours for each in found if (ours := read_reply_address(each)) is not None), None)


def _addresses(mail: EmailMessage, *names: str) -> Iterable[str]:
    values = [str(value) for name in names for value in mail.get_all(name, [])]
    return [address for _, address in getaddresses(values) if address]


def is_automatic(mail: EmailMessage) -> bool:
    """Sent by a machine: an absence note, a bounce, a list, a mail of ours that came back (RFC 3834)."""
    if str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower() != "no":
        return True
    if str(mail.get("Precedence", "")).strip().lower() in _AUTOMATIC_PRECEDENCE:
        return True
    if any(name in mail for name in _AUTOMATIC_HEADERS) or mail.get_content_type() == "multipart/report":
        return True
    if str(mail.get("Return-Path", "")).strip() == "<>":
        return True
    sender = next(iter(_addresses(mail, "From")), "").lower()
    ours = settings().mail_from.lower()
    if not sender or sender == ours or sender.startswith(_AUTOMATIC_SENDERS) or read_reply_address(sender):
        return True
    return str(mail.get("Subject", "")).strip().lower().startswith(_AUTOMATIC_SUBJECTS)


def _is_unwanted(mail: EmailMessage) -> bool:
    """What SES found, in the headers that it puts first: a later one of the same name is the sender's own."""
    verdicts = [str(mail.get(name, "")).strip().upper() for name in ("X-SES-Spam-Verdict", "X-SES-Virus-Verdict")]
    checked = str(mail.get("Authentication-Results", "")).lower()
    return "FAIL" in verdicts or "dmarc=fail" in checked.replace(" ", "")


def _writer(store: Store, ticket: Ticket, address: ReplyAddress) -> _Writer | None:
    """The person whom the address was made for, as they are now: still active, and still staff where they were."""
    requester = None if ticket.from_customer else users.load_user(store, ticket.tenant, ticket.requester)
    if requester is not None and is_reply_tag(ticket.id, requester.id, address.tag):
        active = requester.status == "active"
        return _Writer(requester, TicketActor("customer", requester.id, requester.name)) if active else None
    for user in users.list_tenant_users(store, ticket.operator):
        if is_reply_tag(ticket.id, user.id, address.tag):
            needed = SEES_TENANT if ticket.from_customer else "platform:review"
            active = user.status == "active" and needed in permissions(user.roles)
            return _Writer(user, TicketActor("staff", user.id, user.name)) if active else None
    return None


def _is_from(mail: EmailMessage, user: User) -> bool:
    """A mail that was passed on gives its address to others; only the person's own mailbox speaks for them."""
    senders = list(_addresses(mail, "From"))
    return len(senders) == 1 and bool(user.email) and _normal(senders[0]) == _normal(user.email)


def _normal(address: str) -> str:
    try:
        return users.normal_email(address)
    except (ValueError, errors.Problem):
        return ""


def _ticket(store: Store, id: str) -> Ticket | None:
    key = keys.ticket_key(id)
    record = store.read([key])[key]
    return read_ticket_record(record) if record else None


def _where_it_went(store: Store, ticket: Ticket) -> Ticket:
    """The ticket that a merged one goes on in, where the same person opened both."""
    for _ in range(5):
        target = _ticket(store, ticket.merged_into) if ticket.merged_into else None
        if target is None or target.requester != ticket.requester:
            return ticket
        ticket = target
    return ticket


def _told_of(left_out: Iterable[str]) -> str:
    named = ", ".join(left_out)
    return (
        f"[Left out: {named}. PDF, PNG, JPEG and WebP files of up to 10 MB can be attached, five at a time, while the "
        f"sender's tenant has fewer than {MAX_DOCUMENTS} documents.]"
        if named
        else ""
    )
