/* The test page: header with time and saved state, one item, the number grid, and the three moves at the foot. */
import { clockFace } from '../clock.js';
import { h, icon } from '../dom.js';
import { t } from '../text.js';
import { openDialog } from './dialogs.js';
import { gridButton, gridView } from './grid.js';
import { itemView } from './item.js';

/**
 * `notice` is an element that stands over the item as long as it has something to say. Returns {element, update(), move(),
 * tick(seconds), hold(kind, {onGoOn}), restTick(seconds), say(text, tone)}.
 */
export function testView({ attempt, notice, onFinish, onHelp, onLook, onChallenge, onMenu, onBreak }) {
  const saved = h('p', { class: 'saved' });
  const time = attempt.isPractice ? stillTime() : timeDisplay();
  const stage = h('div', { class: 'stage' });
  const banners = h('div', { class: 'banners', role: 'alert' });
  const flag = h('button', { class: 'secondary flag', type: 'button', 'aria-pressed': 'false', onclick: () => attempt.toggleFlag() },
    icon('flag'), t('item.doubtful'));
  const previous = h('button', { class: 'secondary move', type: 'button', onclick: () => attempt.goTo(attempt.index - 1) }, icon('left'), h('span', null, t('item.previous')));
  const next = h('button', { class: 'primary move', type: 'button', onclick: () => (isLast(attempt) ? onFinish() : attempt.goTo(attempt.index + 1)) });
  const more = moreBelow();
  const grid = gridView({ attempt, onPick: (index) => attempt.goTo(index), onFinish });
  const drawer = () => gridDrawer({ attempt, onFinish });
  const { candidate, title } = attempt.reply;
  const rest = onBreak && tool({ sign: icon('cup'), word: t('break.open'), onclick: onBreak, name: 'rest' });
  const element = h('div', { class: attempt.isPractice ? 'test is-practice' : 'test' },
    h('a', { class: 'skip', href: '#item-title', onclick: (event) => { event.preventDefault(); focusItem(); } }, t('skip')),
    h('header', { class: 'bar' },
      h('p', { class: 'who' }, h('strong', null, candidate.name), h('span', null, title)), saved, time.element,
      h('div', { class: 'bar-tools' }, rest,
        tool({ sign: 'Aa', word: t('look.open'), onclick: onLook }), tool({ sign: '?', word: t('help.open'), onclick: onHelp }),
        onMenu && tool({ sign: icon('menu'), word: t('menu.open'), onclick: onMenu }))),
    h('div', { class: 'body' },
      h('main', { class: 'work', id: 'main' }, h('div', { class: 'banners' }, notice), banners, stage),
      h('nav', { class: 'side', 'aria-label': t('grid.title') }, grid.element)),
    h('footer', { class: 'foot' }, h('div', { class: 'foot-inner' }, more.element, previous, flag, gridButton(drawer), next)));
  const cover = holdCover();
  element.append(cover.element);
  let item = null;

  const update = () => {
    item?.update();
    grid.update();
    flag.setAttribute('aria-pressed', String(attempt.answers.isFlagged(attempt.item.id)));
    if (rest) rest.hidden = attempt.breakSecondsLeft < 1;
    paintSaved(saved, attempt);
  };
  const move = () => {
    item = itemView({ attempt, onChallenge });
    stage.replaceChildren(item.element);
    banners.querySelectorAll('.note-calm').forEach((note) => note.remove());
    more.watch(item.element.querySelector('.option:last-child'));
    previous.disabled = attempt.index === 0;
    next.replaceChildren(h('span', null, isLast(attempt) ? endOf(attempt) : t('item.next')), icon('right'));
    update();
    window.scrollTo(0, 0);
    focusItem();
  };
  const say = (text, tone) => {
    if (tone === 'warn') banners.querySelectorAll('.note-warn').forEach((note) => note.remove()); // five minutes left, no longer ten
    banners.append(banner({ text, tone }));
  };
  const hold = (kind, acts) => {
    cover.show(kind, acts);
    for (const part of element.children) if (part !== cover.element) part.inert = kind !== '';
    element.classList.toggle('is-paused', kind !== '');
    (kind ? cover.element.querySelector('h2') : element.querySelector('#item-title'))?.focus();
  };
  return { element, update, move, tick: time.tick, hold, restTick: cover.tick, say };
}

/* On narrow screens only the sign is seen; the word stays for screen readers. */
function tool({ sign, word, onclick, name }) {
  return h('button', { class: name ? `quiet ${name}` : 'quiet', type: 'button', onclick, 'aria-haspopup': 'dialog', title: word },
    h('span', { class: 'aa', 'aria-hidden': 'true' }, sign), h('span', { class: 'tool-word' }, word));
}

