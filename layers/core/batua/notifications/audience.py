"""Who is notified of an event, and the values for the notice's text. Reads; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .. import ids, phone
from ..customers.model import read_customer
from ..events.event import Event
from ..identity import users
from ..identity.roles import permissions
from ..identity.tenant import read_program
from ..identity.users import User
from ..ledger.model import Program
from ..messages.dates import written_date
from ..messages.hindi_words import in_hindi
from ..money import written_rupees
from ..store import keys as directory
from ..store import reward_keys, support_keys
from ..store.store import Record, Store
from ..support.access import SEES_TENANT
from ..support.model import Ticket, read_comment_record, read_ticket_record
from ..support.teams import load_teams
from .customer_texts import coin_word
from .notices import PRIORITY_WORDS, STAFF_STATUS_WORDS, STATUS_WORDS, Notice
from .preferences import Language

_EXCERPT = 500
_TIMES = ("due_at", "expires_at")
_RUPEES = ("amount", "requested_amount", "approved_amount", "credited_amount")
"""Amounts of the events of prefunds and balance requests. A dispute's may be of coins."""
_OF_ANY_TENANT = frozenset({"prefund.submitted", "prefund.settlement_failed", "dispute.raised"})
"""Events that the operator's people are told of, who have to know whose they are."""
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
            return self._who("requester_id")
        if notice.audience == "agents":
            return self._agents()
        if notice.audience in ("approvers", "redeemer"):
            return self._of_redemption(notice)
        if notice.audience == "buyer":
            return self._who("ordered_by")
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
        return self._who("redeemed_by")

    def _who(self, name: str) -> list[User]:
        """The user whom the event names. A customer has no inbox here: they see it on their own page."""
        id = str(self.event.data[name])
        user = users.load_user(self.store, self.event.tenant, id) if ids.is_id(id, "usr") else None
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

    def text(self, notice: Notice, language: Language) -> tuple[str, str]:
        """Title and body, filled in."""
        text, values = notice.texts[language], self.values(language)
        return text.title.format_map(values), text.body.format_map(values)

    def link(self, notice: Notice) -> str:
        """The page about it: its blanks are ids alone, which are the same in every language."""
        ids = {"ticket": self.event.subject, **self.event.data}
        return notice.link.format_map(ids)

    def values(self, language: Language) -> Mapping[str, str]:
        """What fills the blanks of a notice about this event."""
        data = {name: str(value) for name, value in self.event.data.items() if value is not None}
        ticket = self.ticket()
        if ticket is None:
            return {**data, **self._words(data, language)}
        status = str(self.event.data["status"])
        author, excerpt = self._comment(ticket)
        return {
            **data,
            "ticket": ticket.id,
            "subject": ticket.subject,
            "requester": ticket.requester_name,
            "tenant": ticket.tenant_name,
            "priority": PRIORITY_WORDS[language].get(ticket.priority, ticket.priority),
            "status": STATUS_WORDS[language].get(status, status),
            "staff_status": STAFF_STATUS_WORDS[language].get(status, status),
            "author": author,
            "excerpt": excerpt,
        }

    def _words(self, data: Mapping[str, str], language: Language) -> dict[str, str]:
        """Amounts with their unit, people and tenants by what they are known by, and times of the tenant's clock."""
        words: dict[str, str] = {}
        if self.event.type.startswith("dispute."):
            words |= self._disputed(data, language)
        else:
            words |= {name: written_rupees(data[name]) for name in _RUPEES if name in data}
        if "child_tenant_id" in data:
            words["child"] = self._tenant_name(data["child_tenant_id"])
        named = self.event.type in _OF_ANY_TENANT
        if named or "points" in data or "left" in data or any(name in _TIMES for name in data):
            record = self._tenant(self.event.tenant)
            if named:
                words["tenant"] = self._tenant_name(self.event.tenant)
            program = read_program(record["program"]) if record.get("program") else None
            zone = str(record.get("zone") or "Asia/Kolkata")
            words |= {name: written_date(data[name], zone, language) for name in _TIMES if name in data}
            if "points" in data:
                words["coins"] = _coins(data["points"], program, language)
                words["customer"] = self._customer(program, data["customer_id"], language)
            if "left" in data:
                words["title"] = self._reward_title(program.owner if program else self.event.tenant)
        if "left" in data:
            words["codes"] = counted_codes(data["left"], language)
        if "delivered" in data:
            words["cards"] = counted_cards(data["delivered"], data["quantity"], language)
        return words

    def _tenant(self, id: str) -> Record:
        key = directory.tenant_key(id)
        return self.store.read([key])[key] or {}

    def _tenant_name(self, id: str) -> str:
        return str(self._tenant(id).get("name") or id)

    def _customer(self, program: Program | None, id: str, language: Language) -> str:
        """The customer as a cashier recognises them: by the end of their number."""
        key = directory.customer_key(directory.scope("live", program.owner if program else self.event.tenant), id)
        record = self.store.read([key])[key]
        number = read_customer(record).phone if record else None
        return phone.masked(number) if number else {"en": "a customer", "hi": "एक ग्राहक"}[language]

    def _disputed(self, data: Mapping[str, str], language: Language) -> dict[str, str]:
        """What is in dispute and what was refunded, in the asset of the transaction, which the event leaves out."""
        key = directory.dispute_key("live", data["transaction_id"], data["dispute_id"])
        record = self.store.read([key])[key] or {}

        def written(amount: str) -> str:
            return written_rupees(amount) if record.get("asset", "INR") == "INR" else _coins(amount, None, language)

        return {"disputed": written(data["disputed_amount"]), "refunded": written(data["amount"])}

    def _reward_title(self, owner: str) -> str:
        key = reward_keys.reward_key(directory.scope("live", owner), self.event.subject)
        record = self.store.read([key])[key] or {}
        return str(record.get("title") or self.event.subject)

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


def _coins(amount: str, program: Program | None, language: Language) -> str:
    """A number of coins with their name, which is the program's own."""
    word = coin_word(amount, program) if program else "coin" if amount == "1" else "coins"
    return in_hindi(f"{amount} {word}", "UTC") if language == "hi" else f"{amount} {word}"


def counted_codes(left: str, language: Language) -> str:
    if language == "hi":
        return f"{left} कोड"
    return "1 code" if left == "1" else f"{left} codes"


def counted_cards(delivered: str, quantity: str, language: Language) -> str:
    if language == "hi":
        return f"{quantity} में से {delivered} कार्ड"
    return f"{delivered} of {quantity} {'card' if quantity == '1' else 'cards'}"
