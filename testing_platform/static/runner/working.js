/* While the candidate works: keys, warnings, pause, break, final check and handing in, tied to one attempt. */
import { challengeValue, picturesOn } from './challenge.js';
import { clockFace } from './clock.js';
import { press } from './keys.js';
import { changeLooks, looks } from './looks.js';
import { remember, visit } from './memory.js';
import { t } from './text.js';
import {
  breakDialog, closeDialogs, confirmSubmitDialog, emergencyDialog, helpDialog, lookDialog, menuDialog, placesDialog, reportDialog,
} from './views/dialogs.js';
import { finalCheckView, handingInView } from './views/finish.js';
import { lossView, since, OFFER_FILE_SECONDS } from './views/loss.js';
import { testView } from './views/test.js';

/** Run the test until there is a receipt or the attempt is taken away; every outcome has its callback. */
export function runTest({ attempt, hold, isOver, show, onReceipt, onSuperseded, onSealed, onSessionGone, onRefused }) {
  const until = new AbortController();
  const announce = announcer();
  let page = null;
  let handing = null;
  let isFinal = false;

  const listen = (type, act) => attempt.addEventListener(type, ({ detail }) => act(detail), { signal: until.signal });
  const on = (target, type, act) => target.addEventListener(type, act, { signal: until.signal });
  const material = attempt.reply.emergency_key ? () => attempt.emergency() : null;
  const acts = {
    help: () => helpDialog({ nOptions: Math.max(...attempt.items.map(({ options }) => options.length)) }),
    look: () => lookDialog({ looks: looks(), onChange: changeLooks }),
    challenge: () => reportDialog({ number: attempt.index + 1, onReport: report }),
    file: () => emergencyDialog({ material }),
    places: () => placesDialog({ attempt }),
    rest: () => breakDialog({ seconds: attempt.breakSecondsLeft, onYes: rest }),
    menu: () => menuDialog({ attempt, acts, material }),
    sayTime: () => announce(t('time.say', { time: clockFace(attempt.clock.remaining() ?? 0) })),
  };
  const report = (reason) => {
    attempt.challenge(challengeValue(reason, { attempt, looks: looks(), pictures: picturesOn(test.element) }));
    test.say(t('say.reported', { n: attempt.index + 1 }), 'calm');
  };
  const rest = async () => {
    if (!(await attempt.startBreak())) test.say(t('break.not-now'), 'warn');
  };
  const loss = lossView({ attempt, onFile: acts.file });
  const test = isOver ? null : testView({
    attempt, notice: loss.element, onFinish: () => finalCheck(), onHelp: acts.help, onLook: acts.look, onChallenge: acts.challenge,
    onMenu: acts.menu, onBreak: acts.rest,
  });

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
    const view = handingInView({ isTimeUp, material, onBack: () => { handing.abort(); finalCheck(); } });
    page = view;
    show(view.element);
    try {
      const reply = await attempt.submit({ signal, isTimeUp, onWaiting: () => view.wait(attempt.outbox.waiting, { hasUnsent: attempt.outbox.pending.length > 0 }) });
      if (reply === 'more-time') goOn();
      else if (reply) leave(() => onReceipt(reply));
    } catch (problem) {
      leave(() => dispatchFinal(problem));
    }
  };
  const goOn = () => {
    handing.abort();
    if (isOver) return location.reload(); // the items were not fetched, since the time was up
    items(attempt.index);
    test.say(t('time.more', { n: Math.max(1, Math.round(attempt.clock.remaining() / 60)) }), 'calm');
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
  const tick = (seconds) => {
    page?.tick?.(seconds);
    loss.update();
    if (attempt.hold !== 'on_break') return;
    test.restTick(attempt.breakRemaining());
    if (attempt.breakRemaining() <= 0) attempt.endBreak();
  };

  listen('change', () => page?.update?.());
  listen('moved', () => { test.move(); remember({ item: attempt.item.id }); });
  listen('tick', tick);
  listen('warning', (n) => { if (page !== test) announce(t('time.warning', { n })); test?.say(t('time.warning', { n }), 'warn'); });
  listen('gift', (n) => test?.say(t('time.gift', { n }), 'calm'));
  listen('notice', (text) => test?.say(text, 'calm'));
  listen('brought', (n) => test?.say(t('say.brought', { n }), 'calm'));
  listen('refused', () => test?.say(t('say.refused'), 'bad'));
  listen('hold', (kind) => {
    if (!test) return;
    closeDialogs();
    if (kind && page !== test) items(attempt.index);
    test.hold(kind, { onGoOn: () => attempt.endBreak() });
    if (!kind) attempt.noteShown();
  });
  listen('end', () => { if (!handing || handing.signal.aborted) handIn({ isTimeUp: true }); });
  listen('final', (problem) => leave(() => dispatchFinal(problem)));
  const connection = sayConnection({ attempt, announce, onBack: (text) => test?.say(text, 'calm') });
  listen('change', connection);
  listen('tick', connection);

  const wake = () => attempt.outbox.hurry();
  on(window, 'online', wake);
  on(window, 'pageshow', wake);
  on(document, 'visibilitychange', () => {
    const isSeen = document.visibilityState === 'visible';
    attempt.noteFocus(isSeen);
    if (isSeen) wake();
  });
  on(document, 'keydown', (event) => { if (page === test && !attempt.isPaused) press({ event, attempt, acts }); });

  if (!isOver) {
    const last = attempt.items.findIndex(({ id }) => id === visit().item);
    items(last >= 0 ? last : attempt.index);
    if (hold) attempt.pause(hold);
  }
  attempt.run();
  if (isOver) handIn({ isTimeUp: true });
}

/* Losing the server, that it lasts, and regaining it are said once each, not with every answer. */
function sayConnection({ attempt, announce, onBack }) {
  let lostSeconds = 0;
  let said = '';
  const say = (key, text) => {
    if (said === key) return;
    said = key;
    announce(text);
  };
  return () => {
    const { isReachable, waiting } = attempt.outbox;
    if (!isReachable) {
      lostSeconds = attempt.outbox.lostSeconds;
      if (lostSeconds >= OFFER_FILE_SECONDS) say('long', t('say.lost-long', { since: since(lostSeconds) }));
      else if (said !== 'long') say('lost', t('say.lost'));
    } else if (said && waiting === 0) {
      if (lostSeconds >= 8) onBack(t('say.back-after', { since: since(lostSeconds) }));
      say('', t('say.back'));
    }
  };
}

function announcer() {
  const region = document.getElementById('announcer');
  return (text) => { region.textContent = text; };
}
