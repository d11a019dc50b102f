// Setting two-step sign-in up.
export default {
  'factor.1': 'अपने फ़ोन पर ऑथेंटिकेटर ऐप खोलें, जैसे Aegis, Google Authenticator या 1Password।',
  'factor.2': 'यह कोड स्कैन करें, या नीचे की गुप्त कुंजी लिखें।',
  'factor.3': 'ऐप में दिखे छह अंक लिखें',
  'factor.qr': 'ऑथेंटिकेटर ऐप के लिए QR कोड',
  'factor.secret': 'गुप्त कुंजी',
  'factor.confirm': 'पुष्टि करें',
  'factor.codes': 'आपके रिकवरी कोड',
  'factor.codes.text': 'ये एक ही बार दिखते हैं। फ़ोन खो जाए तो हर कोड एक बार खाता खोलता है: इन्हें कागज़ पर रखें।',
  'factor.kept': 'मैंने सहेज लिए',
  'factor.print': 'छापें',
};
