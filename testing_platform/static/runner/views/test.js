/* The test page: header with time and saved state, one item, the number grid, and the three moves at the foot. */
import { clockFace } from '../clock.js';
import { h, icon } from '../dom.js';
import { t } from '../text.js';
import { openDialog } from './dialogs.js';
import { gridButton, gridView } from './grid.js';
import { itemView } from './item.js';

/** Returns {element, update(), move(), tick(seconds), pause(isPaused), say(text, tone)}. */
export function testView({ attempt, onFinish, onHelp, onLook, onChallenge }) {
  const saved = h('p', { class: 'saved' });
  const time = timeDisplay();
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
  const element = h('div', { class: 'test' },
    h('a', { class: 'skip', href: '#item-title', onclick: (event) => { event.preventDefault(); focusItem(); } }, t('skip')),
    h('header', { class: 'bar' },
      h('p', { class: 'who' }, h('strong', null, candidate.name), h('span', null, title)), saved, time.element,
      h('div', { class: 'bar-tools' },
        tool({ sign: 'Aa', word: t('look.open'), onclick: onLook }), tool({ sign: '?', word: t('help.open'), onclick: onHelp }))),
    h('div', { class: 'body' },
      h('main', { class: 'work', id: 'main' }, banners, stage),
      h('nav', { class: 'side', 'aria-label': t('grid.title') }, grid.element)),
    h('footer', { class: 'foot' }, h('div', { class: 'foot-inner' }, more.element, previous, flag, gridButton(drawer), next)));
  const cover = pauseCover();
  element.append(cover);
  let item = null;

  const update = () => {
    item?.update();
    grid.update();
    flag.setAttribute('aria-pressed', String(attempt.answers.isFlagged(attempt.item.id)));
    paintSaved(saved, attempt.outbox);
  };
  const move = () => {
    item = itemView({ attempt, onChallenge });
    stage.replaceChildren(item.element);
    banners.querySelectorAll('.note-calm').forEach((note) => note.remove());
    more.watch(item.element.querySelector('.option:last-child'));
    previous.disabled = attempt.index === 0;
    next.replaceChildren(h('span', null, isLast(attempt) ? t('item.check') : t('item.next')), icon('right'));
    update();
    window.scrollTo(0, 0);
    focusItem();
  };
  const say = (text, tone) => banners.append(banner({ text, tone }));
  const pause = (isPaused) => {
    cover.hidden = !isPaused;
    for (const part of element.children) if (part !== cover) part.inert = isPaused;
    element.classList.toggle('is-paused', isPaused);
    (isPaused ? cover.querySelector('h2') : element.querySelector('#item-title'))?.focus();
  };
  return { element, update, move, tick: time.tick, pause, say };
}

/* On narrow screens only the sign is seen; the word stays for screen readers. */
function tool({ sign, word, onclick }) {
  return h('button', { class: 'quiet', type: 'button', onclick, 'aria-haspopup': 'dialog' },
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

/* One line of words for the whole outbox: what is safe, and where. */
function paintSaved(line, outbox) {
  const n = outbox.waiting;
  const [key, drawing, tone] = !outbox.isOnDisk && n > 0 ? ['saved.memory', 'alert', 'bad']
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

function pauseCover() {
  return h('div', { class: 'cover', hidden: true, role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'cover-title' },
    h('div', { class: 'cover-card' }, h('span', { class: 'mark tone-calm' }, icon('pause')),
      h('h2', { id: 'cover-title', tabindex: '-1' }, t('paused.title')), h('p', null, t('paused.safe')), h('p', null, t('paused.now'))));
}
