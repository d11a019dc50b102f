// Style sheets of parts that are loaded when they are opened, and the typeface.
const loaded = new Map();

/** Adds a style sheet once. Settles when it counts, or can't be had. */
export function loadStyle(href) {
  if (!loaded.has(href)) {
    loaded.set(href, new Promise((resolve) => {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: resolve, onerror: resolve });
      document.head.append(link);
    }));
  }
  return loaded.get(href);
}

/**
 * Changes to our typeface. It weighs more than all that the counter opens with, so a page that is opened for the first
 * time is drawn in the system's, and calls this once nothing that people wait for is on its way. boot.js does it from
 * the second time on.
 */
export async function showTypeface() {
  const { classList } = document.documentElement;
  if (classList.contains('typeface')) return;
  try {
    await document.fonts.load('1rem Inter');
    localStorage.setItem('batua.typeface', 'kept');
  } catch { /* no network, or no storage: the system's is as readable */ }
  classList.add('typeface');
}
