/** What the ledger's lines of a day come to: what was undone on the same day is taken off, with its bill. */
const UNDOES = { issue: 'reverse_issue', redeem: 'reverse_redeem' };
const SPENT = ['redeem', 'capture'];

export function totalsOf(rows) {
  const undone = new Map();
  for (const row of rows) {
    if (Object.values(UNDOES).includes(row.type)) undone.set(row.reversed_transaction_id, (undone.get(row.reversed_transaction_id) || 0) + Number(row.coins));
  }
  const left = (row) => Number(row.coins) - (UNDOES[row.type] ? undone.get(row.transaction_id) || 0 : 0);
  const stands = rows.filter((row) => (row.type === 'issue' || SPENT.includes(row.type)) && (left(row) > 0 || !undone.has(row.transaction_id)));
  const issues = stands.filter((row) => row.type === 'issue');
  const sum = (some, value) => some.reduce((total, row) => total + value(row), 0);
  return {
    issued: sum(issues, left),
    bills: Math.round(sum(issues, (row) => Number(row.bill_amount || 0))),
    redeemed: sum(stands.filter((row) => SPENT.includes(row.type)), left),
    customers: new Set(stands.map((row) => row.customer_id)).size,
  };
}
