/* The candidate's own look of the page: size of the item's text, theme, and whether letter keys act. */
import { remember, visit } from './memory.js';

const DEFAULTS = { size: 'normal', theme: 'light', keys: 'on' };

/** What was chosen in this tab; before that, what the computer itself asks for. */
export function looks() {
  const asked = matchMedia('(prefers-contrast: more)').matches ? 'contrast' : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return { ...DEFAULTS, theme: asked, ...visit().looks };
}

export function changeLooks(changes) {
  remember({ looks: { ...looks(), ...changes } });
  applyLooks(looks());
}

export function applyLooks({ size, theme } = looks()) {
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.size = size;
}
