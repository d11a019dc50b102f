"""Text messages to customers about their coins and tickets, in English and Hindi.

`{brand}` is the merchant's name, and amounts come with the program's own word for its coins. Each text is fixed but for
its blanks, as operators of Indian networks register them one by one (DLT).
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Final

from .model import MessageTemplate

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "coins_issued": (
        "You earned {coins} at {brand}. Your balance is {balance}.",
        "{brand} पर आपकी कमाई: {coins}। आपका बैलेंस: {balance}।",
    ),
    "coins_redeemed": (
        "You used {coins} at {brand}. Your balance is {balance}.",
        "{brand} पर आपका इस्तेमाल: {coins}। आपका बैलेंस: {balance}।",
    ),
    "coins_taken_back": (
        "{brand} reversed an earlier purchase and took back {coins}. Your balance is {balance}.",
        "{brand} ने पिछली ख़रीद रद्द की। वापस लिया गया: {coins}। आपका बैलेंस: {balance}।",
    ),
    "coins_given_back": (
        "{brand} gave you back {coins}. Your balance is {balance}.",
        "{brand} से आपको वापस मिला: {coins}। आपका बैलेंस: {balance}।",
    ),
    "coins_expire_soon": (
        "{coins} of yours at {brand} expire on {date}. Use them before then.",
        "{brand} पर {date} को आपके बैलेंस से ख़त्म: {coins}। उससे पहले इस्तेमाल करें।",
    ),
    "reward_redeemed": (
        "You redeemed {coins} at {brand} for a reward: {title}.",
        "आपने {brand} पर इनाम लिया: {title}। क़ीमत: {coins}।",
    ),
    "reward_approved": (
        "{brand} approved your reward: {title}.",
        "{brand} ने आपका इनाम मंज़ूर किया: {title}।",
    ),
    "reward_ready": (
        "Your reward from {brand} is ready: {title}.",
        "{brand} से आपका इनाम तैयार है: {title}।",
    ),
    "reward_not_given": (
        "Your reward from {brand} was not handed over: {title}. {coins} are back in your balance.",
        "{brand} से आपका इनाम नहीं दिया गया: {title}। बैलेंस में वापस: {coins}।",
    ),
    "cards_delivered": (
        "Your gift card from {brand} is ready: {title}.",
        "{brand} से आपका गिफ़्ट कार्ड तैयार है: {title}।",
    ),
    "cards_delivered_in_part": (
        "{delivered} of {quantity} gift cards from {brand} are ready: {title}. "
        "What the others cost is back in your balance.",
        "{brand} से {quantity} में से {delivered} गिफ़्ट कार्ड तैयार हैं: {title}। बाकी की क़ीमत आपके बैलेंस में वापस आ गई है।",
    ),
    "cards_not_delivered": (
        "Your gift card from {brand} was not delivered: {title}. {coins} are back in your balance.",
        "{brand} से आपका गिफ़्ट कार्ड नहीं आया: {title}। बैलेंस में वापस: {coins}।",
    ),
    "ticket_answered": (
        "{brand} has answered your question. Read it and reply here: {link}",
        "{brand} ने आपके सवाल का जवाब दिया है। यहाँ पढ़ें और जवाब दें: {link}",
    ),
    "ticket_settled": (
        "{brand} has marked your question as resolved. Rate the answer, or reply if it is not: {link}",
        "{brand} ने आपके सवाल को सुलझा हुआ बताया है। जवाब को अंक दें, या नहीं सुलझा हो तो फिर लिखें: {link}",
    ),
    "ticket_reply_awaited": (
        "{brand} is waiting for your reply and will close your question without one. Reply here: {link}",
        "{brand} को आपके जवाब का इंतज़ार है, जवाब न मिलने पर आपका सवाल बंद हो जाएगा। यहाँ लिखें: {link}",
    ),
}
"""Kind -> English, Hindi."""


_COUNTED: Final = ("coins", "balance")
"""Blanks with a number of coins. A program that has no word of its own for them says it in the reader's language."""


def _template(text: str, language: str) -> MessageTemplate:
    blanks = tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(text) if name))
    words = _COUNTED if language == "hi" else ()
    return MessageTemplate("{brand}", (text,), sms=text, language=language, whatsapp=blanks, words=words)


CUSTOMER_TEMPLATES: Final[Mapping[str, MessageTemplate]] = {
    **{kind: _template(english, "en") for kind, (english, _) in _TEXTS.items()},
    **{f"{kind}_hi": _template(hindi, "hi") for kind, (_, hindi) in _TEXTS.items()},
}
