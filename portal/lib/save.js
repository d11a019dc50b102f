// Files that a page makes.

/** Hands a file that was made on this page to the browser's downloads. */
export function save(parts, name, type) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
