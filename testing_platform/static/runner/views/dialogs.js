/* Dialogs are the browser's own <dialog>: it keeps the focus inside, closes on Escape, and gives the focus back. */
import { REASONS } from '../challenge.js';
import { h, icon } from '../dom.js';
import { grouped, t } from '../text.js';
import { whereTable } from './away.js';
import { emergencyPanel } from './emergency.js';

let count = 0;

/** Show a dialog; `close()` on the returned element ends it. */
export function openDialog({ title, className, onClose }, ...content) {
  count += 1;
  const id = `dialog-title-${count}`;
  const dialog = h('dialog', { class: `dialog ${className ?? ''}`, 'aria-labelledby': id },
    h('div', { class: 'dialog-head' }, h('h2', { id, tabindex: '-1' }, title),
      h('button', { class: 'quiet', type: 'button', onclick: () => dialog.close() }, icon('close'), t('close'))),
    h('div', { class: 'dialog-body' }, ...content));
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function isDialogOpen() {
  return document.querySelector('dialog[open]') !== null;
}

export function closeDialogs() {
  document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close());
}

const KEYS = [
  ['→ N', 'keys.next'], ['← P', 'keys.previous'], ['R', 'keys.doubtful'],
  ['L', 'keys.report'], ['T', 'keys.time'], ['M', 'keys.menu'], ['?', 'keys.help'],
  ['↑ ↓', 'keys.radio'], ['Tab', 'keys.tab'], ['Esc', 'keys.escape'],
];

/** The keys and a word for trouble; `nOptions` says how many options the items have. */
export function helpDialog({ nOptions = 4 } = {}) {
  const places = Array.from({ length: nOptions }, (_, place) => place);
  const choose = [[...places.map((place) => String.fromCharCode(65 + place)), '/', ...places.map((place) => place + 1)].join(' '), 'keys.choose'];
  openDialog({ title: t('help.title') },
    h('p', null, t('help.lead')),
    h('table', { class: 'keys' }, h('caption', { class: 'visually-hidden' }, t('help.keys')),
      h('tbody', null, [choose, ...KEYS].map(([keys, text]) => h('tr', null, h('th', { scope: 'row' }, caps(keys)), h('td', null, t(text)))))),
    h('p', null, t('help.trouble')));
}

function caps(keys) {
  return keys.split(' ').map((key) => (key === '/' ? ' / ' : h('kbd', null, key)));
}

/** The candidate's own look of the page; `looks` is {theme, size, keys}, `onChange(changes)` applies at once. */
export function lookDialog({ looks, onChange }) {
  const group = (name, legend, values) => h('fieldset', { class: 'choices across' }, h('legend', null, legend),
    values.map((value) => h('label', { class: 'choice' },
      h('input', { type: 'radio', name, value, checked: looks[name] === value, onchange: () => onChange({ [name]: value }) }),
      h('span', { class: `${name}-${value}` }, t(`look.${name}-${value}`)))));
  openDialog({ title: t('look.title') },
    group('size', t('look.size'), ['normal', 'large', 'larger']),
    group('theme', t('look.theme'), ['light', 'dark', 'contrast']),
    group('keys', t('look.keys'), ['on', 'off']));
}

/** Report the item on the screen; one more key (1 to 6) or click is enough, and no time is lost. */
export function reportDialog({ number, onReport }) {
  const send = (reason) => {
    dialog.close();
    onReport(reason);
  };
  const dialog = openDialog({ title: t('report.title', { n: number }) },
    h('p', null, t('report.lead')),
    h('ol', { class: 'reasons' }, REASONS.map((reason, index) => h('li', null,
      h('button', { class: 'secondary', type: 'button', onclick: () => send(reason) }, h('kbd', null, String(index + 1)), t(`report.${reason}`))))));
  dialog.addEventListener('keydown', (event) => {
    const reason = REASONS[Number(event.key) - 1];
    if (!reason) return;
    event.stopPropagation(); // the item behind would take the digit for the choice of an option
    event.preventDefault();
    send(reason);
  });
}

/** Everything that is seldom needed, one press away: where the answers are, the emergency file, a break, looks, help. */
export function menuDialog({ attempt, acts, material }) {
  const entry = (drawing, text, act) => h('li', null,
    h('button', { class: 'secondary', type: 'button', onclick: () => { dialog.close(); act(); } }, icon(drawing), text));
  const { candidate, title } = attempt.reply;
  const dialog = openDialog({ title: t('menu.title') },
    h('p', { class: 'hint' }, [candidate.name, grouped(candidate.participant_number), title].join(' · ')),
    h('ul', { class: 'reasons' },
      entry('computer', t('menu.places'), acts.places),
      material && entry('file', t('menu.file'), acts.file),
      attempt.breakSecondsLeft > 0 && entry('cup', t('menu.break', { n: minutesLeft(attempt.breakSecondsLeft) }), acts.rest),
      entry('alert', t('menu.report'), acts.challenge),
      entry('eye', t('menu.look'), acts.look),
      entry('person', t('menu.help'), acts.help)));
}

function minutesLeft(seconds) {
  return Math.max(1, Math.ceil(seconds / 60));
}

/** Where each answer is: on the server, on this computer, or not given. */
export function placesDialog({ attempt }) {
  openDialog({ title: t('places.title') }, h('p', null, t('places.lead')), whereTable(attempt.whereabouts()));
}

export function emergencyDialog({ material }) {
  openDialog({ title: t('emergency.title') }, emergencyPanel({ material, title: t('emergency.what') }));
}

/** Take a break? `seconds` are left of what was granted to this person. */
export function breakDialog({ seconds, onYes }) {
  const dialog = openDialog({ title: t('break.ask') },
    h('p', null, t('break.lead', { n: minutesLeft(seconds) })),
    h('div', { class: 'actions' },
      h('button', { class: 'primary', type: 'button', onclick: () => { dialog.close(); onYes(); } }, t('break.yes')),
      h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close() }, t('break.no'))));
}

/** The last question before handing in. */
export function confirmSubmitDialog({ empty, doubtful, onYes }) {
  const lines = [
    empty > 0 && h('p', { class: 'note note-warn' }, icon('alert'), h('span', null, t('submit.empty', { n: empty }))),
    doubtful > 0 && h('p', null, t('submit.doubtful', { n: doubtful })),
    h('p', null, t('submit.final')),
  ];
  const dialog = openDialog({ title: t('submit.title') }, ...lines.filter(Boolean),
    h('div', { class: 'actions' },
      h('button', { class: 'primary', type: 'button', onclick: () => { dialog.close(); onYes(); } }, t('submit.yes')),
      h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close() }, t('submit.no'))));
}
