/*
 * The way through the test, from sign-in to receipt. This module decides what comes next; the views only show it.
 *
 * Where things are: api (the six calls), outbox + store (no answer is lost), attempt + state (what was done),
 * assets + crypto (the asset gate), clock (the server's time), working (while the candidate works), memory + looks
 * (what the tab remembers), text.* (every word), dom + richtext (building pages), views/ (what is seen).
 */
import { Api, Problem, Unreachable } from './api.js';
import { Assets } from './assets.js';
import { Attempt } from './attempt.js';
import { Damaged } from './crypto.js';
import { deviceName, forgetVisit, isWholePin, remember, visit } from './memory.js';
import { applyLooks, looks } from './looks.js';
import { openStore } from './store.js';
import { t, useLanguage } from './text.js';
import { confirmView, signInView, startCodeView, waitingView } from './views/entry.js';
import { trouble } from './views/page.js';
import { receiptView } from './views/finish.js';
import { h } from './dom.js';
import { runTest } from './working.js';

const POLL_MS = 3_000;
const stage = document.getElementById('runner');
const api = new Api(document.body.dataset.apiBase);
let store = null;

/** Put a view on the stage and the focus on its heading, so that a screen reader starts there. */
function show(element, { keepFocus } = {}) {
  stage.replaceChildren(element);
  const heading = element.querySelector('h1');
  document.title = [heading?.textContent, t('document.title')].filter(Boolean).join(' – ');
  const first = ['[role=alert][tabindex]', '[aria-invalid]', 'input:not([type=radio])'].map((part) => element.querySelector(part)).find(Boolean);
  if (!keepFocus) (first ?? heading)?.focus();
  window.scrollTo(0, 0);
}

/* Words for a refusal that any of the calls may meet. */
function commonProblem(error) {
  if (error instanceof Unreachable) return { what: t('lost.what'), safe: t('lost.safe'), now: t('lost.now') };
  if (error.type === 'slow-down') return { what: t('slow.what'), now: t('slow.now', { n: Math.max(1, Math.ceil(error.retryAfter)) }) };
  if (error instanceof Problem) return { what: t('refused.what', { type: error.type }), safe: error.detail, now: t('refused.now') };
  throw error;
}

function signIn({ problem, number, pin } = {}) {
  const chooseLanguage = async (code) => {
    remember({ language: code });
    await useLanguage(code);
    signIn();
  };
  const submit = async (entry) => {
    const missing = signInGap(entry);
    if (missing) return signIn({ problem: missing, ...entry });
    return whileBusy(() => checkSignIn(entry));
  };
  show(signInView({ problem, number, pin, onSubmit: submit, onLanguage: chooseLanguage }));
}

function signInGap({ number, pin }) {
  if (!number) return { field: 'number', what: t('signin.number-missing') };
  return isWholePin(pin) ? null : { field: 'pin', what: t('signin.pin-short') };
}

async function checkSignIn({ number, pin }) {
  try {
    const { session_token: session, candidate, sittings } = await api.signIn(number, pin);
    remember({ session, candidate });
    confirm(candidate, sittings);
  } catch (error) {
    signIn({ problem: signInProblem(error), number, pin });
  }
}

function signInProblem(error) {
  if (error.type === 'pin-mistyped') return { field: 'pin', what: t('signin.pin-mistyped') };
  if (error.type === 'bad-credentials') return { what: t('signin.bad'), now: t('signin.bad-now') };
  return commonProblem(error);
}

function confirm(candidate, sittings) {
  const leave = () => {
    forgetCandidate();
    signIn();
  };
  const accept = (sitting) => {
    remember({ sitting });
    startCode(sitting);
  };
  show(confirmView({ candidate, sittings, onConfirm: accept, onNotMe: leave }), { keepFocus: false });
}

function startCode(sitting, problem) {
  const submit = (code) => {
    if (!code) return startCode(sitting, { field: 'code', what: t('code.missing') });
    return whileBusy(() => enter(sitting, code));
  };
  show(startCodeView({ sitting, problem, onSubmit: submit, onBack: () => { forgetCandidate(); signIn(); } }));
}

function openAttempt(sitting, code) {
  return api.openAttempt(visit().session, { sitting: sitting.id, start_code: code, device: deviceName() });
}