/* On a low screen or far zoomed in an option may stand below the edge: then this says so, and goes there. */
function moreBelow() {
  let last = null;
  const go = () => last.scrollIntoView({ block: 'center' });
  const element = h('button', { class: 'quiet more', type: 'button', hidden: true, onclick: go }, t('item.more'), icon('down'));
  const observer = new IntersectionObserver(([entry]) => {
    element.hidden = entry.isIntersecting || entry.boundingClientRect.top < 0;
  }, { rootMargin: '0px 0px -72px 0px', threshold: 0.6 });
  const watch = (option) => {
    if (last) observer.unobserve(last);
    last = option;
    observer.observe(option);
  };
  return { element, watch };
}

function isLast(attempt) {
  return attempt.index === attempt.items.length - 1;
}

function endOf(attempt) {
  return attempt.isPractice ? t('practice.leave') : t('item.check');
}

function focusItem() {
  document.getElementById('item-title')?.focus({ preventScroll: true });
}

function timeDisplay() {
  const face = h('span', { class: 'time-face', role: 'timer' });
  const toggle = h('button', { class: 'quiet', type: 'button' });
  let isHidden = false;
  const paint = () => {
    face.classList.toggle('is-hidden', isHidden);
    toggle.replaceChildren(icon('eye'), h('span', { class: 'tool-word' }, isHidden ? t('time.show') : t('time.hide')));
    toggle.setAttribute('aria-label', isHidden ? t('time.show-long') : t('time.hide-long'));
  };
  toggle.addEventListener('click', () => { isHidden = !isHidden; paint(); });
  paint();
  const element = h('div', { class: 'time' }, icon('clock'), h('span', { class: 'time-label' }, t('time.left')), face, toggle);
  const tick = (seconds) => {
    const text = clockFace(seconds);
    if (face.textContent !== text) face.textContent = text;
    element.classList.toggle('is-short', seconds <= 300);
  };
  return { element, tick };
}

function stillTime() {
  return { element: h('p', { class: 'time' }, icon('clock'), t('practice.time')), tick: () => {} };
}

/* One line of words for the whole outbox: what is safe, and where. */
function paintSaved(line, { outbox, isPractice }) {
  const n = outbox.waiting;
  const [key, drawing, tone] = isPractice ? ['practice.saved', 'eye', 'warn']
    : !outbox.isOnDisk && n > 0 ? ['saved.memory', 'alert', 'bad']
      : n > 0 && outbox.isReachable ? ['saved.sending', 'computer', 'calm']
        : n > 0 ? ['saved.here', 'computer', 'warn']
          : outbox.isReachable ? ['saved.server', 'cloud', 'ok'] : ['saved.lost', 'link', 'warn'];
  const text = t(key, { n });
  if (line.dataset.text === text) return;
  line.dataset.text = text;
  line.className = `saved tone-${tone}`;
  line.replaceChildren(icon(drawing), h('span', null, text));
}

function banner({ text, tone }) {
  const element = h('div', { class: `note note-${tone}` }, icon({ warn: 'clock', calm: 'check' }[tone] ?? 'alert'), h('span', null, text),
    h('button', { class: 'quiet', type: 'button', onclick: () => element.remove() }, t('close')));
  return element;
}

function gridDrawer({ attempt, onFinish }) {
  const grid = gridView({
    attempt,
    onPick: (index) => { dialog.close(); attempt.goTo(index); },
    onFinish: () => { dialog.close(); onFinish(); },
  });
  const dialog = openDialog({ title: t('grid.title'), className: 'drawer' }, grid.element);
  grid.update();
}

/* Covers the items while the time stands: by the proctor's will, or because the candidate rests. */
function holdCover() {
  const element = h('div', { class: 'cover', hidden: true, role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'cover-title' });
  const face = h('strong', { class: 'time-face', role: 'timer' });
  const card = (drawing, title, ...content) => h('div', { class: 'cover-card' }, h('span', { class: 'mark tone-calm' }, icon(drawing)),
    h('h2', { id: 'cover-title', tabindex: '-1' }, title), content);
  const show = (kind, { onGoOn } = {}) => {
    element.hidden = kind === '';
    if (kind === 'paused') element.replaceChildren(card('pause', t('paused.title'), h('p', null, t('paused.safe')), h('p', null, t('paused.now'))));
    if (kind === 'on_break') {
      element.replaceChildren(card('cup', t('break.title'), h('p', null, t('break.safe')),
        h('p', { class: 'rest-time' }, t('break.left'), ' ', face), h('p', { class: 'hint' }, t('break.now')),
        h('div', { class: 'actions' }, h('button', { class: 'primary big', type: 'button', onclick: onGoOn }, t('break.go-on')))));
    }
  };
  const tick = (seconds) => {
    const text = clockFace(seconds).replace(/^0:/, '');
    if (face.textContent !== text) face.textContent = text;
  };
  return { element, show, tick };
}
