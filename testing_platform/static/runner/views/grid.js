/* The number grid: each item's state shows by shape, by colour and in its accessible name. */
import { h, icon } from '../dom.js';
import { t } from '../text.js';

/** Returns {element, update()}; `onPick(index)` and `onFinish()` are called by the candidate. */
export function gridView({ attempt, onPick, onFinish }) {
  const buttons = attempt.items.map((item, index) => h('button', { type: 'button', class: 'cell', onclick: () => onPick(index) },
    h('span', { class: 'visually-hidden' }, t('grid.item')), ' ', String(index + 1),
    h('span', { class: 'cell-mark', 'aria-hidden': 'true' }), h('span', { class: 'visually-hidden' }), h('span', { class: 'cell-here' }, icon('computer'))));
  const tally = h('p', { class: 'tally' });
  const here = h('li', { hidden: true }, h('span', { class: 'cell-here', 'aria-hidden': 'true' }, icon('computer')), t('legend.here'));
  const element = h('div', { class: 'grid-panel' },
    h('h2', null, t('grid.title')), tally,
    h('ol', { class: buttons.length > 40 ? 'grid by-six' : 'grid by-five' }, buttons.map((button) => h('li', null, button))),
    legend(here),
    h('button', { class: 'secondary finish', type: 'button', onclick: onFinish }, attempt.isPractice ? t('practice.leave') : t('grid.finish')));
  const update = () => {
    const places = attempt.whereabouts();
    buttons.forEach((button, index) => paint({ button, attempt, index, isHere: places[index] === 'here' }));
    here.hidden = !places.includes('here');
    const { answered, doubtful, total } = attempt.answers.count();
    tally.textContent = t('grid.tally', { answered, total, doubtful: doubtful.length });
  };
  return { element, update };
}

function paint({ button, attempt, index, isHere }) {
  const item = attempt.items[index];
  const position = item.options.findIndex(({ id }) => id === attempt.answers.option(item.id));
  const letter = position < 0 ? '' : String.fromCharCode(65 + position);
  const isDoubtful = attempt.answers.isFlagged(item.id);
  const isCurrent = index === attempt.index;
  const look = ['cell', letter ? 'is-answered' : 'is-empty', isDoubtful && 'is-doubtful', isCurrent && 'is-current', isHere && 'is-here'].filter(Boolean).join(' ');
  const mark = isDoubtful ? `${letter}?` : letter;
  const [, drawn, spoken] = button.children;
  if (button.className === look && drawn.textContent === mark) return;
  button.className = look;
  drawn.textContent = mark;
  const words = [letter ? t('grid.answered', { letter }) : t('grid.empty'), isDoubtful && t('grid.doubtful'), isHere && t('grid.here')].filter(Boolean).join(', ');
  spoken.textContent = words;
  if (isCurrent) button.setAttribute('aria-current', 'true');
  else button.removeAttribute('aria-current');
}

function legend(here) {
  const line = (look, mark, text) => h('li', null, h('span', { class: `cell sample ${look}`, 'aria-hidden': 'true' }, mark), text);
  return h('ul', { class: 'legend' },
    line('is-answered', 'A', t('legend.answered')), line('is-answered is-doubtful', '?', t('legend.doubtful')),
    line('is-empty', '', t('legend.empty')), line('is-empty is-current', '', t('legend.current')), here);
}

export function gridButton(onclick) {
  return h('button', { class: 'secondary grid-open', type: 'button', onclick, 'aria-haspopup': 'dialog' }, icon('grid'), h('span', null, t('grid.open')));
}