/* The room's code opens the attempt; it is kept for this tab, so that a reload comes back without asking. */
async function enter(sitting, code) {
  try {
    const reply = await openAttempt(sitting, code);
    remember({ sitting, code });
    await waitForStart({ sitting, code, reply });
  } catch (error) {
    entryRefused({ sitting, code, error });
  }
}

function entryRefused({ sitting, code, error }) {
  if (error.type === 'session-expired' || error.status === 401) return sessionGone();
  if (error.type === 'other-device') return otherDevice({ sitting, code });
  if (error.type === 'bad-start-code') {
    return startCode(sitting, { field: 'code', what: t('code.bad'), now: t('code.bad-now', { n: error.body.tries_left ?? '–' }) });
  }
  if (error.type === 'sitting-not-open') return startCode(sitting, { what: t('notopen.what'), now: t('notopen.now') });
  return startCode(sitting, commonProblem(error));
}

function sessionGone() {
  remember({ session: null, code: null });
  signIn({ problem: { what: t('signin.again'), safe: t('signin.again-safe') }, number: visit().candidate?.participant_number });
}

function otherDevice({ sitting, code }) {
  show(trouble({ title: t('other.title'), what: t('other.what'), safe: t('other.safe'), now: t('other.now') },
    h('button', { class: 'primary', type: 'button', onclick: () => whileBusy(() => enter(sitting, code)) }, t('try-again')),
    h('button', { class: 'secondary', type: 'button', onclick: () => { forgetCandidate(); signIn(); } }, t('back-to-signin'))));
}

/* Identity check and downloads go on side by side; the start needs both. A resumed attempt passes straight through. */
async function waitForStart({ sitting, code, reply: first }) {
  let reply = first;
  if (reply.state === 'submitted' || reply.state === 'expired') return handInLate({ sitting, code, reply });
  const isResumed = reply.state === 'working' || reply.state === 'paused';
  const assets = new Assets({ api, token: reply.token, reply });
  const seen = { isAdmitted: reply.state !== 'waiting', done: 0, total: 0, problem: null, isLost: false, isBusy: isResumed };
  const begin = () => start();
  const view = waitingView({ reply, onBegin: begin, onRetry: () => gather() });
  const paint = (changes) => view.update(Object.assign(seen, changes));
  const gather = async () => {
    paint({ problem: null });
    try {
      await assets.gather((done, total) => paint({ done, total }));
    } catch (error) {
      paint({ problem: assetProblem(error) });
      return;
    }
    if (isResumed) await start();
  };
  const start = async () => {
    paint({ isBusy: true, problem: null });
    try {
      await beginAttempt({ sitting, code, reply, assets });
    } catch (error) {
      beginRefused({ error, paint, sitting, code });
    }
  };
  const poll = async () => {
    while (!seen.isAdmitted && view.element.isConnected) {
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      if (!view.element.isConnected) return;
      try {
        reply = await openAttempt(sitting, code);
        paint({ isAdmitted: reply.state !== 'waiting', isLost: false });
      } catch (error) {
        if (error instanceof Unreachable || error.isPassing) paint({ isLost: true });
        else entryRefused({ sitting, code, error });
      }
    }
  };
  show(view.element);
  paint({});
  return Promise.all([gather(), poll()]);
}

function assetProblem(error) {
  const what = error instanceof Damaged ? t('assets.damaged') : t('assets.what');
  return { what, safe: t('assets.safe'), now: t('assets.now') };
}

function beginRefused({ error, paint, sitting, code }) {
  if (error.type === 'superseded' || error.status === 401) return superseded(0);
  if (error.type === 'not-admitted') return enter(sitting, code);
  if (error instanceof Damaged) {
    return show(trouble({ title: t('key.title'), what: t('key.what'), safe: t('key.safe'), now: t('key.now') },
      h('button', { class: 'primary', type: 'button', onclick: () => location.reload() }, t('reload'))));
  }
  return paint({ isBusy: false, problem: commonProblem(error) });
}

async function beginAttempt({ sitting, code, reply, assets }) {
  const begun = await api.begin(reply.token, reply.attempt);
  const opened = await assets.unseal(begun.form_key);
  const attempt = newAttempt({ sitting, code, reply });
  await attempt.prepare({ ...opened, remainingSeconds: begun.remaining_seconds, heardAt: begun.heard_at });
  work({ attempt, sitting, assets, isPaused: begun.state === 'paused' });
}

