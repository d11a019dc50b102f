"""Mails and text messages in Hindi: the same kinds with the same blanks as in `english.py`, which a test compares.

Everyday Hindi, as the portal has it. A text message in Devanagari has room for 70 characters, or 67 for each part of a
longer one: keep them short.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .model import MessageTemplate

_HELLO: Final = "नमस्ते {name},"
_NOT_YOU: Final = "अगर यह आपने नहीं किया है, तो तुरंत अपना पासवर्ड बदलें और सहायता टीम से संपर्क करें।"
_IGNORE: Final = "अगर आपने यह नहीं माँगा है, तो इस ईमेल को अनदेखा करें।"
_CHOOSE: Final = "हम आपको किन बातों के बारे में लिखें, यह आप अपनी सूचना सेटिंग में चुन सकते हैं।"
_PAID_MEANWHILE: Final = "अगर इस बीच भुगतान कर दिया है, तो इस याद दिलाने वाले ईमेल को अनदेखा करें।"

HINDI: Final[Mapping[str, MessageTemplate]] = {
    "password_reset": MessageTemplate(
        "अपना {brand} पासवर्ड बदलें",
        (_HELLO, "हमें आपके {brand} खाते का पासवर्ड बदलने का अनुरोध मिला है।"),
        ("यह लिंक एक ही बार काम करता है और 1 घंटे तक चलेगा।", _IGNORE),
        link="नया पासवर्ड चुनें",
    ),
    "password_changed": MessageTemplate(
        "आपका {brand} पासवर्ड बदल गया है",
        (_HELLO, "आपका पासवर्ड {when} को बदला गया। बाकी सभी जगह से आपको साइन आउट कर दिया गया है।"),
        (_NOT_YOU,),
    ),
    "verify_email": MessageTemplate(
        "{brand} के लिए अपने ईमेल पते की पुष्टि करें",
        (_HELLO, "कृपया पुष्टि करें कि यह ईमेल पता आपका है।"),
        ("यह लिंक एक ही बार काम करता है और 3 दिन तक चलेगा।",),
        link="ईमेल पते की पुष्टि करें",
    ),
    "invitation": MessageTemplate(
        "आपको {brand} से जुड़ने का निमंत्रण मिला है",
        (_HELLO, "{inviter} ने आपको {brand} से जुड़ने के लिए बुलाया है। स्वीकार करने के लिए अपना पासवर्ड चुनें।"),
        ("यह निमंत्रण {until} तक चलेगा।", "अगर आपको इसकी उम्मीद नहीं थी, तो इस ईमेल को अनदेखा करें।"),
        link="निमंत्रण स्वीकार करें",
    ),
    "registered_already": MessageTemplate(
        "{brand} पर आपका खाता पहले से है",
        (_HELLO, "किसी ने इस ईमेल पते से नया खाता खोलने की कोशिश की, पर इससे पहले से एक खाता है।"),
        ("साइन इन करने के लिए अपना मौजूदा पासवर्ड डालें। भूल गए हों, तो साइन-इन पेज से नया चुनें।",),
    ),
    "mfa_on": MessageTemplate(
        "दो-चरणीय साइन-इन अब चालू है",
        (_HELLO, "अब से {brand} में साइन इन करने के लिए आपके ऑथेंटिकेटर ऐप का कोड भी चाहिए।"),
        ("अपने रिकवरी कोड ऐसी जगह रखें जहाँ वे फ़ोन के बिना भी मिल सकें।", _NOT_YOU),
    ),
    "mfa_off": MessageTemplate(
        "दो-चरणीय साइन-इन अब बंद है",
        (_HELLO, "अब से {brand} में साइन इन करने के लिए सिर्फ़ आपका पासवर्ड चाहिए।"),
        (_NOT_YOU,),
    ),
    "phone_changed": MessageTemplate(
        "आपका {brand} फ़ोन नंबर बदल गया है",
        (_HELLO, "आपके खाते का फ़ोन नंबर {when} को बदला गया। नया नंबर: {phone}।"),
        (_NOT_YOU,),
        words=("phone",),
    ),
    "security_notice": MessageTemplate(
        "{brand} की सुरक्षा सूचना: {what}",
        (_HELLO, "{who} ने ऐसा बदलाव किया है जिससे तय होता है कि कौन अंदर आ सकता है या पैसे कहाँ जाते हैं: {what}"),
        (
            "समय: {when}। पता: {address}। संदर्भ: {reference}।",
            "अगर आपकी टीम में किसी ने यह जानबूझकर नहीं किया, तो उस यूज़र को अभी रोकें या वह API कुंजी रद्द करें, "
            "फिर अपना पासवर्ड बदलें।",
        ),
        words=("what", "reference"),
    ),
    "recovery_code_used": MessageTemplate(
        "रिकवरी कोड से साइन इन किया गया",
        (_HELLO, "किसी ने आपके एक रिकवरी कोड से {brand} में साइन इन किया है। बचे हुए कोड: {left}।"),
        (_NOT_YOU,),
    ),
    "one_time_code": MessageTemplate(
        "{code} आपका {brand} कोड है",
        (_HELLO, "इस काम की पुष्टि के लिए यह कोड डालें: {what}।"),
        ("यह 5 मिनट तक चलेगा। इसे किसी को न बताएँ; हम आपसे यह कभी नहीं माँगेंगे।",),
        code=True,
        sms="{code} आपका {brand} कोड है: {what}। यह 5 मिनट तक चलेगा। इसे किसी को न बताएँ।",
        words=("what",),
    ),
    "customer_code": MessageTemplate(
        "{code} आपका {brand} कोड है",
        ("अपने सिक्के देखने के लिए यह कोड डालें।",),
        code=True,
        sms="{code} आपका {brand} कोड है। यह 5 मिनट तक मान्य है। इसे किसी को न बताएँ।\n\n@{host} #{code}",
    ),
    "deletion_planned": MessageTemplate(
        "आपका {brand} खाता हटाया जाने वाला है",
        (_HELLO, "जैसा आपने कहा, आपका खाता {when} को हटा दिया जाएगा।"),
        ("खाता रखना हो, तो उससे पहले साइन इन करके हटाना रद्द करें।", _NOT_YOU),
    ),
    "deletion_cancelled": MessageTemplate(
        "आपका {brand} खाता नहीं हटाया जाएगा",
        (_HELLO, "आपके खाते को हटाना रद्द कर दिया गया है।"),
        (_NOT_YOU,),
    ),
    "account_deleted": MessageTemplate(
        "आपका {brand} खाता हटा दिया गया है",
        (
            _HELLO,
            "जैसा आपने कहा, हमने आपकी निजी जानकारी मिटा दी है। क़ानून के अनुसार हमें लेन-देन के रिकॉर्ड रखने होते हैं; "
            "उनसे अब आपकी पहचान नहीं होती।",
        ),
        ("हटाए जाने का प्रमाण: {proof}।",),
    ),
    "invoice_to_pay": MessageTemplate(
        "{brand} से {title} {number}",
        (_HELLO, "₹{amount} का {title} {number} इस ईमेल के साथ है। भुगतान {due} तक करें।"),
        ("भुगतान कैसे करें, यह उसी में लिखा है।",),
        words=("title",),
    ),
    "invoice_to_pay_online": MessageTemplate(
        "{brand} से {title} {number}",
        (_HELLO, "₹{amount} का {title} {number} इस ईमेल के साथ है। भुगतान {due} तक करें।"),
        ("भुगतान के और तरीके उसी में लिखे हैं।",),
        link="अभी भुगतान करें",
        words=("title",),
    ),
    "invoice_overdue": MessageTemplate(
        "याद दिला दें: {brand} के {title} {number} का भुगतान बाकी है",
        (_HELLO, "{title} {number} के ₹{amount} का भुगतान {due} तक होना था। भुगतान कैसे करें, यह उसी में लिखा है।"),
        (_PAID_MEANWHILE,),
        words=("title",),
    ),
    "invoice_overdue_online": MessageTemplate(
        "याद दिला दें: {brand} के {title} {number} का भुगतान बाकी है",
        (_HELLO, "{title} {number} के ₹{amount} का भुगतान {due} तक होना था।"),
        (_PAID_MEANWHILE,),
        link="अभी भुगतान करें",
        words=("title",),
    ),
    "invoice_copy": MessageTemplate(
        "{brand} से {title} {number}",
        (_HELLO, "₹{amount} का {title} {number} आपके रिकॉर्ड के लिए इस ईमेल के साथ है।"),
        words=("title",),
    ),
    "payment_receipt": MessageTemplate(
        "{brand} से रसीद {receipt}",
        (_HELLO, "{title} {number} के लिए ₹{amount} मिल गए हैं, अब पूरा भुगतान हो चुका है। धन्यवाद।"),
        ("रसीद इस ईमेल के साथ है।",),
        words=("title",),
    ),
    "payment_receipt_part": MessageTemplate(
        "{brand} से रसीद {receipt}",
        (_HELLO, "{title} {number} के लिए ₹{amount} मिल गए हैं। अभी ₹{due} का भुगतान बाकी है।"),
        ("रसीद इस ईमेल के साथ है।",),
        words=("title",),
    ),
    "webhook_disabled": MessageTemplate(
        "{brand}: आपका वेबहुक एंडपॉइंट बंद कर दिया गया है",
        (_HELLO, "हमने {url} ({endpoint}) को घटनाएँ भेजना रोक दिया है, क्योंकि {why}।"),
        ("जब वह फिर काम करने लगे, तो एंडपॉइंट चालू करें और छूटी हुई घटनाएँ फिर से भेजें।",),
        words=("why",),
    ),
    "notification": MessageTemplate(
        "{title}",
        (_HELLO, "{body}"),
        (_CHOOSE,),
        link="पूरी जानकारी देखें",
        sms="{brand}: {title}",
        whatsapp=("brand", "title"),
    ),
    "notification_more": MessageTemplate(
        "{title}",
        (_HELLO, "{body}", "{more}"),
        (_CHOOSE,),
        link="पूरी जानकारी देखें",
        sms="{brand}: {title} {more}",
        whatsapp=("brand", "title"),
    ),
    "notification_digest": MessageTemplate(
        "{brand} से {count} सूचनाएँ",
        (_HELLO, "पिछले सारांश के बाद: {lines}"),
        ("हम आपको किन बातों के बारे में और कितनी बार लिखें, यह आप अपनी सूचना सेटिंग में चुन सकते हैं।",),
        link="सभी सूचनाएँ देखें",
        sms="{brand}: {count} सूचनाएँ। {title}",
        whatsapp=("brand", "title"),
    ),
    "ticket_resolved": MessageTemplate(
        "{title}",
        (_HELLO, "{body}", "हमारी मदद कैसी रही? बस एक क्लिक, पासवर्ड की ज़रूरत नहीं।"),
        ("अगर कुछ बाकी है, तो जवाब दें; हम उसे फिर से देखेंगे।",),
        link="मदद को अंक दें",
    ),
    "prefund_submitted": MessageTemplate(
        "₹{amount} के प्रीफ़ंड की समीक्षा करें",
        (_HELLO, "{tenant} ने ₹{amount} का ट्रांसफ़र बताया है, UTR {utr}। अनुरोध: {request}।"),
        link="अनुरोध खोलें",
    ),
    "prefund_assigned": MessageTemplate(
        "₹{amount} का एक प्रीफ़ंड आपको सौंपा गया है",
        (_HELLO, "{tenant} का अनुरोध {request} (UTR {utr}) समीक्षा के लिए आपको सौंपा गया है।"),
        link="अनुरोध खोलें",
    ),
    "prefund_clarified": MessageTemplate(
        "₹{amount} का प्रीफ़ंड: {tenant} का जवाब आ गया है",
        (_HELLO, "{tenant} ने आपके सवाल का जवाब दिया है। अनुरोध {request} (UTR {utr}) की समीक्षा फिर शुरू हो गई है।"),
        link="अनुरोध खोलें",
    ),
    "prefund_reminder": MessageTemplate(
        "याद दिला दें: ₹{amount} का प्रीफ़ंड इंतज़ार में है",
        (_HELLO, "{tenant} का अनुरोध {request} (UTR {utr}) समीक्षा और निर्णय के इंतज़ार में है।"),
        link="अनुरोध खोलें",
    ),
    "prefund_escalated": MessageTemplate(
        "देर हो गई है: ₹{amount} का प्रीफ़ंड अब भी इंतज़ार में है",
        (_HELLO, "{tenant} का अनुरोध {request} (UTR {utr}) कई दिनों से इंतज़ार में है।"),
        link="अनुरोध खोलें",
    ),
    "prefund_failed": MessageTemplate(
        "₹{amount} का प्रीफ़ंड जमा नहीं हो सका",
        (_HELLO, "{tenant} का अनुरोध {request} (UTR {utr}) स्वीकार हुआ था, पर राशि वॉलेट में जमा नहीं हो सकी।"),
        ("कारण अनुरोध के इतिहास में लिखा है। ठीक हो जाने पर अनुरोध पर फिर निर्णय लें।",),
        link="अनुरोध खोलें",
    ),
    "prefund_question": MessageTemplate(
        "आपके ₹{amount} के प्रीफ़ंड के बारे में एक सवाल",
        (_HELLO, "आपके ट्रांसफ़र {utr} (अनुरोध {request}) के बारे में हमारा एक सवाल है:", "{note}"),
        ("जवाब देने के लिए अनुरोध खोलें।",),
        link="अपने प्रीफ़ंड देखें",
    ),
    "prefund_credited": MessageTemplate(
        "आपका ₹{amount} का प्रीफ़ंड जमा हो गया है",
        (
            _HELLO,
            "आपका ट्रांसफ़र {utr} (अनुरोध {request}) आपके वॉलेट में जमा हो गया है।",
            "समीक्षा करने वाले की टिप्पणी: {note}",
        ),
        link="अपने प्रीफ़ंड देखें",
    ),
    "prefund_credited_in_part": MessageTemplate(
        "आपके ₹{requested} के प्रीफ़ंड में से ₹{amount} जमा हो गए हैं",
        (
            _HELLO,
            "आपने ट्रांसफ़र {utr} (अनुरोध {request}) के ₹{requested} बताए थे, उनमें से ₹{amount} आपके वॉलेट में जमा हुए हैं। "
            "यह ₹{shortfall} कम है।",
            "समीक्षा करने वाले की टिप्पणी: {note}",
        ),
        ("अगर आपके खाते से इससे ज़्यादा गया है, तो बैंक की पुष्टि के साथ जवाब दें या टिकट खोलें।",),
        link="अपने प्रीफ़ंड देखें",
    ),
    "prefund_withdrawn": MessageTemplate(
        "{tenant} ने ₹{amount} का प्रीफ़ंड वापस ले लिया है",
        (_HELLO, "अनुरोध {request} (UTR {utr}) की समीक्षा की अब ज़रूरत नहीं है। उनकी टिप्पणी:", "{note}"),
        link="अनुरोध खोलें",
    ),
    "prefund_rejected": MessageTemplate(
        "आपका ₹{amount} का प्रीफ़ंड अस्वीकार हुआ",
        (_HELLO, "आपका ट्रांसफ़र {utr} (अनुरोध {request}) जमा नहीं किया गया। कारण:", "{note}"),
        link="अपने प्रीफ़ंड देखें",
    ),
}
