"""Our own English words that fill the blanks of a Hindi message: what a code confirms, what was changed, titles.

They are composed, and kept in the audit trail, in English. A test derives them from the code and asks for the Hindi of
each. `{…}` stands for what a sentence carries; what has Hindi words of its own there gets them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from .dates import written_date

_WORDS: Final[Mapping[str, str]] = {
    "none": "कोई नहीं",
    # What a code confirms
    "delete my account": "मेरा खाता हटाएँ",
    "this is my phone number": "यह मेरा फ़ोन नंबर है",
    "sign in": "साइन इन",
    "decide on a prefund request": "प्रीफ़ंड अनुरोध पर निर्णय",
    "approve the prefund of {amount}, UTR {utr}": "{amount} का प्रीफ़ंड स्वीकार करें, UTR {utr}",
    "reject the prefund of {amount}, UTR {utr}": "{amount} का प्रीफ़ंड अस्वीकार करें, UTR {utr}",
    # Documents
    "Tax Invoice": "टैक्स इनवॉइस",
    "Bill of Supply": "बिल ऑफ़ सप्लाई",
    "Receipt": "रसीद",
    "Credit Note": "क्रेडिट नोट",
    "Debit Note": "डेबिट नोट",
    # Why a webhook endpoint was stopped
    "it has not taken a single event for five days": "पाँच दिन से उसने एक भी घटना नहीं ली",
    "it answered 410 (Gone), which asks us to stop": "उसका जवाब 410 (Gone) आया, यानी भेजना बंद करें",
    # Roles and states
    "viewer": "दर्शक",
    "cashier": "कैशियर",
    "merchant_admin": "दुकान एडमिन",
    "tenant_admin": "एडमिन",
    "staff": "ऑपरेटर स्टाफ़",
    "super_admin": "ऑपरेटर",
    "active": "सक्रिय",
    "suspended": "रोके हुए",
    "invited": "बुलाए हुए",
    "enabled": "चालू",
    "disabled": "बंद",
    "paused": "रुका हुआ",
    "unlimited": "असीमित",
    # People and access
    "{name} was invited as {roles}.": "{name} को इस भूमिका में बुलाया गया: {roles}।",
    "{name} was proposed as {roles}.": "{name} को इस भूमिका के लिए प्रस्तावित किया गया: {roles}।",
    "{name} is now {status}, with the roles {roles}.": "{name} की स्थिति अब: {status}। भूमिकाएँ: {roles}।",
    "{name} is proposed to be {status}, with the roles {roles}.": (
        "{name} के लिए प्रस्तावित स्थिति: {status}। भूमिकाएँ: {roles}।"
    ),
    "Two-step sign-in of {name} was turned off from the operator's terminal.": (
        "{name} का दो-चरणीय साइन-इन ऑपरेटर के टर्मिनल से बंद किया गया।"
    ),
    "Administrators need two-step sign-in from now on.": "अब से एडमिन को दो-चरणीय साइन-इन लगाना होगा।",
    "Administrators no longer need two-step sign-in.": "एडमिन को अब दो-चरणीय साइन-इन की ज़रूरत नहीं है।",
    "The API key “{name}” ({mode}) was created.": "API कुंजी “{name}” ({mode}) बनाई गई।",
    "The API key “{name}” ({mode}) was rotated.": "API कुंजी “{name}” ({mode}) बदली गई।",
    "The API key “{name}” ({mode}) was revoked.": "API कुंजी “{name}” ({mode}) रद्द की गई।",
    "New networks for live API keys were proposed: {networks}.": (
        "लाइव API कुंजियों के लिए नए नेटवर्क प्रस्तावित हुए: {networks}।"
    ),
    "New networks for live API keys were approved: {networks}.": "लाइव API कुंजियों के लिए नए नेटवर्क स्वीकृत हुए: {networks}।",
    "Sites that may call the API from a browser: {sites}.": "ब्राउज़र से API इस्तेमाल कर सकने वाली साइटें: {sites}।",
    "An export of your data was started. Administrators can download it for seven days.": (
        "आपके डेटा का एक्सपोर्ट शुरू हुआ। एडमिन इसे सात दिन तक डाउनलोड कर सकते हैं।"
    ),
    "A file of customers of {name} with their phone numbers was downloaded: {segment}.": (
        "{name} के ग्राहकों की, फ़ोन नंबरों वाली फ़ाइल डाउनलोड हुई: {segment}।"
    ),
    "The import of a file of customers or coins was started: {phase}.": (
        "ग्राहकों या सिक्कों की फ़ाइल का इंपोर्ट शुरू हुआ: {phase}।"
    ),
    "apply": "लागू करना",
    "reverse": "वापस लेना",
    # Organizations and networks
    "Your organization was moved under another parent.": "आपकी संस्था को दूसरी मूल संस्था के नीचे रखा गया।",
    "Your organization was suspended.": "आपकी संस्था पर रोक लगा दी गई।",
    "The suspension of your organization was ended.": "आपकी संस्था पर लगी रोक हटा दी गई।",
    "Your products are now: {products}.": "आपके प्रोडक्ट अब: {products}।",
    "The verifications that tenants need were changed.": "टेनेंट के लिए ज़रूरी सत्यापन बदले गए।",
    "A merchant was invited into your network.": "एक दुकान को आपके नेटवर्क में बुलाया गया।",
    "Your shop has joined a network. Customers now collect and spend its coins with you.": (
        "आपकी दुकान एक नेटवर्क से जुड़ गई है। ग्राहक अब उसके सिक्के आपके यहाँ जमा और ख़र्च कर सकते हैं।"
    ),
    "A merchant has joined your network.": "एक दुकान आपके नेटवर्क से जुड़ गई है।",
    "Your shop is no longer in its network. Customers keep their coins, and use them elsewhere.": (
        "आपकी दुकान अब नेटवर्क में नहीं है। ग्राहकों के सिक्के उनके पास रहेंगे, वे उन्हें दूसरी दुकानों पर इस्तेमाल कर सकते हैं।"
    ),
    "A merchant has left your network.": "एक दुकान ने आपका नेटवर्क छोड़ दिया है।",
    "A merchant was removed from your network.": "एक दुकान को आपके नेटवर्क से हटाया गया।",
    # Money
    "{amount} were credited to your wallet {wallet}.": "आपके वॉलेट {wallet} में {amount} जमा किए गए।",
    "{amount} were credited directly to a wallet of {tenant}: {reason}": (
        "{tenant} के एक वॉलेट में {amount} सीधे जमा किए गए: {reason}"
    ),
    "{amount} were to be credited directly to a wallet of {tenant}: {reason}": (
        "{tenant} के एक वॉलेट में {amount} सीधे जमा किए जाने थे: {reason}"
    ),
    "{amount} of transaction {txn} were taken back from your wallet: the operator has accepted a dispute about it.": (
        "लेन-देन {txn} के {amount} आपके वॉलेट से वापस लिए गए: ऑपरेटर ने उस पर विवाद स्वीकार किया है।"
    ),
    "The bank account {account} for prefunds was {said}.": "प्रीफ़ंड का बैंक खाता {account}: {said}।",
    "added": "जोड़ा गया",
    "proposed, and waits for another super admin's approval": "प्रस्तावित हुआ, दूसरे सुपर एडमिन की स्वीकृति का इंतज़ार है",
    "approved": "स्वीकृत हुआ",
    "The bank account {account} for prefunds was taken off the list.": ("प्रीफ़ंड का बैंक खाता {account} सूची से हटाया गया।"),
    "The tax profile for invoices was changed. Customers now pay to {where}.": (
        "इनवॉइस की कर प्रोफ़ाइल बदली गई। ग्राहक अब यहाँ भुगतान करते हैं: {where}।"
    ),
    "no bank or UPI details": "बैंक या UPI की जानकारी नहीं",
    "E-invoices of {gstin} are registered as {user}.": "{gstin} के ई-इनवॉइस {user} के नाम से दर्ज होते हैं।",
    "Customers now pay invoices by {provider}, key {key}.": "ग्राहक अब {provider} से इनवॉइस चुकाते हैं, कुंजी {key}।",
    "A price plan for tenants was created: “{plan}”, {fee} INR a month.": (
        "टेनेंट के लिए नई योजना बनी: “{plan}”, ₹{fee} महीना।"
    ),
    "The price plan “{plan}” was archived.": "योजना “{plan}” हटाई गई।",
    "{tenant} is on the price plan {plan}, from {day}.": "{tenant} की योजना {day} से: {plan}।",
    "{tenant} has no price plan any more, from {day}.": "{day} से {tenant} की कोई योजना नहीं है।",
    "Gift cards of {vendor} are now bought with the account that was saved: {status}.": (
        "{vendor} के गिफ़्ट कार्ड अब सहेजे गए खाते से ख़रीदे जाते हैं: {status}।"
    ),
    # Coins and rewards; a program with a word of its own for its coins keeps it
    "{amount} coin": "{amount} सिक्का",
    "{amount} coins": "{amount} सिक्के",
    "The rules by which your customers earn coins were changed.": "ग्राहकों को सिक्के मिलने के नियम बदले गए।",
    "A reward was added: “{title}” costs {points} coins, stock {stock}.": (
        "नया इनाम: “{title}”, {points} सिक्के, स्टॉक {stock}।"
    ),
    "A reward was changed: “{title}” costs {points} coins, stock {stock}; before, {before} coins.": (
        "इनाम बदला: “{title}”, {points} सिक्के, स्टॉक {stock}; पहले {before} सिक्के।"
    ),
    "Coin program “{name}”: {what}.": "सिक्कों का प्रोग्राम “{name}”: {what}।",
    "program created": "बनाया गया",
    "program replaced": "फिर से लिखा गया",
    "program changed": "बदला गया",
    "program retired": "बंद किया गया",
    "Customers can add their coins to: {wallets}.": "ग्राहक अपने सिक्के इनमें जोड़ सकते हैं: {wallets}।",
    "no wallet of a phone": "फ़ोन के किसी वॉलेट में नहीं",
    # What talks to other systems
    "Webhook endpoint {url} ({mode}): {what}.": "वेबहुक एंडपॉइंट {url} ({mode}): {what}।",
    "webhook endpoint made": "बनाया गया",
    "webhook endpoint changed": "बदला गया",
    "webhook endpoint's secret rotated": "नया सीक्रेट बना",
    "webhook endpoint deleted": "हटाया गया",
    "Connection “{name}” to {system} ({mode}): {what}.": "{system} का कनेक्शन “{name}” ({mode}): {what}।",
    "connection made": "बनाया गया",
    "connection changed": "बदला गया",
    "connection's secret rotated": "नया सीक्रेट बना",
    "connection deleted": "हटाया गया",
    "live": "लाइव",
    "test": "टेस्ट",
    "Identity checks are now made by this deployment alone.": "पहचान की जाँच अब सिर्फ़ यही सिस्टम करता है।",
    "Identity checks are now made by Cashfree Secure ID, client {client}.": (
        "पहचान की जाँच अब Cashfree Secure ID करता है, क्लाइंट {client}।"
    ),
    "A message to {audience} was written, to appear at {when}.": (
        "{audience} के लिए एक संदेश लिखा गया, जो {when} को दिखेगा।"
    ),
    "all tenants": "सभी टेनेंट",
    "{count} tenants": "{count} टेनेंट",
}
_BLANK: Final = re.compile(r"\\\{(\w+)\\\}")
_OURS: Final = ("roles", "status", "what", "mode", "phase", "stock", "audience", "sites", "products", "wallets")
"""Blanks of the sentences above that may hold words of ours, several with commas between them."""
_OURS_WHOLE: Final = ("where", "said")
_TIMES: Final = ("day", "when")


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with blanks; one with more fixed words comes first."""
    written = sorted((each for each in _WORDS if "{" in each), key=lambda each: -len(re.sub(r"\{\w+\}", "", each)))
    return tuple((re.compile(_BLANK.sub(r"(?P<\1>.+?)", re.escape(each))), _WORDS[each]) for each in written)


def in_hindi(text: str, zone: str) -> str:
    """The Hindi of words of ours, times in a zone; text that is none of them as it is."""
    if text in _WORDS:
        return _WORDS[text]
    for pattern, hindi in _sentences():
        if found := pattern.fullmatch(text):
            return hindi.format_map({name: _carried(name, value, zone) for name, value in found.groupdict().items()})
    return text


def _carried(name: str, value: str, zone: str) -> str:
    if name in _TIMES:
        return written_date(value, zone, "hi")
    if name in _OURS_WHOLE:
        return _WORDS.get(value, value)
    if name in _OURS:
        return ", ".join(in_hindi(each, zone) for each in value.split(", "))
    return value