function newAttempt({ sitting, code, reply }) {
  return new Attempt({ api, store, reply, reopen: () => openAttempt(sitting, code) });
}

/* The time ran out, or the hand-in was only half heard, before this page came up: send what is left and fetch the receipt. */
async function handInLate({ sitting, code, reply }) {
  const attempt = newAttempt({ sitting, code, reply });
  await attempt.prepare({ form: { items: [] }, pictures: new Map(), broken: [], remainingSeconds: 0, heardAt: performance.now() });
  work({ attempt, sitting, assets: null, isOver: true });
}

function work({ attempt, sitting, assets, isPaused, isOver }) {
  runTest({
    attempt, isPaused, isOver, show,
    onReceipt: (reply) => finish({ attempt, sitting, assets, reply }),
    onSuperseded: () => superseded(attempt.outbox.waiting),
    onSealed: () => sealed(attempt.outbox.waiting),
    onSessionGone: sessionGone,
    onRefused: refused,
  });
}

async function finish({ attempt, sitting, assets, reply }) {
  attempt.stop();
  assets?.release();
  const { candidate, title } = attempt.reply;
  remember({ session: null, code: null, item: null, receipt: { receipt: reply.receipt, candidate, title, zone: sitting.time_zone } });
  await store.wipe(attempt.id).catch(() => {});
  receipt();
}

function receipt() {
  const done = async () => {
    forgetVisit();
    applyLooks();
    await useLanguage('id');
    signIn();
  };
  show(receiptView({ ...visit().receipt, onDone: done }));
}

function superseded(held) {
  const safe = held > 0 ? t('superseded.safe-held', { n: held }) : t('superseded.safe');
  remember({ session: null, code: null });
  show(trouble({ title: t('superseded.title'), what: t('superseded.what'), safe, now: t('superseded.now'), mark: 'computer' },
    h('button', { class: 'secondary', type: 'button', onclick: () => signIn() }, t('back-to-signin'))));
}

function sealed(held) {
  const safe = held > 0 ? t('sealed.safe-held', { n: held }) : t('sealed.safe');
  show(trouble({ title: t('sealed.title'), what: t('sealed.what'), safe, now: t('sealed.now') }));
}

/* A refusal that the contract does not know: keep everything, and let a reload start afresh from what the server has. */
function refused(problem) {
  const { what, now } = commonProblem(problem);
  show(trouble({ title: t('refused.title'), what, safe: t('refused.safe'), now },
    h('button', { class: 'primary', type: 'button', onclick: () => location.reload() }, t('reload'))));
}

function forgetCandidate() {
  const { language, looks: kept } = visit();
  forgetVisit();
  remember({ language, looks: kept });
}

/* A second press while the first is under way would only confuse the counters of wrong tries. */
async function whileBusy(act) {
  const buttons = [...stage.querySelectorAll('button')];
  buttons.forEach((button) => { button.disabled = true; });
  stage.setAttribute('aria-busy', 'true');
  try {
    await act();
  } finally {
    stage.removeAttribute('aria-busy');
    buttons.forEach((button) => { button.disabled = false; });
  }
}

function isAble() {
  return window.isSecureContext && crypto.subtle && window.indexedDB && navigator.locks;
}

async function resume() {
  applyLooks(looks());
  await useLanguage(visit().language ?? 'id');
  store = await openStore();
  navigator.storage?.persist?.();
  const { receipt: paper, session, sitting, code } = visit();
  if (paper) return receipt();
  if (session && sitting && code) return enter(sitting, code);
  return signIn();
}

/* One tab at a time: the second one says so, and takes over by itself when the first is closed. */
async function boot() {
  if (!isAble()) return show(trouble({ title: t('browser.title'), what: t('browser.what'), safe: t('browser.safe'), now: t('browser.now') }));
  const forever = new Promise(() => {});
  const own = async () => {
    await resume();
    return forever;
  };
  await navigator.locks.request('tp-runner', { ifAvailable: true }, (lock) => {
    if (lock) return own();
    show(trouble({ title: t('tab.title'), what: t('tab.what'), safe: t('tab.safe'), now: t('tab.now'), mark: 'computer' }));
    return null;
  });
  return navigator.locks.request('tp-runner', own);
}

boot();
