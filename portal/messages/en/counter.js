// The counter, until a customer is found.
export default {
  'counter.number': 'Customer’s mobile number',
  'counter.number.hint': 'Looked up when it is complete. A new number becomes a customer with its first coins.',
  'counter.find': 'Find',
  'counter.scan': 'Scan QR code',
  'counter.keypad': 'Number pad',
  'counter.delete': 'Delete the last digit',
  'counter.point': 'Decimal point',
  'counter.recent': 'Recent customers',
  'counter.recent.none': 'Nobody yet',
  'counter.unnamed': 'Customer',
  'scan.camera': 'Camera picture',
  'scan.hint': 'Hold the customer’s QR code in front of the camera.',
  'scan.blocked': 'The camera can’t be used here. Take a picture of the code instead, or type the number.',
  'scan.unread': 'No code found in that picture. Try again, closer and in better light.',
  'scan.picture': 'Take a picture',
  'problem.customer_not_found': 'No customer has this number or code.',
};
