/* The end of the test: what is still open, handing in, and the receipt. */
import { h, icon, saveFile } from '../dom.js';
import { clockTime, grouped, t } from '../text.js';
import { emergencyPanel } from './emergency.js';
import { countPlaces, whereSentence } from './loss.js';
import { facts, page } from './page.js';

/** Lists what is empty or doubtful with a way back to each, and where the answers are; `tick(seconds)` keeps the time in view. */
export function finalCheckView({ attempt, onGo, onBack, onSubmit }) {
  const { answered, empty, doubtful, total } = attempt.answers.count();
  const isClean = empty.length + doubtful.length === 0;
  const time = h('span', { class: 'time-face' });
  const where = h('p', { class: 'saved-line', role: 'status' });
  const element = page({ title: t('final.title'), lead: isClean ? t('final.clean') : t('final.lead'), wide: true },
    h('ul', { class: 'sums' },
      sum(answered, t('final.answered', { total }), 'ok'), sum(doubtful.length, t('final.doubtful'), 'warn'),
      sum(empty.length, t('final.empty'), empty.length ? 'bad' : 'calm')),
    openList({ title: t('final.empty-list'), items: empty, attempt, onGo, look: 'is-empty' }),
    openList({ title: t('final.doubtful-list'), items: doubtful, attempt, onGo, look: 'is-doubtful is-answered' }),
    where,
    h('p', { class: 'hint final-time' }, icon('clock'), t('time.left'), ' ', time),
    h('div', { class: 'actions' },
      h('button', { class: 'primary', type: 'button', onclick: () => onSubmit({ empty: empty.length, doubtful: doubtful.length }) }, t('final.submit')),
      h('button', { class: 'secondary', type: 'button', onclick: onBack }, icon('left'), t('final.back'))));
  const update = () => paintWhere(where, attempt);
  update();
  return { element, update, tick: (seconds) => { time.textContent = t('minutes', { n: Math.ceil(seconds / 60) }); } };
}

function paintWhere(line, attempt) {
  const counts = countPlaces(attempt.whereabouts());
  const text = counts.here > 0 ? t('final.where', { where: whereSentence(counts) }) : t('saved.server');
  if (line.dataset.text === text) return;
  line.dataset.text = text;
  line.replaceChildren(icon(counts.here > 0 ? 'computer' : 'cloud'), h('span', null, text));
}

function sum(number, text, tone) {
  return h('li', { class: `tone-${tone}` }, h('strong', null, String(number)), h('span', null, text));
}

function openList({ title, items, attempt, onGo, look }) {
  if (items.length === 0) return null;
  const places = items.map((id) => attempt.items.findIndex((item) => item.id === id));
  return h('section', null, h('h2', null, title),
    h('ul', { class: 'grid open-items' }, places.map((place) => h('li', null,
      h('button', { type: 'button', class: `cell ${look}`, 'aria-label': t('final.go', { n: place + 1 }), onclick: () => onGo(place) }, String(place + 1))))));
}

/**
 * Handing in is under way; with the network away it says so, offers the emergency file, and may be left again while there
 * is time.
 */
export function handingInView({ isTimeUp, material, onBack }) {
  const lead = h('p', { class: 'lead', role: 'status' }, isTimeUp ? t('handing.time-up') : t('handing.sending'));
  const back = h('button', { class: 'secondary', type: 'button', onclick: onBack, hidden: true }, icon('left'), t('final.back'));
  const file = h('div', null);
  const element = page({ title: isTimeUp ? t('handing.title-time') : t('handing.title'), mark: 'clock' }, lead,
    h('progress', { 'aria-label': t('handing.title') }), file, h('div', { class: 'actions' }, back));
  const wait = (n, { hasUnsent }) => {
    const text = n > 0 ? t('handing.waiting', { n }) : t('handing.waiting-none');
    if (lead.textContent !== text) lead.textContent = text;
    back.hidden = Boolean(isTimeUp);
    if (material && hasUnsent && !file.firstChild) file.append(emergencyPanel({ material, title: t('emergency.title-end') }));
  };
  return { element, wait };
}

/**
 * The proof in words and as a file, printable; `onDone` clears the computer for the next candidate. `nLate` answers of the
 * screen arrived after the end.
 */
export function receiptView({ receipt, nLate, candidate, title, zone, onDone }) {
  const number = receipt.participant_number ?? candidate.participant_number;
  // As the server wrote it: the signature covers every field, and whoever checks it asks for the whole.
  const save = () => saveFile(`tanda-terima-${number.replace(/[^0-9A-Za-z-]/g, '')}-${receipt.short_code}.json`, JSON.stringify(receipt, null, 1));
  return page({ title: t('receipt.title'), mark: 'check', tone: 'ok', lead: t('receipt.lead'), wide: true },
    facts([[t('facts.name'), candidate.name], [t('facts.number'), grouped(number)], [t('facts.test'), title],
      [t('receipt.answered'), t('receipt.of', { n: receipt.answered, total: receipt.n_items })], [t('receipt.at'), clockTime(receipt.submitted_at, zone)]]),
    nLate > 0 && h('p', { class: 'note note-warn' }, icon('clock'), h('span', null, t('receipt.late', { n: nLate }))),
    h('div', { class: 'proof' },
      h('p', { class: 'short-code' }, h('span', null, t('receipt.code')), h('strong', null, receipt.short_code)),
      h('p', null, t('receipt.hint'))),
    h('div', { class: 'actions' },
      h('button', { class: 'primary', type: 'button', onclick: onDone }, t('receipt.done')),
      h('button', { class: 'secondary', type: 'button', onclick: () => window.print() }, icon('print'), t('receipt.print')),
      h('button', { class: 'secondary', type: 'button', onclick: save }, icon('down'), t('receipt.save'))),
    // Words, not links: the document of the test is never left by itself.
    h('p', { class: 'hint' }, t('receipt.check', { address: `${location.origin}/tanda-terima` })),
    h('p', { class: 'hint' }, t('receipt.results', { address: `${location.origin}/hasil` })));
}
