/* The server is away: one calm line over the item that says since when, what is safe, and that nothing has to be done. */
import { h, icon } from '../dom.js';
import { t } from '../text.js';

const SHOW_AFTER_SECONDS = 8;
export const OFFER_FILE_SECONDS = 120;

/** How long something has lasted, in the words of the page. */
export function since(seconds) {
  return seconds < 60 ? t('since.moments') : t('since.minutes', { n: Math.floor(seconds / 60) });
}

/** Where the answers are, as one sentence from {server, here}. */
export function whereSentence({ server, here }) {
  if (here === 0) return t('where.server', { n: server });
  return server === 0 ? t('where.here', { n: here }) : t('where.both', { server, here });
}

export function countPlaces(places) {
  return { server: places.filter((place) => place === 'server').length, here: places.filter((place) => place === 'here').length };
}

/** Returns {element, update()}; `onFile()` opens the emergency file, which is offered when the loss lasts. */
export function lossView({ attempt, onFile }) {
  const text = h('span', null);
  const file = h('button', { class: 'quiet', type: 'button', onclick: onFile, hidden: true }, icon('file'), t('emergency.offer'));
  const element = h('aside', { class: 'note note-calm loss', 'aria-label': t('loss.label'), hidden: true }, icon('link'), text, file);
  const update = () => {
    const seconds = attempt.outbox.lostSeconds;
    element.hidden = seconds < SHOW_AFTER_SECONDS;
    if (element.hidden) return;
    file.hidden = seconds < OFFER_FILE_SECONDS || !attempt.reply.emergency_key;
    const words = t('loss.text', { since: since(seconds), where: whereSentence(countPlaces(attempt.whereabouts())) });
    if (text.textContent !== words) text.textContent = words;
  };
  return { element, update };
}
