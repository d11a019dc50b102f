"""What a pass shows, the same for each wallet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LABELS: Final = {
    "en": {
        "worth": "Worth",
        "until": "Expires first",
        "never": "Never",
        "changed": "You now have %@.",
        "asof": "As of",
        "page": "Your coins, rewards and history",
        "revoke": "Lost this phone? Open the page, choose Profile, then Replace my codes.",
    },
    "hi": {
        "worth": "क़ीमत",
        "until": "पहले ख़त्म",
        "never": "कभी नहीं",
        "changed": "अब आपके पास %@ हैं।",
        "asof": "कब का",
        "page": "आपके सिक्के, इनाम और इतिहास",
        "revoke": "फ़ोन खो गया? पन्ना खोलें, प्रोफ़ाइल में जाएँ और “मेरे कोड बदलें” चुनें।",
    },
}


@dataclass(frozen=True, slots=True)
class PassCard:
    """A customer's coins at a merchant. `id` is the same for as long as the customer is one there."""

    id: str
    merchant: str
    """The merchant's id, `ten_…`."""
    name: str
    program: str
    unit: str
    """The coins' name: `coins`."""
    color: str
    """`#rrggbb`."""
    balance: str
    """A number, as it is shown: `186`."""
    worth: str
    """In rupees, as it is shown: `₹186`."""
    first_expiry: str | None
    """When the first coins expire, ISO 8601."""
    as_of: str
    phone: str
    """Masked."""
    qr: str
    version: int
    """Of the customer's codes: higher once they were replaced."""
    page: str
    """The address of the customer's page."""
    icon: str
    """The address of an icon that everybody can read."""
    language: str
    service: str
    """Where Apple Wallet asks for newer versions of the pass."""
    token: str
    """What it shows there."""

    @property
    def labels(self) -> dict[str, str]:
        return LABELS[self.language if self.language in LABELS else "en"]

    @property
    def ink(self) -> str:
        """Black or white, whichever can be read on the colour."""
        parts = [int(self.color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"
