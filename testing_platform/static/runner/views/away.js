/* The page was opened again while the server is away: what is safe and where, and that it goes on by itself. */
import { h, icon } from '../dom.js';
import { ranges } from '../state.js';
import { grouped, t } from '../text.js';
import { emergencyPanel } from './emergency.js';
import { since } from './loss.js';
import { page } from './page.js';

/**
 * `places` tells for each item where its answer is; `material` makes the emergency file, null when there is nothing for it
 * to hold. Returns {element, wait(seconds)}.
 */
export function awayView({ candidate, places, material, onBack }) {
  const clock = h('p', { class: 'hint' });
  const element = page({ title: t('away.title'), mark: 'link', tone: 'calm', lead: t('away.lead'), wide: true },
    candidate && h('p', null, h('strong', null, candidate.name), ' · ', grouped(candidate.participant_number)),
    places && whereTable(places),
    h('p', null, t('away.time')),
    h('div', { class: 'busy' }, h('progress', { 'aria-label': t('away.title') }), clock),
    material && emergencyPanel({ material }),
    onBack && h('div', { class: 'actions' }, h('button', { class: 'quiet', type: 'button', onclick: onBack }, t('back-to-signin'))));
  const wait = (seconds) => {
    const words = t('away.since', { since: since(seconds) });
    if (clock.textContent !== words) clock.textContent = words;
  };
  wait(0);
  return { element, wait };
}

const LINES = [['server', 'cloud'], ['here', 'computer'], ['none', 'empty']];

/** Item numbers by the place of their answers: on the server, on this computer, not answered. */
export function whereTable(places) {
  const numbers = (wanted) => places.flatMap((place, index) => (place === wanted ? [index + 1] : []));
  return h('dl', { class: 'where' }, LINES.map(([place, drawing]) => {
    const list = numbers(place);
    return h('div', { class: `is-${place}` }, h('dt', null, icon(drawing), t(`place.${place}`, { n: list.length })),
      h('dd', null, list.length > 0 ? t('place.items', { list: ranges(list) }) : '–'));
  }));
}
