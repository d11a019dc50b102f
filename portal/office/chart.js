// Bars beside each other, drawn as SVG, with the same figures as a table for whoever can't see them.
import { html, useLayoutEffect, useRef, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { number } from '../lib/format.js';

/** A round number not below the highest value, so that the scale reads easily. */
function ceiling(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= value);
}

/**
 * `series`: [{ name, tone }] with tone 'brand' or 'coin'; `points`: [{ label, long, values }] in the order of the series.
 */
export function BarChart({ title, series, points, show = number }) {
  const [asTable, setAsTable] = useState(false);
  const top = ceiling(Math.max(...points.flatMap((point) => point.values)));
  const place = useRef();
  const [width, setWidth] = useState(0);
  // Drawn once its width is known, and anew when that changes.
  useLayoutEffect(() => {
    setWidth(Math.max(240, Math.round(place.current.clientWidth)));
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(240, Math.round(entry.contentRect.width))));
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const blank = points.every((point) => point.values.every((value) => !value));
  const height = 190;
  const slot = width / points.length;
  const bar = Math.min(22, (slot * 0.64) / series.length);
  const every = Math.ceil((points.length * 44) / (width || 1));
  return html`<figure class="chart" ref=${place}>
    <figcaption class="row apart"><h2>${title}</h2><button type="button" class="link small" aria-expanded=${String(asTable)} onClick=${() => setAsTable(!asTable)}>${t(asTable ? 'chart.hide' : 'chart.table')}</button></figcaption>
    <ul class="legend row small">${series.map((each) => html`<li key=${each.name} class="row nowrap"><span class=${`swatch ${each.tone}`}></span>${each.name}</li>`)}</ul>
    <svg viewBox=${`0 0 ${width || 640} ${height + 28}`} role="img" aria-label=${title}>
      ${width > 0 && [0, 0.5, 1].map((share) => html`<g key=${share}><line class="grid" x1="0" x2=${width} y1=${height - share * (height - 16)} y2=${height - share * (height - 16)} />
        ${share > 0 && !blank && html`<text class="scale" x="0" y=${height - share * (height - 16) - 5}>${number(top * share, { notation: 'compact', maximumFractionDigits: 1 })}</text>`}</g>`)}
      ${width > 0 && points.map((point, at) => html`<g key=${point.label}>
        ${series.map((each, which) => {
          const tall = (point.values[which] / top) * (height - 16);
          const x = at * slot + slot / 2 + (which - series.length / 2) * (bar + 2) + 1;
          return html`<rect key=${each.name} class=${`bar ${each.tone}`} x=${x} y=${height - Math.max(tall, point.values[which] ? 2 : 0)} width=${bar} height=${Math.max(tall, point.values[which] ? 2 : 0)} rx="3"><title>${`${point.long || point.label}: ${each.name} ${show(point.values[which])}`}</title></rect>`;
        })}
        ${!blank && (points.length - 1 - at) % every === 0 && html`<text class="tick" x=${at * slot + slot / 2} y=${height + 20}>${point.label}</text>`}</g>`)}
      ${width > 0 && blank && html`<text class="tick" x=${width / 2} y=${height / 2}>${t('chart.none')}</text>`}
    </svg>
    <div class=${asTable ? 'table-wrap flat' : 'sr'}><table><caption class="sr">${title}</caption><thead><tr><th scope="col">${t('chart.when')}</th>${series.map((each) => html`<th key=${each.name} scope="col" class="end">${each.name}</th>`)}</tr></thead>
      <tbody>${points.map((point) => html`<tr key=${point.label}><th scope="row">${point.long || point.label}</th>${point.values.map((value, which) => html`<td key=${which} class="end figures">${show(value)}</td>`)}</tr>`)}</tbody></table></div>
  </figure>`;
}

/** How much of a limit is used; the text says it, the bar shows it. */
export const Meter = ({ share, tone, label }) => html`<svg class=${`meter ${tone}`} viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label=${label}><rect class="track" width="100" height="6" rx="3" /><rect class="filled" width=${Math.max(0, Math.min(100, share))} height="6" rx="3" /></svg>`;
