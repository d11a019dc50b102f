// काउंटर।
export default {
  'counter.number': 'ग्राहक का मोबाइल नंबर',
  'counter.number.hint': 'नंबर पूरा होते ही खोजा जाता है। नया नंबर पहले सिक्कों के साथ ग्राहक बन जाता है।',
  'counter.find': 'खोजें',
  'counter.scan': 'QR कोड स्कैन करें',
  'counter.keypad': 'नंबर पैड',
  'counter.delete': 'आख़िरी अंक मिटाएँ',
  'counter.point': 'दशमलव',
  'counter.recent': 'हाल के ग्राहक',
  'counter.recent.none': 'अभी कोई नहीं',
  'counter.unnamed': 'ग्राहक',
  'scan.camera': 'कैमरे की तस्वीर',
  'scan.hint': 'ग्राहक का QR कोड कैमरे के सामने रखें।',
  'scan.blocked': 'यहाँ कैमरा नहीं चल सकता। कोड की फ़ोटो लें, या नंबर लिखें।',
  'scan.unread': 'उस फ़ोटो में कोड नहीं मिला। पास से और अच्छी रोशनी में फिर लें।',
  'scan.picture': 'फ़ोटो लें',
  'problem.customer_not_found': 'इस नंबर या कोड का कोई ग्राहक नहीं है।',
};
