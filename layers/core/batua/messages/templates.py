"""What messages say. One source gives the text and the HTML of a mail, so the two cannot differ.

Blanks are `{name}`; `{brand}` is the tenant's name. What fills them is escaped in HTML and cleaned of line breaks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Final

from .branding import Branding
from .customer_templates import CUSTOMER_TEMPLATES
from .dates import written_date
from .english import ENGLISH
from .hindi import HINDI
from .hindi_words import in_hindi
from .model import Message, MessageTemplate, RenderedMessage
from .reply_line import REPLY_LINES

TEMPLATES: Final[Mapping[str, MessageTemplate]] = {
    **CUSTOMER_TEMPLATES,
    **ENGLISH,
    **{f"{kind}_hi": replace(template, language="hi") for kind, template in HINDI.items()},
}
"""Kind -> template. The Hindi of a kind is under its name with `_hi`."""

_DATES: Final = ("when", "until", "due", "date")
"""Blanks that are handed in as an instant or a day, and written as the reader writes them."""


def in_language(kind: str, language: str) -> str:
    """The kind that says the same in a language; the kind itself where there is none."""
    return f"{kind}_hi" if language == "hi" and f"{kind}_hi" in TEMPLATES else kind


def render_message(message: Message, branding: Branding) -> RenderedMessage:
    """The message as it goes out. Raises KeyError where there is no such template, or a blank is not filled."""
    template = TEMPLATES[message.kind]
    values = message_values(message, branding)
    if message.channel == "whatsapp":
        return RenderedMessage("")  # WhatsApp has the text, under the name of the template
    if message.channel == "sms":
        if template.sms is None:
            raise KeyError(f"{message.kind} has no text message")
        return RenderedMessage(template.sms.format_map(values))
    reply = REPLY_LINES[template.language] if message.reply_to else None
    return RenderedMessage(
        subject=template.subject.format_map(values),
        text=_body_text(template, values, branding, reply),
        html=_html(template, values, branding, reply),
    )


def message_values(message: Message, branding: Branding) -> dict[str, str]:
    """What fills the blanks: each on one line, dates and our own words in the language of the template."""
    template = TEMPLATES[message.kind]
    values = {name: plain_line(value) for name, value in {"brand": branding.name, **message.values}.items()}
    values |= {
        name: written_date(values[name], branding.time_zone, template.language) for name in _DATES if name in values
    }
    return values | {name: in_hindi(values[name], branding.time_zone) for name in template.words if name in values}


def _body_text(template: MessageTemplate, values: Mapping[str, str], branding: Branding, reply: str | None) -> str:
    parts = [*([reply] if reply else []), *(line.format_map(values) for line in template.before)]
    if template.link and "link" in values:  # a mail that waited while its template got one has none
        parts.append(values["link"])
    if template.code:
        parts.append(values["code"])
    parts += [line.format_map(values) for line in template.after]
    signature = "\n".join([branding.name, *map(plain_line, _foot(branding))])
    return "\n\n".join([*parts, f"-- \n{signature}"]) + "\n"


def _html(template: MessageTemplate, values: Mapping[str, str], branding: Branding, reply: str | None) -> str:
    safe = {name: escape(value) for name, value in values.items()}
    paragraph = '<p style="margin:0 0 16px;line-height:1.5">{}</p>'
    parts = [paragraph.format(line.format_map(safe)) for line in template.before]
    above = f'<p style="color:#6b6b7b;font-size:13px">{escape(reply)}</p>' if reply else ""
    if template.link and "link" in safe:
        parts.append(
            f'<p style="margin:0 0 16px"><a href="{safe["link"]}" style="display:inline-block;padding:12px 20px;'
            f'border-radius:6px;background:{branding.colour};color:#ffffff;text-decoration:none">{template.link.format_map(safe)}</a></p>'
        )
    if template.code:
        parts.append(f'<p style="margin:0 0 16px;font-size:32px;letter-spacing:6px"><b>{safe["code"]}</b></p>')
    parts += [paragraph.format(line.format_map(safe)) for line in template.after]
    name = escape(branding.name)
    foot = "".join(f"<br>{escape(line)}" for line in _foot(branding))
    return (
        f'<!doctype html><html lang="{template.language}"><meta charset="utf-8">'
        '<body style="margin:0;background:#f4f4f7;'
        'font-family:system-ui,sans-serif;color:#1f1f29">'
        f'<div style="max-width:560px;margin:0 auto;padding:24px">{above}'
        f'<p style="color:{branding.colour};font-size:20px">'
        f'<b>{name}</b></p><div style="background:#ffffff;border-radius:8px;padding:24px">{"".join(parts)}</div>'
        f'<p style="color:#6b6b7b;font-size:13px">{name}{foot}</p></div></body></html>'
    )


def _foot(branding: Branding) -> list[str]:
    """Lines under the tenant's name."""
    return [*([branding.support] if branding.support else []), *(branding.footer or "").splitlines()]


def plain_line(value: str) -> str:
    """On one line: nothing that is filled in can begin a header or a paragraph of its own."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", value).strip()
