"""Which events people are told of, who they are, and in what words. Pure data, in every language that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .preferences import Language, NotificationCategory

NoticeAudience = Literal[
    "requester",
    "agents",
    "staff",
    "deciders",
    "finance",
    "parent",
    "child",
    "admins",
    "approvers",
    "redeemer",
]
"""Of a ticket, the requester, and the agents: its assignee, else all staff. Of the operator, the staff, and the
deciders of prefunds. Of tenants, the finance people who ask for prefunds, those of a parent or child who act on balance
requests, and the administrators. Of a redemption, the administrators where it waits for them (the approvers), and the
user who redeemed, where it was not handed over at once.
"""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Title and body, with blanks such as `{subject}`."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Notice:
    """`mail`: whether mail and text messages go out too; some workflows write their own mail."""

    name: str
    audience: NoticeAudience
    category: NotificationCategory
    texts: Mapping[Language, NoticeText]
    mail: bool = True
    link: str | None = None


def _notice(
    name: str,
    audience: NoticeAudience,
    category: NotificationCategory,
    en: tuple[str, str],
    hi: tuple[str, str],
    *,
    mail: bool = True,
    link: str | None = None,
) -> Notice:
    return Notice(name, audience, category, {"en": NoticeText(*en), "hi": NoticeText(*hi)}, mail, link)


_STATUSES_HI: Final = {
    "new": "नया",
    "open": "खुला",
    "pending": "आपके उत्तर की प्रतीक्षा में",
    "on_hold": "रुका हुआ",
    "resolved": "हल हो गया",
    "closed": "बंद",
}
_REDEMPTION_STEPS_HI: Final = {
    "approved": "स्वीकृत हुआ",
    "fulfilled": "पूरा हुआ",
    "rejected": "अस्वीकार हुआ",
    "cancelled": "रद्द हुआ",
    "expired": "समाप्त हो गया",
}
_STATUSES_EN: Final = {
    "new": "new",
    "open": "open",
    "pending": "waiting for your reply",
    "on_hold": "on hold",
    "resolved": "resolved",
    "closed": "closed",
}
STATUS_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {"en": _STATUSES_EN, "hi": _STATUSES_HI}
"""A ticket's status as its requester reads it."""

