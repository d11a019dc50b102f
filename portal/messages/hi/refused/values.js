// API के वे शब्द जो वाक्यों के बीच आते हैं: स्थितियाँ, अवधियाँ, प्रकार।
export default {
  active: 'चालू', paused: 'रुका हुआ', draft: 'ड्राफ़्ट', pending: 'बाकी', submitted: 'भेजा गया', verified: 'सत्यापित', rejected: 'अस्वीकृत',
  withdrawn: 'वापस लिया गया', expired: 'समाप्त', approved: 'मंज़ूर', fulfilled: 'मिल चुका', cancelled: 'रद्द', reversed: 'वापस लिया गया',
  awaiting_upload: 'फ़ाइल का इंतज़ार', checking: 'जाँच जारी', checked: 'जाँचा गया', check_failed: 'जाँच विफल', applying: 'लाया जा रहा', applied: 'लाया गया',
  apply_failed: 'रुका', reversing: 'वापसी जारी', reverse_failed: 'वापसी रुकी',
  new: 'नया', open: 'खुला', on_hold: 'रुका हुआ', resolved: 'सुलझा', closed: 'बंद',
  placed: 'दिया गया', processing: 'जारी', paid: 'भुगतान हुआ', failed: 'विफल', delivered: 'मिल चुका',
  day: 'हर दिन', week: 'हर हफ़्ते', month: 'हर महीने', year: 'हर साल', ever: 'कुल', total: 'कुल',
  security: 'सुरक्षा', money: 'पैसों', support: 'सहायता', operations: 'कामकाज', email: 'ईमेल', sms: 'SMS', app: 'ऐप', in_app: 'ऐप',
  operator: 'ऑपरेटर', network: 'नेटवर्क', merchant: 'दुकान', parent: 'मूल टेनेंट', child: 'चाइल्ड टेनेंट', application: 'ऐप',
  live: 'लाइव', test: 'टेस्ट',
};
