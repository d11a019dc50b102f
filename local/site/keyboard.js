// Tables that are wider than a phone are scrolled sideways. The theme wraps them; with this, so can a keyboard.
function reachable() {
  for (const box of document.querySelectorAll('.md-typeset__scrollwrap')) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
  }
}
addEventListener('load', () => setTimeout(reachable));
addEventListener('resize', reachable);
