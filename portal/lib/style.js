// Style sheets of parts that are loaded when they are opened.
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
