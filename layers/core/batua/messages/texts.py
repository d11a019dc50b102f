"""`python -m batua.messages.texts`: the kinds of text messages with their texts, for a registration with carriers."""

from __future__ import annotations

import sys

from .templates import TEMPLATES


def list_texts() -> list[tuple[str, str]]:
    """Kind and text, with blanks as `{name}`."""
    return [(kind, template.sms) for kind, template in sorted(TEMPLATES.items()) if template.sms is not None]


if __name__ == "__main__":
    for kind, text in list_texts():
        sys.stdout.write(f"{kind}\n    {text.replace(chr(10), chr(10) + '    ')}\n")
