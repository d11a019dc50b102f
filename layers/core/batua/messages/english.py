"""Mails and text messages in English; `hindi.py` has the same in Hindi. What they say to customers about their coins
is in `customer_templates.py`, both languages side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .model import MessageTemplate

_NOT_YOU: Final = "If this wasn't you, change your password and contact support right away."

ENGLISH: Final[Mapping[str, MessageTemplate]] = {
    "password_reset": MessageTemplate(
        "Reset your {brand} password",
        ("Hello {name},", "We received a request to reset the password of your {brand} account."),
        ("This link works once and expires in 1 hour.", "If you didn't ask for this, you can ignore this email."),
        link="Reset password",
    ),
    "password_changed": MessageTemplate(
        "Your {brand} password was changed",
        ("Hello {name},", "Your password was changed on {when}. You have been signed out everywhere else."),
        (_NOT_YOU,),
    ),
    "verify_email": MessageTemplate(
        "Verify your email address for {brand}",
        ("Hello {name},", "Please verify that this is your email address."),
        ("This link works once and expires in 3 days.",),
        link="Verify email address",
    ),
    "invitation": MessageTemplate(
        "You're invited to join {brand}",
        ("Hello {name},", "{inviter} has invited you to join {brand}. Choose a password to accept."),
        ("This invitation expires on {until}.", "If you weren't expecting it, you can ignore this email."),
        link="Accept invitation",
    ),
    "registered_already": MessageTemplate(
        "You already have a {brand} account",
        ("Hello {name},", "Someone tried to register with this email address, which already has an account."),
        ("To sign in, use your existing password, or reset it from the sign-in page if you've forgotten it.",),
    ),
    "mfa_on": MessageTemplate(
        "Two-step sign-in is now on",
        ("Hello {name},", "From now on, signing in to {brand} needs a code from your authenticator app."),
        ("Keep your recovery codes somewhere you can reach without your phone.", _NOT_YOU),
    ),
    "mfa_off": MessageTemplate(
        "Two-step sign-in is now off",
        ("Hello {name},", "From now on, signing in to {brand} needs only your password."),
        (_NOT_YOU,),
    ),
    "phone_changed": MessageTemplate(
        "Your {brand} phone number was changed",
        ("Hello {name},", "The phone number of your account was changed on {when}. It is now {phone}."),
        (_NOT_YOU,),
    ),
    "security_notice": MessageTemplate(
        "Security notice for {brand}: {what}",
        ("Hello {name},", "{who} made a change that affects who can get in or where value goes: {what}"),
        (
            "When: {when}. From the address {address}. Reference: {reference}.",
            "If nobody on your team meant to do this, suspend that user or revoke that key now, then change your "
            "password.",
        ),
    ),
    "recovery_code_used": MessageTemplate(
        "A recovery code was used to sign in",
        ("Hello {name},", "Someone signed in to {brand} with one of your recovery codes. You have {left} left."),
        (_NOT_YOU,),
    ),
    "one_time_code": MessageTemplate(
        "{code} is your {brand} code",
        ("Hello {name},", "Use this code to confirm: {what}."),
        ("It expires in 5 minutes. Never share it with anyone; we will never ask you for it.",),
        code=True,
        sms="{code} is your {brand} code to confirm: {what}. It expires in 5 minutes. Never share it with anyone.",
    ),
    # The last line is what phones read to offer the code on our page alone (origin-bound one-time codes).
    "customer_code": MessageTemplate(
        "{code} is your {brand} code",
        ("Use this code to see your coins.",),
        code=True,
        sms="{code} is your {brand} code to see your coins. It expires in 5 minutes. Never share it with anyone.\n\n"
        "@{host} #{code}",
    ),
    "deletion_planned": MessageTemplate(
        "Your {brand} account is scheduled for deletion",
        ("Hello {name},", "As you requested, your account will be deleted on {when}."),
        ("To keep your account, sign in before then and cancel the deletion.", _NOT_YOU),
    ),
    "deletion_cancelled": MessageTemplate(
        "Your {brand} account will not be deleted",
        ("Hello {name},", "The deletion of your account has been cancelled."),
        (_NOT_YOU,),
    ),
    "account_deleted": MessageTemplate(
        "Your {brand} account has been deleted",
        (
            "Hello {name},",
            "As you requested, we have erased your personal data. The law requires us to keep transaction "
            "records; they no longer identify you.",
        ),
        ("Proof of deletion: {proof}.",),
    ),
    "invoice_to_pay": MessageTemplate(
        "{title} {number} from {brand}",
        ("Hello {name},", "Please find attached {title} {number} for ₹{amount}. It is due on {due}."),
        ("How to pay is on the document.",),
    ),
    "invoice_to_pay_online": MessageTemplate(
        "{title} {number} from {brand}",
        ("Hello {name},", "Please find attached {title} {number} for ₹{amount}. It is due on {due}."),
        ("Other ways to pay are on the document.",),
        link="Pay now",
    ),
    "invoice_overdue": MessageTemplate(
        "Reminder: {title} {number} from {brand} is overdue",
        ("Hello {name},", "₹{amount} of {title} {number} was due on {due}. How to pay is on the document."),
        ("If you have paid in the meantime, please ignore this reminder.",),
    ),
    "invoice_overdue_online": MessageTemplate(
        "Reminder: {title} {number} from {brand} is overdue",
        ("Hello {name},", "₹{amount} of {title} {number} was due on {due}."),
        ("If you have paid in the meantime, please ignore this reminder.",),
        link="Pay now",
    ),
    "invoice_copy": MessageTemplate(
        "{title} {number} from {brand}",
        ("Hello {name},", "Please find attached {title} {number} for ₹{amount}, for your records."),
    ),
    "payment_receipt": MessageTemplate(
        "Receipt {receipt} from {brand}",
        ("Hello {name},", "We have received ₹{amount} for {title} {number}, which is now paid. Thank you."),
        ("The receipt is attached.",),
    ),
    "payment_receipt_part": MessageTemplate(
        "Receipt {receipt} from {brand}",
        ("Hello {name},", "We have received ₹{amount} for {title} {number}. ₹{due} is still to be paid."),
        ("The receipt is attached.",),
    ),
    "webhook_disabled": MessageTemplate(
        "{brand}: your webhook endpoint has been disabled",
        (
            "Hello {name},",
            "We have stopped sending events to {url} ({endpoint}), because {why}.",
        ),
        ("Once it works again, enable the endpoint and replay the events it missed.",),
    ),
    "notification": MessageTemplate(
        "{title}",
        ("Hello {name},", "{body}"),
        ("You can choose what we write to you about in your notification preferences.",),
        link="See the details",
        sms="{brand}: {title}",
        whatsapp=("brand", "title"),
    ),
    "notification_more": MessageTemplate(
        "{title}",
        ("Hello {name},", "{body}", "{more}"),
        ("You can choose what we write to you about in your notification preferences.",),
        link="See the details",
        sms="{brand}: {title} {more}",
        whatsapp=("brand", "title"),
    ),
    "notification_digest": MessageTemplate(
        "{count} updates from {brand}",
        ("Hello {name},", "Since the last summary: {lines}"),
        ("You can choose what we write to you about, and how often, in your notification preferences.",),
        link="See all updates",
        sms="{brand}: {count} updates. {title}",
        whatsapp=("brand", "title"),
    ),
    "ticket_resolved": MessageTemplate(
        "{title}",
        ("Hello {name},", "{body}", "How did we do? It takes one click, and no password."),
        ("If something is still open, reply and we will take it up again.",),
        link="Rate our help",
    ),
    "prefund_submitted": MessageTemplate(
        "Review a prefund of ₹{amount}",
        ("Hello {name},", "{tenant} has reported a transfer of ₹{amount}, UTR {utr}. Request: {request}."),
        link="Open the request",
    ),
    "prefund_assigned": MessageTemplate(
        "A prefund of ₹{amount} is assigned to you",
        ("Hello {name},", "Request {request} of {tenant} (UTR {utr}) has been assigned to you for review."),
        link="Open the request",
    ),
    "prefund_clarified": MessageTemplate(
        "Prefund of ₹{amount}: {tenant} has replied",
        (
            "Hello {name},",
            "{tenant} has answered your question. Request {request} (UTR {utr}) is under review again.",
        ),
        link="Open the request",
    ),
    "prefund_reminder": MessageTemplate(
        "Reminder: a prefund of ₹{amount} is waiting",
        ("Hello {name},", "Request {request} of {tenant} (UTR {utr}) is waiting for a review and a decision."),
        link="Open the request",
    ),
    "prefund_escalated": MessageTemplate(
        "Overdue: a prefund of ₹{amount} is still waiting",
        ("Hello {name},", "Request {request} of {tenant} (UTR {utr}) has been waiting for several days."),
        link="Open the request",
    ),
    "prefund_failed": MessageTemplate(
        "A prefund of ₹{amount} could not be credited",
        (
            "Hello {name},",
            "Request {request} of {tenant} (UTR {utr}) was approved, but the wallet could not be credited.",
        ),
        ("The request's history shows the reason. Once it is fixed, decide the request again.",),
        link="Open the request",
    ),
    "prefund_question": MessageTemplate(
        "A question about your prefund of ₹{amount}",
        ("Hello {name},", "We have a question about your transfer {utr} (request {request}):", "{note}"),
        ("Open the request to reply.",),
        link="See your prefunds",
    ),
    "prefund_credited": MessageTemplate(
        "Your prefund of ₹{amount} has been credited",
        (
            "Hello {name},",
            "Your transfer {utr} (request {request}) has been credited to your wallet.",
            "The reviewer's note: {note}",
        ),
        link="See your prefunds",
    ),
    "prefund_credited_in_part": MessageTemplate(
        "₹{amount} of your prefund of ₹{requested} has been credited",
        (
            "Hello {name},",
            "Of the ₹{requested} that you reported for transfer {utr} (request {request}), ₹{amount} has been "
            "credited to your wallet. That is ₹{shortfall} less.",
            "The reviewer's note: {note}",
        ),
        ("If more has left your account, answer with the bank's confirmation, or open a ticket.",),
        link="See your prefunds",
    ),
    "prefund_withdrawn": MessageTemplate(
        "{tenant} has withdrawn a prefund of ₹{amount}",
        ("Hello {name},", "Request {request} (UTR {utr}) needs no review any more. The tenant's note:", "{note}"),
        link="Open the request",
    ),
    "prefund_rejected": MessageTemplate(
        "Your prefund of ₹{amount} was rejected",
        ("Hello {name},", "Your transfer {utr} (request {request}) was not credited. Reason:", "{note}"),
        link="See your prefunds",
    ),
}
