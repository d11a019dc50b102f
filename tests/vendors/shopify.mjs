// node shopify.mjs sign SECRET < body          the signature as Shopify's own library makes it
// node shopify.mjs check SECRET SIGNATURE < body   "true" where Shopify's own library takes the webhook
import { readFileSync } from 'node:fs';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import { createSHA256HMAC } from '@shopify/shopify-api/runtime';

const [what, secret, signature] = process.argv.slice(2);
const body = readFileSync(0, 'utf8');
if (what === 'sign') {
  process.stdout.write(await createSHA256HMAC(secret, body));
} else {
  const apiVersion = Object.values(ApiVersion).filter((name) => /^\d{4}/.test(name)).sort().at(-1);
  const app = { apiKey: 'key', apiSecretKey: secret, hostName: 'wallet.example.com', isEmbeddedApp: false };
  const shopify = shopifyApi({ ...app, apiVersion, scopes: ['read_orders'], logger: { level: 0 } });
  const headers = {
    'x-shopify-topic': 'orders/paid',
    'x-shopify-hmac-sha256': signature,
    'x-shopify-shop-domain': 'kaveri-stores.myshopify.com',
    'x-shopify-api-version': apiVersion,
    'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
  };
  const rawRequest = { method: 'POST', url: '/webhooks/shopify', headers };
  const { valid } = await shopify.webhooks.validate({ rawBody: body, rawRequest, rawResponse: {} });
  process.stdout.write(String(valid));
}
