"""The first line of a mail that can be answered: what is above it in an answer is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REPLY_LINE_ENDS: Final = ("##-", "-##")
REPLY_LINES: Final[Mapping[str, str]] = {
    "en": "##- Write your reply above this line -##",
    "hi": "##- अपना जवाब इस लाइन के ऊपर लिखें -##",
}
