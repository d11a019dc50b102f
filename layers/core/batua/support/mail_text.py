"""What a person wrote in a mail: without the quoted text, signatures and markup around it. Pure."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Final

from ..messages.reply_line import REPLY_LINE_ENDS

MOST_WRITTEN: Final = 10_000
"""Characters of a comment."""

_MOST_READ: Final = 200_000
_MOST_LINES: Final = 400
_LONGEST_LINE: Final = 2_000
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def reply_text(mail: EmailMessage) -> str:
    """What is new in a mail, at most as long as a comment; empty where there is nothing."""
    text = _above_reply_line(_body(mail)[:_MOST_READ].replace("\r\n", "\n").replace("\r", "\n"))
    written = _CONTROLS.sub("", _without_quotes(text)).strip()
    return written if len(written) <= MOST_WRITTEN else f"{written[: MOST_WRITTEN - 1]}…"


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, ValueError):  # a character set that nobody knows
        content = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
    if part.get_content_subtype() == "html":
        from .mail_html import html_text  # most mails have plain text besides

        return html_text(content)
    return content


def _above_reply_line(text: str) -> str:
    """Our mails begin with a line to write above: what follows it is our own text, whatever program quoted it."""
    begin, end = REPLY_LINE_ENDS
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if begin in line and end in line:
            return "\n".join(lines[:number])
    return text


def _without_quotes(text: str) -> str:
    """Without the quoted mail below. The library knows how programs introduce one; other languages end in a colon."""
    from mailparser_reply import EmailReplyParser

    # Its patterns take quadratic time or worse on text that no person writes, such as thousands of empty lines.
    tame = re.sub(r"\n{4,}", "\n\n\n", re.sub(r"[ \t]+\n", "\n", text))
    tame = "\n".join(line[:_LONGEST_LINE] for line in tame.split("\n")[:_MOST_LINES])[: 2 * MOST_WRITTEN]
    lines = str(EmailReplyParser(languages=["en", "de", "fr", "es"]).parse_reply(text=tame) or "").split("\n")
    quoted = False
    while lines and (lines[-1].startswith(">") or (quoted and not lines[-1].strip())):
        quoted = quoted or lines[-1].startswith(">")
        lines.pop()
    if quoted and lines and lines[-1].rstrip().endswith(":"):
        lines.pop()
    return "\n".join(lines)
