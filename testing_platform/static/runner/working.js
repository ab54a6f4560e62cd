/* While the candidate works: keys, warnings, pause, final check and handing in, tied to one attempt. */
import { isDialogOpen, closeDialogs, confirmSubmitDialog, helpDialog, lookDialog, reportDialog } from './views/dialogs.js';
import { finalCheckView, handingInView } from './views/finish.js';
import { changeLooks, looks } from './looks.js';
import { remember, visit } from './memory.js';
import { t } from './text.js';
import { testView } from './views/test.js';

/** Run the test until there is a receipt or the attempt is taken away; every outcome has its callback. */
export function runTest({ attempt, isPaused, isOver, show, onReceipt, onSuperseded, onSealed, onSessionGone, onRefused }) {
  const until = new AbortController();
  const announce = announcer();
  let page = null;
  let handing = null;
  let isFinal = false;

  const listen = (type, act) => attempt.addEventListener(type, ({ detail }) => act(detail), { signal: until.signal });
  const challenge = () => reportDialog({
    number: attempt.index + 1,
    onReport: (reason) => { attempt.challenge(reason); test.say(t('say.reported', { n: attempt.index + 1 }), 'calm'); },
  });
  const look = () => lookDialog({ looks: looks(), onChange: changeLooks });
  const test = isOver ? null : testView({ attempt, onFinish: () => finalCheck(), onHelp: helpDialog, onLook: look, onChallenge: challenge });

  const items = (index) => {
    page = test;
    show(test.element, { keepFocus: true });
    attempt.goTo(index);
  };
  const finalCheck = () => {
    closeDialogs();
    page = finalCheckView({
      attempt, onGo: items, onBack: () => items(attempt.index),
      onSubmit: (open) => confirmSubmitDialog({ ...open, onYes: () => handIn({ isTimeUp: false }) }),
    });
    page.tick(attempt.clock.remaining());
    show(page.element);
  };
  const handIn = async ({ isTimeUp }) => {
    if (handing && !handing.signal.aborted) return;
    handing = new AbortController();
    const { signal } = handing;
    closeDialogs();
    page = handingInView({ isTimeUp, onBack: () => { handing.abort(); finalCheck(); } });
    show(page.element);
    const view = page;
    try {
      const reply = await attempt.submit({ signal, onWaiting: () => view.wait(attempt.outbox.waiting) });
      if (reply) leave(() => onReceipt(reply));
    } catch (problem) {
      leave(() => dispatchFinal(problem));
    }
  };
  const leave = (next) => {
    if (isFinal) return;
    isFinal = true;
    until.abort();
    closeDialogs();
    attempt.stop();
    next();
  };
  const dispatchFinal = (problem) => {
    if (problem.type === 'superseded' || problem.type === 'other-device') return onSuperseded();
    if (problem.type === 'sealed') return onSealed();
    if (problem.status === 401) return onSessionGone();
    return onRefused(problem);
  };

  listen('change', () => { if (page === test) test?.update(); });
  listen('moved', () => { test.move(); remember({ item: attempt.item.id }); });
  listen('tick', (seconds) => page?.tick?.(seconds));
  listen('warning', (n) => { if (page !== test) announce(t('time.warning', { n })); test?.say(t('time.warning', { n }), 'warn'); });
  listen('gift', (n) => test?.say(t('time.gift', { n }), 'calm'));
  listen('notice', (text) => test?.say(text, 'calm'));
  listen('refused', () => test?.say(t('say.refused'), 'bad'));
  listen('paused', (isHeld) => {
    if (!test) return;
    closeDialogs();
    if (isHeld && page !== test) items(attempt.index);
    test.pause(isHeld);
    if (!isHeld) attempt.noteShown();
  });
  listen('end', () => { if (!handing || handing.signal.aborted) handIn({ isTimeUp: true }); });
  listen('final', (problem) => leave(() => dispatchFinal(problem)));
  listen('change', sayConnection({ attempt, announce }));

  window.addEventListener('online', () => attempt.outbox.hurry(), { signal: until.signal });
  document.addEventListener('visibilitychange', () => attempt.noteFocus(document.visibilityState === 'visible'), { signal: until.signal });
  document.addEventListener('keydown', (event) => { if (page === test && !attempt.isPaused) press({ event, attempt, challenge }); }, { signal: until.signal });

  if (!isOver) {
    const last = attempt.items.findIndex(({ id }) => id === visit().item);
    items(last >= 0 ? last : attempt.index);
    if (isPaused) attempt.pause();
  }
  attempt.run();
  if (isOver) handIn({ isTimeUp: true });
}

/* Losing and regaining the server is said once each, not with every answer. */
function sayConnection({ attempt, announce }) {
  let wasReachable = true;
  return () => {
    const { isReachable, waiting } = attempt.outbox;
    if (wasReachable && !isReachable) announce(t('say.lost'));
    if (!wasReachable && isReachable && waiting === 0) announce(t('say.back'));
    if (!isReachable || waiting === 0) wasReachable = isReachable;
  };
}

function announcer() {
  const region = document.getElementById('announcer');
  return (text) => { region.textContent = text; };
}

const MOVES = { arrowright: 1, n: 1, arrowleft: -1, p: -1 };

/* Letters and arrows act only where they cannot be meant for something else, and letters can be switched off. */
function press({ event, attempt, challenge }) {
  if (isDialogOpen() || event.ctrlKey || event.altKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  const isArrow = key.startsWith('arrow');
  if (!isArrow && looks().keys === 'off') return;
  const act = keyAct({ key, attempt, challenge });
  if (!act) return;
  event.preventDefault();
  act();
}

function keyAct({ key, attempt, challenge }) {
  const place = '1234'.indexOf(key) >= 0 ? '1234'.indexOf(key) : 'abcd'.indexOf(key);
  if (key.length === 1 && place >= 0) {
    const option = attempt.item.options[place];
    return option && (() => attempt.choose(option.id));
  }
  if (MOVES[key]) return () => attempt.goTo(attempt.index + MOVES[key]);
  return { r: () => attempt.toggleFlag(), l: challenge, '?': helpDialog }[key];
}
