"""Who is notified of an event, and the values for the notice's text. Reads; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .. import ids
from ..events.event import Event
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import User
from ..store import keys as directory
from ..store import support_keys
from ..store.store import Store
from ..support.access import SEES_TENANT
from ..support.model import Ticket, read_comment_record, read_ticket_record
from ..support.teams import load_teams
from .notices import STATUS_WORDS, Notice
from .preferences import Language

_EXCERPT = 500
_PERMISSIONS = {
    "staff": "platform:review",
    "deciders": "prefund:decide",
    "finance": "prefund:request",
    "parent": "gateway:write",
    "child": "gateway:write",
    "admins": "tenant:admin",
}


@dataclass(slots=True)
class NoticeContext:
    """An event with what has to be read to tell of it, each thing once."""

    store: Store
    event: Event
    _people: dict[str, list[User]] = field(default_factory=dict)
    _operator: str | None = None
    _ticket: Ticket | None = None
    _excerpt: str | None = None

    def recipients(self, notice: Notice) -> list[User]:
        """Active people, without the one who did it."""
        actor = self.event.data.get("by")
        return [user for user in self._addressed(notice) if user.status == "active" and user.id != actor]

    def _addressed(self, notice: Notice) -> Iterable[User]:
        event = self.event
        if notice.audience == "requester":
            requester = str(event.data["requester_id"])
            # A customer has no inbox here: they read their ticket on their own page.
            user = users.load_user(self.store, event.tenant, requester) if ids.is_id(requester, "usr") else None
            return [user] if user else []
        if notice.audience == "agents":
            return self._agents()
        if notice.audience in ("approvers", "redeemer"):
            return self._of_redemption(notice)
        if notice.audience == "buyer":
            buyer = users.load_user(self.store, event.tenant, str(event.data["ordered_by"]))
            return [buyer] if buyer else []
        tenant = event.tenant
        if notice.audience == "parent":
            tenant = event.parties[0]
        elif notice.audience in ("staff", "deciders"):
            tenant = self._operators_tenant()
        return self._holding(tenant, _PERMISSIONS[notice.audience])

    def _of_redemption(self, notice: Notice) -> Iterable[User]:
        data, tenant = self.event.data, self.event.tenant
        if notice.audience == "approvers":
            return self._holding(tenant, "tenant:admin") if data["status"] == "pending" else []
        if data["settlement_transaction_id"] == data["transaction_id"]:
            return []  # handed over at once: who redeemed it has it
        user = users.load_user(self.store, tenant, str(data["redeemed_by"]))
        return [user] if user else []

    def _agents(self) -> list[User]:
        ticket = self.ticket()
        if ticket is None:
            return []
        staff = self._holding(ticket.operator, SEES_TENANT if ticket.from_customer else "platform:review")
        if self.event.data["by_type"] == "staff" and self.event.type != "ticket.assigned":
            return []  # what one of them did, they see
        assigned = [user for user in staff if user.id == ticket.assignee]
        if assigned or ticket.team is None:
            return assigned if assigned or self.event.type == "ticket.assigned" else staff
        team = load_teams(self.store).get(ticket.team)
        members = [user for user in staff if team is not None and user.id in team.members]
        return members or staff

    def _holding(self, tenant: str, permission: str) -> list[User]:
        if tenant not in self._people:
            self._people[tenant] = users.list_tenant_users(self.store, tenant)
        return [user for user in self._people[tenant] if permission in permissions(user.roles)]

    def _operators_tenant(self) -> str:
        if self._operator is None:
            key = directory.platform_key()
            record = self.store.read([key])[key] or {}
            self._operator = str(record["operator"])
        return self._operator

    def ticket(self) -> Ticket | None:
        """The ticket that a `ticket.*` event is about, as it is now."""
        if self._ticket is None and self.event.type.startswith("ticket."):
            key = support_keys.ticket_key(self.event.subject)
            record = self.store.read([key])[key]
            self._ticket = read_ticket_record(record) if record else None
        return self._ticket

    def values(self, language: Language) -> Mapping[str, str]:
        """What fills the blanks of a notice about this event."""
        data = {name: str(value) for name, value in self.event.data.items() if value is not None}
        ticket = self.ticket()
        if ticket is None:
            return data
        status = str(self.event.data["status"])
        author, excerpt = self._comment(ticket)
        return {
            **data,
            "ticket": ticket.id,
            "subject": ticket.subject,
            "requester": ticket.requester_name,
            "tenant": ticket.tenant_name,
            "priority": ticket.priority,
            "status": STATUS_WORDS[language].get(status, status),
            "raw_status": status.replace("_", " "),
            "author": author,
            "excerpt": excerpt,
        }

    def _comment(self, ticket: Ticket) -> tuple[str, str]:
        """Author and beginning of the public comment; the key of an internal one is never read here."""
        comment = self.event.data.get("comment_id")
        if comment is None:
            return "", ""
        key = support_keys.ticket_comment_key(ticket.id, str(comment), internal=False)
        record = self.store.read([key])[key]
        if record is None:
            return "", ""
        found = read_comment_record(record)
        body = " ".join(found.body.split())
        return found.by_name, body if len(body) <= _EXCERPT else f"{body[:_EXCERPT]}…"
