/*
 * Between the start code and the start: the identity check and the downloads go on side by side, the start needs both, and
 * who likes may practise meanwhile. An attempt that is already under way passes straight through.
 */
import { Assets } from './assets.js';
import { Problem } from './api.js';
import { isPassing } from './comeback.js';
import { Damaged } from './crypto.js';
import { runPractice } from './practising.js';
import { t } from './text.js';
import { waitingView } from './views/entry.js';

const POLL_MS = 3_000;
const RETRY_MS = 4_000;
const UNDER_WAY = new Set(['working', 'paused', 'on_break']);

/**
 * Wait until the candidate begins; `begin(reply, assets)` starts the clock. `openAgain()` asks the server for the seat,
 * `onPollRefused(error)` and `onBeginRefused(error, paint)` meet refusals.
 */
export function waitForStart({ api, reply: first, sitting, openAgain, begin, show, onPollRefused, onBeginRefused }) {
  let reply = first;
  const isResumed = UNDER_WAY.has(reply.state);
  const assets = new Assets({ api, token: reply.token, reply });
  const seen = { isAdmitted: reply.state !== 'waiting', done: 0, total: 0, problem: null, isLost: false, isBusy: isResumed };
  let practice = null;
  let isOver = false;

  const paint = (changes) => {
    view.update(Object.assign(seen, changes));
    practice?.update({ isReady: isReady(seen) });
  };
  const end = () => { isOver = true; practice?.leave(); };
  const gather = async () => {
    if (isOver) return;
    paint({ problem: null });
    try {
      await assets.gather((done, total) => paint({ done, total }));
      paint({ isLost: false });
    } catch (error) {
      if (isPassing(error)) { paint({ isLost: true }); return later(gather); }
      paint({ problem: assetProblem(error, { isResumed }) });
      return;
    }
    if (isResumed) await start();
  };
  const later = (act) => rest(RETRY_MS).then(act);
  const start = async () => {
    if (isOver) return;
    paint({ isBusy: true, problem: null });
    try {
      await begin(reply, assets);
      end();
    } catch (error) {
      if (isResumed && isPassing(error)) { paint({ isLost: true }); return later(start); }
      onBeginRefused(error, paint);
    }
  };
  const poll = async () => {
    while (!seen.isAdmitted && !isOver) {
      await rest(POLL_MS);
      if (isOver) return;
      try {
        reply = await openAgain();
        paint({ isAdmitted: reply.state !== 'waiting', isLost: false });
      } catch (error) {
        if (isPassing(error)) paint({ isLost: true });
        else { end(); onPollRefused(error); }
      }
    }
  };
  const practise = () => {
    practice = runPractice({ reply, show, isReady: isReady(seen), onLeave: () => { practice = null; show(view.element); } });
  };
  const view = waitingView({ reply, sitting, onBegin: start, onRetry: gather, onPractice: practise, isResumed });
  show(view.element);
  paint({});
  return Promise.all([gather(), poll()]);
}

function isReady({ isAdmitted, done, total, isBusy }) {
  return isAdmitted && total > 0 && done === total && !isBusy;
}

function rest(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

function assetProblem(error, { isResumed }) {
  if (!(error instanceof Damaged) && !(error instanceof Problem)) throw error;
  const what = error instanceof Damaged ? t('assets.damaged') : t('assets.what');
  return { what, safe: t(isResumed ? 'assets.safe-resumed' : 'assets.safe'), now: t('assets.now') };
}
