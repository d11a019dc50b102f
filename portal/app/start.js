// Starts the portal, in its own page alone: another page that loads what is bundled with this stays what it is.
import { start } from './main.js';

if (document.documentElement.dataset.page === 'portal') start();
