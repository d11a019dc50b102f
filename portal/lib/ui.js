// What every component needs, from one place: markup without a build step, hooks and signals.
import { h, render, Fragment, createContext } from '../vendor/preact.js';
import { useState, useEffect, useLayoutEffect, useRef, useId, useMemo, useContext } from '../vendor/hooks.js';
import { signal, computed, effect, batch, useSignal, useComputed, useSignalEffect } from '../vendor/signals.js';
import htm from '../vendor/htm.js';

const html = htm.bind(h);

export {
  html, h, render, Fragment, createContext,
  useState, useEffect, useLayoutEffect, useRef, useId, useMemo, useContext,
  signal, computed, effect, batch, useSignal, useComputed, useSignalEffect,
};
