// Starts the portal. The only script of index.html: in no bundle, so that no other page can start it by what it loads.
import { start } from './main.js';

start();
