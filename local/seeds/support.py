"""Seed data of support: tickets of a network for the sample events to act upon, and a canned response."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local.seeds.rewards import PHONE
from local.seeds.writing import DAY_MS, fixed_id, write_missing


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing. Returns the samples."""
    from batua.store import support_keys as keys
    from batua.store.writes import ABSENT, Put

    canned = fixed_id("cnr", "order number")
    text = "Hello {{customer_name}},\n\nwhich order is {{ticket_subject}} about?"
    item = {"title": "Ask for the order number", "body": text, "cat": "transaction", "upd": tenants.now, "by": "seed"}
    write_missing([Put(keys.canned_response_key(canned), item, when=ABSENT)])
    return {
        "ticket_id": _ticket(tenants, "Coins of a refunded bill are still there", "open"),
        "resolved_ticket_id": _ticket(tenants, "Where do I find the monthly statement?", "resolved"),
        "push_device_id": _push_device(tenants),
        "my_ticket_id": _customer_ticket(tenants, "Coins of yesterday's bill are missing", "new"),
        "my_resolved_ticket_id": _customer_ticket(tenants, "Can I use my coins in the café too?", "resolved"),
        "duplicate_ticket_id": _ticket(tenants, "Refunded bill, asked again", "open"),
        "rating_token": _rating_token(tenants),
        "canned_response_id": canned,
        **_notifications(tenants),
    }


def _customer_ticket(tenants: Any, subject: str, status: Any) -> str:
    """A ticket of a customer with the first merchant, which takes them."""
    from batua.customers.model import customer_id_by_phone
    from batua.store import keys, support_keys
    from batua.store.writes import ABSENT, Put
    from batua.support.model import Ticket, TicketStep, step_put, ticket_item

    customer = customer_id_by_phone(keys.scope("live", tenants.network.id), tenants.network.id, PHONE)
    opened = tenants.now - DAY_MS
    ticket = Ticket(
        id=fixed_id("tkt", subject),
        tenant=tenants.kaveri.id,
        tenant_name=tenants.kaveri.name,
        operator=tenants.kaveri.id,
        requester=customer,
        requester_name="•••• 3210",
        subject=subject,
        description=f"{subject}. I was at the shop yesterday at six.",
        category="transaction",
        priority="normal",
        status=status,
        created_at=opened,
        updated_at=opened,
        status_since=opened,
        from_customer=True,
    )
    opening = TicketStep("created", "customer", customer, ticket.requester_name, opened, after="new")
    desk = Put(support_keys.customer_desk_key(tenants.kaveri.id), {"on": True, "version": 1}, when=ABSENT)
    write_missing([Put(ticket.key, ticket_item(ticket), when=ABSENT), step_put(ticket, opening), desk])
    return ticket.id


def _push_device(tenants: Any) -> str:
    from batua import ids
    from batua.notifications.push_devices import PushDevice, PushDevices, load_push_devices
    from batua.store.store import store

    user, endpoint = fixed_id("usr", "newcomer"), "https://fcm.googleapis.com/fcm/send/seeded"
    id = ids.derived_id("psh", user, endpoint)
    known = load_push_devices(store(), user)
    receiver = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    device = PushDevice(id, endpoint, receiver, "BTBZMqHH6r4Tts7J_aSIgg", tenants.now, "Firefox")
    if not known.devices:
        store().write(known.put(user, PushDevices((device,))))
    return id


def _rating_token(tenants: Any) -> str:
    from batua.support.links import RATING_LINK_MS, rating_token

    ticket = fixed_id("tkt", "Where do I find the monthly statement?")
    return rating_token(ticket, tenants.now + RATING_LINK_MS)


def _notifications(tenants: Any) -> dict[str, str]:
    """A notification of the network's administrator, and two messages of the operator."""
    from batua import ids
    from batua.notifications.admin_messages import AdminMessage, admin_message_item
    from batua.notifications.model import Notification, NotificationHead, notification_item, numbered_id
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    user, ticket = fixed_id("usr", "tenant_admin"), fixed_id("tkt", "Where do I find the monthly statement?")
    notification = Notification(
        id=numbered_id(1, user, "seed"),
        user=user,
        type="ticket.commented",
        category="support",
        title="Reply to your ticket: Where do I find the monthly statement?",
        body="Joseph Fernandes: Thank you for writing. We are looking into it.",
        link=None,
        reference=ticket,
        group=f"answered#ticket.commented#{ticket}",
        at=tenants.now - DAY_MS,
    )
    head = NotificationHead().put(user, NotificationHead(number=1))
    place = notification.key
    if store().read([place])[place] is None:
        write_missing([Put(place, notification_item(notification), when=ABSENT), head])
    made = []
    for number, title in enumerate(("Welcome to Batua", "Reports are faster now")):
        at = tenants.operator.joined_at + (400 - 2 - number) * DAY_MS
        message = AdminMessage(
            id=ids.dated_id("amsg", at, title),
            title=title,
            body="Write to us at any time: open a ticket.",
            severity="info",
            link=None,
            roles=(),
            tenants=(),
            publish_at=at,
            by=fixed_id("usr", "operator"),
            made_at=at,
        )
        made.append(message)
    there = store().read([message.key for message in made])
    write_missing(Put(each.key, admin_message_item(each), when=ABSENT) for each in made if there[each.key] is None)
    return {
        "notification_id": notification.id,
        "admin_message_id": made[0].id,
        "old_admin_message_id": made[1].id,
    }


def _ticket(tenants: Any, subject: str, status: Any) -> str:
    from batua.store.writes import ABSENT, Put
    from batua.support.model import Comment, Ticket, TicketStep, comment_put, step_put, ticket_item

    requester, staff = fixed_id("usr", "tenant_admin"), fixed_id("usr", "staff")
    opened, answered = tenants.now - 2 * DAY_MS, tenants.now - DAY_MS
    ticket = Ticket(
        id=fixed_id("tkt", subject),
        tenant=tenants.network.id,
        tenant_name=tenants.network.name,
        operator=tenants.operator.id,
        requester=requester,
        requester_name="Asha Kulkarni",
        subject=subject,
        description=f"{subject}. Could you have a look?",
        category="transaction",
        priority="normal",
        status=status,
        created_at=opened,
        updated_at=answered,
        status_since=answered,
        assignee=staff,
        assignee_name="Joseph Fernandes",
        comments=1,
        version=2,
    )
    comment = Comment(
        id=fixed_id("cmt", subject),
        ticket=ticket.id,
        internal=False,
        side="staff",
        by=staff,
        by_name="Joseph Fernandes",
        body="Thank you for writing. We are looking into it.",
        at=answered,
    )
    answer = TicketStep("commented", "staff", staff, "Joseph Fernandes", answered, before="new", after=status)
    opening = TicketStep("created", "customer", requester, "Asha Kulkarni", opened, after="new")
    write_missing(
        [
            Put(ticket.key, ticket_item(ticket), when=ABSENT),
            step_put(replace(ticket, version=1), opening),
            step_put(ticket, answer),
            comment_put(comment),
        ]
    )
    return ticket.id
