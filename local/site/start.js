// The theme's script weighs more than a page, and reads the index of the search besides. A page is read without it; on a
// phone it comes with the first touch, key or scroll. What was pressed meanwhile is pressed once more when it is there.
(() => {
  const THEME = "javascripts/bundle.min.js"; // as local.site finds it in the pages
  const here = document.currentScript.src;
  const load = (name) => new Promise((resolve, reject) => {
    const src = new URL(name, here).href;
    document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject }));
  });
  const root = document.documentElement;
  root.classList.replace("no-js", "js");

  // The scheme of the device, and the button that changes it, as the theme would set them.
  const palettes = [...document.querySelectorAll("input[name=__palette]")];
  const kept = __md_get("__palette");
  const shown = palettes[kept ? kept.index : palettes.findIndex((each) => matchMedia(each.dataset.mdColorMedia).matches)];
  if (shown) {
    shown.checked = true;
    shown.nextElementSibling.hidden = false;
    if (!kept) document.body.dataset.mdColorScheme = shown.dataset.mdColorScheme;
  }

  // Tables that are wider than a phone are scrolled sideways. The theme wraps them; with this, so can a keyboard.
  function reachable() {
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  addEventListener("resize", reachable);

  // A page with diagrams has the theme's script in it.
  let there = Boolean(document.querySelector("script[src*='javascripts/bundle']"));
  let begun;
  const begin = () => (begun ??= (async () => {
    if (!there) {
      await load(THEME);
      document$.next(document); // the theme waits for DOMContentLoaded, which is over
    }
    there = true;
    setTimeout(reachable);
  })().catch(() => { begun = null; })); // no network: the page is there to be read
  for (const kind of ["pointerdown", "pointermove", "keydown", "focusin", "scroll"]) {
    addEventListener(kind, begin, { passive: true, capture: true, once: kind === "pointermove" || kind === "scroll" });
  }
  const NEEDS = ".md-search__button, [for=__search], [for^=__palette]";
  addEventListener("click", (event) => {
    const pressed = event.target.closest?.(NEEDS);
    if (there || !pressed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    begin().then(() => there && pressed.click());
  }, true);
  addEventListener("keydown", (event) => {
    const { key, code, ctrlKey, metaKey } = event;
    if (there || event.altKey || event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const search = ctrlKey || metaKey ? key === "k" : ["/", "f", "s"].includes(key);
    if (!search) return;
    event.preventDefault();
    begin().then(() => there && document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, ctrlKey, metaKey, bubbles: true, cancelable: true })));
  });

  // At a desk it is cheap; where a page marks what was searched for, it is needed.
  const atOnce = there || matchMedia("(min-width: 60em)").matches || new URLSearchParams(location.search).has("h");
  addEventListener("load", () => { if (atOnce) setTimeout(begin); });
})();
