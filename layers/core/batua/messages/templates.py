"""What messages say. One source gives the text and the HTML of a mail, so the two cannot differ.

Blanks are `{name}`; `{brand}` is the tenant's name. What fills them is escaped in HTML and cleaned of line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from .branding import Branding
from .model import Message, RenderedMessage


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """`link` labels a button to `{link}`; `code` shows `{code}` large; `sms` is the text message, if there is one."""

    subject: str
    before: tuple[str, ...]
    after: tuple[str, ...] = ()
    link: str | None = None
    code: bool = False
    sms: str | None = None


_NOT_YOU: Final = "If this was not you, change your password and tell us at once."

TEMPLATES: Final[Mapping[str, MessageTemplate]] = {
    "password_reset": MessageTemplate(
        "Set a new password for {brand}",
        ("Hello {name},", "someone asked for a new password for your {brand} account. Set it here:"),
        ("The link works once, for one hour.", "If it was not you, ignore this mail: nothing has changed."),
        link="Set a new password",
    ),
    "password_changed": MessageTemplate(
        "Your {brand} password was changed",
        ("Hello {name},", "the password of your account was changed on {when}. All other sessions have ended."),
        (_NOT_YOU,),
    ),
    "verify_email": MessageTemplate(
        "Confirm your e-mail address for {brand}",
        ("Hello {name},", "please confirm that this address is yours:"),
        ("The link works once, for three days.",),
        link="Confirm the address",
    ),
    "invitation": MessageTemplate(
        "You are invited to {brand}",
        ("Hello {name},", "{inviter} has invited you to {brand}. Accept, and choose a password:"),
        ("The invitation is good until {until}.", "If you do not know why you got it, ignore this mail."),
        link="Accept the invitation",
    ),
    "registered_already": MessageTemplate(
        "You have a {brand} account already",
        ("Hello {name},", "someone tried to register with this address. It has an account already: just sign in."),
        ("Forgot the password? Ask for a new one on the sign-in page.",),
    ),
    "mfa_on": MessageTemplate(
        "Two-step sign-in is on",
        ("Hello {name},", "signing in to {brand} asks for a code of your authenticator from now on."),
        ("Keep your recovery codes where you find them without your phone.", _NOT_YOU),
    ),
    "mfa_off": MessageTemplate(
        "Two-step sign-in is off",
        ("Hello {name},", "signing in to {brand} asks for the password alone from now on."),
        (_NOT_YOU,),
    ),
    "recovery_code_used": MessageTemplate(
        "A recovery code was used",
        ("Hello {name},", "someone signed in to {brand} with one of your recovery codes. {left} of them are left."),
        (_NOT_YOU,),
    ),
    "one_time_code": MessageTemplate(
        "Your {brand} code: {code}",
        ("Hello {name},", "your code to confirm: {what}."),
        ("It is good for 5 minutes. Give it to nobody, not even to us.",),
        code=True,
        sms="{code} is your {brand} code to confirm: {what}. It is good for 5 minutes. Give it to nobody.",
    ),
    "deletion_planned": MessageTemplate(
        "Your {brand} account will be deleted",
        ("Hello {name},", "you asked us to delete your account. That will be done on {when}."),
        ("Until then you can sign in and keep it.", _NOT_YOU),
    ),
    "deletion_cancelled": MessageTemplate(
        "Your {brand} account stays",
        ("Hello {name},", "your account will not be deleted."),
        (_NOT_YOU,),
    ),
    "account_deleted": MessageTemplate(
        "Your {brand} account has been deleted",
        (
            "Hello {name},",
            "we have erased your personal data, as you asked. Records of transactions stay, as the law wants it; they "
            "no longer tell who you are.",
        ),
        ("Number of the proof: {proof}.",),
    ),
    "webhook_disabled": MessageTemplate(
        "{brand}: events are no longer sent to your webhook endpoint",
        (
            "Hello {name},",
            "we have stopped sending events to {url} ({endpoint}), because {why}.",
        ),
        ("Once it works again, turn the endpoint on and replay what was held meanwhile.",),
    ),
    "prefund_submitted": MessageTemplate(
        "Prefund of INR {amount} to review",
        ("Hello {name},", "a tenant says that it has sent INR {amount}, UTR {utr}. Request: {request}."),
    ),
    "prefund_assigned": MessageTemplate(
        "Prefund of INR {amount} is yours to review",
        ("Hello {name},", "request {request} (UTR {utr}) has been assigned to you."),
    ),
    "prefund_clarified": MessageTemplate(
        "Prefund of INR {amount}: the tenant has answered",
        ("Hello {name},", "request {request} (UTR {utr}) is under review again."),
    ),
    "prefund_reminder": MessageTemplate(
        "Prefund of INR {amount} still waits",
        ("Hello {name},", "request {request} (UTR {utr}) waits to be reviewed and decided."),
    ),
    "prefund_escalated": MessageTemplate(
        "Prefund of INR {amount} has waited too long",
        ("Hello {name},", "nobody has seen to request {request} (UTR {utr}) for days."),
    ),
    "prefund_failed": MessageTemplate(
        "Prefund of INR {amount} could not be credited",
        ("Hello {name},", "request {request} (UTR {utr}) was approved, but the wallet could not be credited."),
        ("Its history tells why. Once that is mended, decide on it anew.",),
    ),
    "prefund_question": MessageTemplate(
        "Your prefund of INR {amount}: a question",
        ("Hello {name},", "about your transfer {utr} (request {request}) we have a question:", "{note}"),
        ("Please answer it at the request.",),
    ),
    "prefund_credited": MessageTemplate(
        "Your prefund of INR {amount} has been credited",
        ("Hello {name},", "your transfer {utr} (request {request}) has been credited to your wallet."),
    ),
    "prefund_rejected": MessageTemplate(
        "Your prefund of INR {amount} was rejected",
        ("Hello {name},", "your transfer {utr} (request {request}) was not credited. What was said:", "{note}"),
    ),
}


def render_message(message: Message, branding: Branding) -> RenderedMessage:
    """The message as it goes out. Raises KeyError where there is no such template, or a blank is not filled."""
    template = TEMPLATES[message.kind]
    values = {"brand": branding.name, **message.values}
    values = {name: _line(value) for name, value in values.items()}
    if message.channel == "sms":
        if template.sms is None:
            raise KeyError(f"{message.kind} has no text message")
        return RenderedMessage(template.sms.format_map(values))
    return RenderedMessage(
        subject=template.subject.format_map(values),
        text=_text(template, values, branding),
        html=_html(template, values, branding),
    )


def _text(template: MessageTemplate, values: Mapping[str, str], branding: Branding) -> str:
    parts = [line.format_map(values) for line in template.before]
    if template.link:
        parts.append(values["link"])
    if template.code:
        parts.append(values["code"])
    parts += [line.format_map(values) for line in template.after]
    signature = "\n".join([branding.name, *map(_line, _foot(branding))])
    return "\n\n".join([*parts, f"-- \n{signature}"]) + "\n"


def _html(template: MessageTemplate, values: Mapping[str, str], branding: Branding) -> str:
    safe = {name: escape(value) for name, value in values.items()}
    paragraph = '<p style="margin:0 0 16px;line-height:1.5">{}</p>'
    parts = [paragraph.format(line.format_map(safe)) for line in template.before]
    if template.link:
        parts.append(
            f'<p style="margin:0 0 16px"><a href="{safe["link"]}" style="display:inline-block;padding:12px 20px;'
            f'border-radius:6px;background:{branding.colour};color:#ffffff;text-decoration:none">{template.link}</a></p>'
        )
    if template.code:
        parts.append(f'<p style="margin:0 0 16px;font-size:32px;letter-spacing:6px"><b>{safe["code"]}</b></p>')
    parts += [paragraph.format(line.format_map(safe)) for line in template.after]
    name = escape(branding.name)
    foot = "".join(f"<br>{escape(line)}" for line in _foot(branding))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><body style="margin:0;background:#f4f4f7;'
        'font-family:system-ui,sans-serif;color:#1f1f29">'
        f'<div style="max-width:560px;margin:0 auto;padding:24px"><p style="color:{branding.colour};font-size:20px">'
        f'<b>{name}</b></p><div style="background:#ffffff;border-radius:8px;padding:24px">{"".join(parts)}</div>'
        f'<p style="color:#6b6b7b;font-size:13px">{name}{foot}</p></div></body></html>'
    )


def _foot(branding: Branding) -> list[str]:
    """Lines under the tenant's name."""
    return [*([branding.support] if branding.support else []), *(branding.footer or "").splitlines()]


def _line(value: str) -> str:
    """On one line: nothing that is filled in can begin a header or a paragraph of its own."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", value).strip()
