// Runs before the first paint: the chosen theme and language, so that nothing flickers. Everything else is a module.
(function () {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem('batua.theme');
    if (theme) root.dataset.theme = theme;
    const language = localStorage.getItem('batua.language') || (navigator.language || 'en').slice(0, 2);
    root.lang = language === 'hi' ? 'hi' : 'en';
  } catch { /* storage may be blocked: the device's own settings hold */ }
})();
