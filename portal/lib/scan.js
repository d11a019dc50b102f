// Reads a customer's QR code: with the browser's own detector where there is one, else with jsQR, loaded when needed.
// Phones that refuse the camera, as installed pages on iOS do at times, still take a picture.
import { html, useEffect, useRef, useState } from './ui.js';
import { t } from './i18n.js';
import { Button, Notice } from '../components/basics.js';
import { Dialog } from '../components/forms.js';

async function makeReader() {
  if ('BarcodeDetector' in window) {
    try {
      if ((await BarcodeDetector.getSupportedFormats()).includes('qr_code')) {
        const detector = new BarcodeDetector({ formats: ['qr_code'] });
        return async (source) => (await detector.detect(source))[0]?.rawValue || null;
      }
    } catch { /* the library below */ }
  }
  if (!window.jsQR) {
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement('script'), { src: '/vendor/jsqr.js', onload: resolve, onerror: reject });
      document.head.append(script);
    });
  }
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return async (source) => {
    const width = source.videoWidth || source.width;
    const height = source.videoHeight || source.height;
    if (!width || !height) return null;
    const scale = Math.min(1, 960 / Math.max(width, height));
    canvas.width = width * scale;
    canvas.height = height * scale;
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(data, canvas.width, canvas.height)?.data || null;
  };
}

export function Scanner({ onRead, onClose }) {
  const video = useRef();
  const [state, setState] = useState('starting');
  const reader = useRef(null);
  const take = (text) => {
    navigator.vibrate?.(30);
    onRead(text);
  };
  useEffect(() => {
    let stream;
    let over = false;
    (async () => {
      try {
        reader.current = makeReader();
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false });
        if (over) return;
        video.current.srcObject = stream;
        await video.current.play();
        setState('looking');
        const read = await reader.current;
        while (!over) {
          const text = await read(video.current);
          if (text && !over) return take(text);
          await new Promise((resolve) => { setTimeout(resolve, 120); });
        }
      } catch { if (!over) setState('blocked'); }
      return undefined;
    })().finally(() => stream?.getTracks().forEach((track) => track.stop()));
    return () => {
      over = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  const picture = async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    const image = await createImageBitmap(file);
    const text = await (await makeReader())(image);
    if (text) take(text);
    else setState('unread');
  };
  return html`<${Dialog} title=${t('counter.scan')} onClose=${onClose} sheet>
    ${state === 'blocked' ? html`<${Notice} tone="warn">${t('scan.blocked')}<//>` : html`<div class="viewfinder"><video ref=${video} muted playsinline aria-label=${t('scan.camera')}></video><span class="frame-mark" aria-hidden="true"></span></div>`}
    <p class="muted small" role="status">${state === 'unread' ? t('scan.unread') : t('scan.hint')}</p>
    <div class="foot"><label class="button"><input class="sr" type="file" accept="image/*" capture="environment" onChange=${picture} />${t('scan.picture')}</label><${Button} onClick=${onClose}>${t('cancel')}<//></div>
  <//>`;
}
