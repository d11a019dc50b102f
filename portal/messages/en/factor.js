// Setting two-step sign-in up.
export default {
  'factor.1': 'Open an authenticator app on your phone, such as Aegis, Google Authenticator or 1Password.',
  'factor.2': 'Scan this code, or type the secret below.',
  'factor.3': 'Type the six digits that the app shows',
  'factor.qr': 'QR code for the authenticator app',
  'factor.secret': 'Secret',
  'factor.confirm': 'Confirm',
  'factor.codes': 'Your recovery codes',
  'factor.codes.text': 'They are shown once. Each opens your account once when your phone is lost: keep them on paper.',
  'factor.kept': 'I have saved them',
  'factor.print': 'Print',
};