NOTICES: Final[Mapping[str, tuple[Notice, ...]]] = {
    "ticket.created": (
        _notice(
            "opened",
            "requester",
            "support",
            ("We have received your ticket: {subject}", "Our staff will reply here. Ticket: {ticket}."),
            ("आपका टिकट मिल गया है: {subject}", "हमारी टीम यहीं उत्तर देगी। टिकट: {ticket}।"),
        ),
        _notice(
            "arrived",
            "agents",
            "support",
            ("New ticket ({priority}): {subject}", "From {requester}, {tenant}. Ticket: {ticket}."),
            ("नया टिकट ({priority}): {subject}", "{tenant} के {requester} से। टिकट: {ticket}।"),
        ),
    ),
    "ticket.commented": (
        _notice(
            "answered",
            "requester",
            "support",
            ("Reply to your ticket: {subject}", "{author}: {excerpt}"),
            ("आपके टिकट पर उत्तर: {subject}", "{author}: {excerpt}"),
        ),
        _notice(
            "replied",
            "agents",
            "support",
            ("Reply from {tenant}: {subject}", "{author}: {excerpt}"),
            ("{tenant} से उत्तर: {subject}", "{author}: {excerpt}"),
        ),
    ),
    "ticket.status_changed": (
        _notice(
            "moved",
            "requester",
            "support",
            ("Your ticket is now {status}: {subject}", "Ticket {ticket} is now {status}."),
            ("आपके टिकट की स्थिति: {status}, {subject}", "टिकट {ticket} की स्थिति अब है: {status}।"),
        ),
        _notice(
            "moved_for_staff",
            "agents",
            "support",
            ("Ticket is now {raw_status}: {subject}", "{tenant}: ticket {ticket} is now {raw_status}."),
            ("टिकट की स्थिति: {raw_status}, {subject}", "{tenant}: टिकट {ticket} की स्थिति अब है: {raw_status}।"),
        ),
    ),
    "ticket.assigned": (
        _notice(
            "assigned",
            "agents",
            "support",
            ("Assigned to you: {subject}", "Ticket {ticket} of {tenant} has been assigned to you."),
            ("आपको सौंपा गया: {subject}", "{tenant} का टिकट {ticket} आपको सौंपा गया है।"),
        ),
    ),
    "ticket.reminder": (
        _notice(
            "reminded",
            "requester",
            "support",
            ("Do you still need help? {subject}", "Reply within two days, or we take ticket {ticket} as solved."),
            ("क्या आपको अब भी सहायता चाहिए? {subject}", "दो दिन में उत्तर न मिलने पर टिकट {ticket} हल हुआ माना जाएगा।"),
        ),
    ),
    "ticket.sla_warning": (
        _notice(
            "warned",
            "agents",
            "support",
            ("Due soon: {subject}", "80 % of a target are used on ticket {ticket} of {tenant} ({priority})."),
            ("समय कम है: {subject}", "{tenant} के टिकट {ticket} ({priority}) का 80 % समय बीत चुका है।"),
        ),
    ),
    "ticket.sla_breached": (
        _notice(
            "breached",
            "agents",
            "support",
            ("Overdue: {subject}", "A target was missed on ticket {ticket} of {tenant} ({priority})."),
            ("समय निकल गया: {subject}", "{tenant} के टिकट {ticket} ({priority}) का लक्ष्य समय निकल गया।"),
        ),
        _notice(
            "escalated",
            "deciders",
            "support",
            ("Escalated: {subject}", "A target was missed on ticket {ticket} of {tenant} ({priority})."),
            ("आगे भेजा गया: {subject}", "{tenant} के टिकट {ticket} ({priority}) का लक्ष्य समय निकल गया।"),
        ),
    ),
    "balance_request.created": (
        _notice(
            "asked",
            "parent",
            "money",
            ("Balance request over INR {requested_amount}", "Request {request_id} is waiting for your decision."),
            ("INR {requested_amount} का बैलेंस अनुरोध", "अनुरोध {request_id} आपके निर्णय की प्रतीक्षा में है।"),
            link="/requests",
        ),
    ),
    "balance_request.reminder": (
        _notice(
            "waits",
            "parent",
            "money",
            ("A balance request is still waiting", "Request {request_id} expires on {expires_at}."),
            ("एक बैलेंस अनुरोध अब भी प्रतीक्षा में है", "अनुरोध {request_id} की अवधि {expires_at} को समाप्त होगी।"),
            link="/requests",
        ),
    ),
    "balance_request.settled": (
        _notice(
            "settled",
            "child",
            "money",
            ("INR {approved_amount} has been added to your balance", "Balance request {request_id} is settled."),
            ("आपके बैलेंस में INR {approved_amount} जुड़ गए हैं", "बैलेंस अनुरोध {request_id} पूरा हो गया है।"),
            link="/requests",
        ),
    ),
    "balance_request.rejected": (
        _notice(
            "rejected",
            "child",
            "money",
            ("Your balance request was rejected", "Request {request_id} over INR {requested_amount}."),
            ("आपका बैलेंस अनुरोध अस्वीकार कर दिया गया", "अनुरोध {request_id}, INR {requested_amount}।"),
            link="/requests",
        ),
    ),
    "balance_request.expired": (
        _notice(
            "expired",
            "child",
            "money",
            ("Your balance request has expired", "Nobody decided request {request_id} in time."),
            ("आपके बैलेंस अनुरोध की अवधि समाप्त हो गई", "अनुरोध {request_id} पर समय पर निर्णय नहीं हुआ।"),
            link="/requests",
        ),
    ),
    "balance_request.failed": (
        _notice(
            "failed",
            "child",
            "money",
            ("Your balance request could not be settled", "Request {request_id} was approved, but has failed."),
            ("आपका बैलेंस अनुरोध पूरा नहीं हो सका", "अनुरोध {request_id} स्वीकृत हुआ था, पर विफल रहा।"),
            link="/requests",
        ),
    ),
    "prefund.submitted": (
        _notice(
            "review",
            "staff",
            "money",
            ("Review a prefund of INR {amount}", "Request {request_id}, UTR {utr}."),
            ("INR {amount} के प्रीफ़ंड की समीक्षा करें", "अनुरोध {request_id}, UTR {utr}।"),
            mail=False,
            link="/prefund",
        ),
    ),
    "prefund.clarification": (
        _notice(
            "question",
            "finance",
            "money",
            ("A question about your prefund of INR {amount}", "Open request {request_id} to reply."),
            ("INR {amount} के आपके प्रीफ़ंड के बारे में एक प्रश्न", "उत्तर देने के लिए अनुरोध {request_id} खोलें।"),
            mail=False,
            link="/prefund",
        ),
    ),
    "prefund.credited": (
        _notice(
            "credited",
            "finance",
            "money",
            ("INR {credited_amount} has been credited", "Prefund {request_id}, UTR {utr}."),
            ("INR {credited_amount} जमा हो गए हैं", "प्रीफ़ंड {request_id}, UTR {utr}।"),
            mail=False,
            link="/prefund",
        ),
    ),
    "prefund.rejected": (
        _notice(
            "rejected",
            "finance",
            "money",
            ("Your prefund of INR {amount} was rejected", "Request {request_id} says why."),
            ("आपका INR {amount} का प्रीफ़ंड अस्वीकार कर दिया गया", "कारण अनुरोध {request_id} में है।"),
            mail=False,
            link="/prefund",
        ),
    ),
    "prefund.settlement_failed": (
        _notice(
            "failed",
            "deciders",
            "money",
            ("A prefund of INR {amount} could not be credited", "Decide request {request_id} again once it is fixed."),
            ("INR {amount} का प्रीफ़ंड जमा नहीं हो सका", "समस्या ठीक होने पर अनुरोध {request_id} पर फिर निर्णय लें।"),
            mail=False,
            link="/prefund",
        ),
    ),
    "dispute.raised": (
        _notice(
            "dispute",
            "staff",
            "money",
            ("A transaction is disputed", "Dispute {dispute_id} on {transaction_id}, due {due_at}."),
            ("एक लेन-देन पर विवाद है", "{transaction_id} पर विवाद {dispute_id}, अंतिम समय {due_at}।"),
        ),
    ),
    "dispute.accepted": (
        _notice(
            "accepted",
            "finance",
            "money",
            ("Your dispute was accepted", "{amount} of {transaction_id} has been refunded."),
            ("आपका विवाद स्वीकार कर लिया गया", "{transaction_id} के {amount} वापस कर दिए गए हैं।"),
        ),
    ),
    "dispute.rejected": (
        _notice(
            "rejected",
            "finance",
            "money",
            ("Your dispute was rejected", "Dispute {dispute_id} on {transaction_id}."),
            ("आपका विवाद अस्वीकार कर दिया गया", "{transaction_id} पर विवाद {dispute_id}।"),
        ),
    ),
    "redemption.created": (
        _notice(
            "waiting",
            "approvers",
            "operations",
            (
                "Approve a redemption of {title}",
                "Redemption {redemption_id}, {points} coins. It expires at {due_at}.",
            ),
            ("{title} के रिडेम्पशन को स्वीकृति दें", "रिडेम्पशन {redemption_id}, {points} कॉइन। समाप्ति: {due_at}।"),
        ),
    ),
    **{
        f"redemption.{step}": (
            _notice(
                step,
                "redeemer",
                "operations",
                (f"Redemption {step}: {{title}}", f"Redemption {{redemption_id}}, made for a customer: {step}."),
                (f"रिडेम्पशन {hindi}: {{title}}", f"आपका ग्राहक के लिए किया रिडेम्पशन {{redemption_id}} {hindi}।"),
                mail=False,
            ),
        )
        for step, hindi in _REDEMPTION_STEPS_HI.items()
    },
    "reward.codes_low": (
        _notice(
            "codes_low",
            "admins",
            "operations",
            ("A reward is running out of codes", "Reward {reward_id} has {left} codes left. Upload more codes."),
            ("एक रिवॉर्ड के कोड समाप्त हो रहे हैं", "रिवॉर्ड {reward_id} के {left} कोड बचे हैं। और कोड अपलोड करें।"),
        ),
    ),
    "webhook_endpoint.disabled": (
        _notice(
            "disabled",
            "admins",
            "operations",
            ("A webhook endpoint has been disabled", "We have stopped sending events to {url}."),
            ("एक वेबहुक एंडपॉइंट बंद कर दिया गया है", "हमने {url} को घटनाएँ भेजना रोक दिया है।"),
            mail=False,
            link="/endpoints",
        ),
    ),
}
"""Event type -> what is told of it, and to whom."""
