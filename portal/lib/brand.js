// A tenant's colour in our design: as it is where it is readable, else moved just as far as contrast needs.
const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const mix = (from, to, share) => from.map((value, at) => Math.round(value + (to[at] - value) * share));
const css = (rgb) => `rgb(${rgb.join(' ')})`;

export function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** The colour, moved towards `towards` until it stands at `least` : 1 on `ground`. */
function readable(rgb, ground, towards, least) {
  for (let step = 0; step <= 20; step += 1) {
    const tried = mix(rgb, towards, step / 20);
    if (contrast(tried, ground) >= least) return tried;
  }
  return towards;
}

const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];
const GROUNDS = { light: [255, 255, 255], dark: [23, 26, 25] };

/** Tokens of a brand colour (#rrggbb) for a scheme. Text on it and it on the ground keep 4.5 : 1. */
export function brandTokens(hex, scheme) {
  const ground = GROUNDS[scheme];
  const ink = readable(parse(hex), ground, scheme === 'light' ? BLACK : WHITE, 4.6);
  const on = contrast(ink, WHITE) >= 4.5 ? WHITE : BLACK;
  return {
    '--brand': css(ink),
    '--on-brand': css(on),
    '--brand-strong': css(mix(ink, scheme === 'light' ? BLACK : WHITE, 0.14)),
    '--brand-soft': css(mix(ground, ink, scheme === 'light' ? 0.09 : 0.2)),
  };
}

/** What the API says of a tenant that has chosen none: tokens.css has it for both schemes. */
const OURS = '#0a6847';

/** Shows a tenant's colour from now on, in both schemes. */
export function applyBrand(hex) {
  if (!/^#[0-9a-f]{6}$/i.test(hex || '') || hex.toLowerCase() === OURS) return;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const chosen = document.documentElement.dataset.theme || (dark.matches ? 'dark' : 'light');
    for (const [name, value] of Object.entries(brandTokens(hex, chosen))) document.documentElement.style.setProperty(name, value);
  };
  apply();
  dark.addEventListener('change', apply);
  new MutationObserver(apply).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}
