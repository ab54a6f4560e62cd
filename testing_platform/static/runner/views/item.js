/* One item on the screen: its stem, its options as large native radios, and what may be done with it. */
import { h, icon } from '../dom.js';
import { richText } from '../richtext.js';
import { t } from '../text.js';
import { openDialog } from './dialogs.js';

/** Returns {element, update()} for the item at attempt.index. */
export function itemView({ attempt, onChallenge }) {
  const { item, index } = attempt;
  const radios = item.options.map((option) => h('input', {
    type: 'radio', name: 'option', value: option.id, class: 'visually-hidden', onchange: () => attempt.choose(option.id, item.id),
  }));
  const cards = item.options.map((option, place) => optionCard({ option, place, radio: radios[place], pictures: attempt.pictures }));
  const clear = h('button', { class: 'quiet', type: 'button', onclick: () => clearAnswer(attempt, radios) }, icon('close'), t('item.clear'));
  const report = h('button', { class: 'quiet', type: 'button', 'aria-haspopup': 'dialog', onclick: onChallenge }, icon('alert'), t('item.report'));
  const saved = h('span', { class: 'item-saved' });
  const stem = h('div', { class: 'stem', id: 'stem' }, richText(item.html, attempt.pictures));
  stem.querySelectorAll('img').forEach((image) => image.replaceWith(zoomable(image.cloneNode(), index + 1)));
  const options = h('fieldset', { class: cards.every(isShort) ? 'options is-short' : 'options' }, h('legend', { class: 'visually-hidden' }, t('item.options')), cards);
  const element = h('article', { class: stem.querySelector('img, table') ? 'item has-figure' : 'item', 'aria-labelledby': 'item-title' },
    h('h1', { id: 'item-title', tabindex: '-1' }, t('item.title', { n: index + 1, total: attempt.items.length })),
    attempt.broken.has(item.id) && h('p', { class: 'note note-warn' }, icon('alert'), h('span', null, t('item.broken'))),
    stem,
    options,
    h('div', { class: 'item-actions' }, saved, clear, report));
  const update = () => {
    const chosen = attempt.answers.option(item.id);
    radios.forEach((radio) => { radio.checked = radio.value === chosen; });
    clear.disabled = chosen === null;
    paintReport(report, attempt.reported.has(item.id));
    paintSaved(saved, attempt, item.id);
  };
  return { element, update };
}

/* The button goes dead with the answer, so the focus goes back to the option that was chosen instead of nowhere. */
function clearAnswer(attempt, radios) {
  const chosen = radios.find((radio) => radio.checked);
  attempt.clear();
  chosen?.focus({ preventScroll: true });
}

/* Small screens show a picture small; its button shows it as large as the screen allows. */
function zoomable(image, number) {
  const enlarge = () => openDialog({ title: t('item.picture', { n: number }), className: 'gallery' }, image.cloneNode());
  return h('span', { class: 'figure' }, image,
    h('button', { class: 'quiet', type: 'button', 'aria-label': t('item.zoom'), title: t('item.zoom'), 'aria-haspopup': 'dialog', onclick: enlarge }, icon('zoom')));
}

function isShort(card) {
  return card.textContent.length <= 22 && !card.querySelector('img');
}

function optionCard({ option, place, radio, pictures }) {
  return h('label', { class: 'option' }, radio,
    h('span', { class: 'letter' }, String.fromCharCode(65 + place)),
    h('span', { class: 'option-text' }, richText(option.html, pictures)),
    h('span', { class: 'tick' }, icon('check')));
}

function paintReport(button, isReported) {
  if (isReported === (button.dataset.reported === 'yes')) return;
  button.dataset.reported = isReported ? 'yes' : 'no';
  button.replaceChildren(icon(isReported ? 'check' : 'alert'), t(isReported ? 'item.reported' : 'item.report'));
}

const SIGNS = { 'item.saved-here': 'computer', 'item.cleared-here': 'computer', 'item.saved-there': 'cloud' };

/* The state of this one answer: not answered, on this computer, or on the server. */
function paintSaved(line, attempt, item) {
  const isAnswered = attempt.answers.option(item) !== null;
  const key = attempt.isPractice ? 'practice.item'
    : attempt.outbox.isWaiting(item) ? (isAnswered ? 'item.saved-here' : 'item.cleared-here')
      : isAnswered ? 'item.saved-there' : 'item.not-answered';
  if (line.dataset.key === key) return;
  line.dataset.key = key;
  const drawing = SIGNS[key];
  line.replaceChildren(...(drawing ? [icon(drawing)] : []), t(key));
}
