/*
 * The way through the test, from sign-in to receipt. This module decides what comes next; the views only show it.
 *
 * Where things are: api + server_time (the calls, the server's time), outbox + store (no answer is lost), attempt + state
 * (what was done), assets + crypto + sealed (the asset gate), clock (the time left), waiting (up to the start), comeback
 * (opened again without the server), working + keys (while the candidate works), practice* (before the clock starts),
 * emergency (the file for the centre), shell + service_worker (the page kept for a reload), memory + looks (what the tab
 * remembers), text.* (every word), dom + richtext (building pages), views/ (what is seen).
 */
import { Api, Problem, Unreachable } from './api.js';
import { Attempt } from './attempt.js';
import { isPassing, materialOf, untilBack } from './comeback.js';
import { Damaged } from './crypto.js';
import { applyLooks, looks } from './looks.js';
import { deviceName, forgetVisit, isWholePin, remember, takeDeviceName, visit } from './memory.js';
import { keepShell, pinShell, unpinShell, welcomeNewShell } from './shell.js';
import { openStore } from './store.js';
import { t, useLanguage } from './text.js';
import { confirmView, signInView, startCodeView } from './views/entry.js';
import { receiptView } from './views/finish.js';
import { browserView, keyView, otherDeviceView, refusedView, sealedView, supersededView, tabView } from './views/outcome.js';
import { waitForStart } from './waiting.js';
import { runTest } from './working.js';

const COMEBACK_MS = 12 * 3_600_000;
const stage = document.getElementById('runner');
const { apiBase, shell: version, worker, scope } = document.body.dataset;
const api = new Api(apiBase);
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

async function signIn({ problem, number, pin } = {}) {
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
  show(signInView({ problem, number, pin, held: await heldHere(), onSubmit: submit, onLanguage: chooseLanguage }));
}

/* Answers of an earlier visit that the server never got: whoever opens this page next must be able to save them. */
async function heldHere() {
  const found = [];
  for (const seat of await recentSeats()) {
    const { steps, head } = await store.recall(seat.attempt);
    const material = steps.some(({ kind }) => kind === 'answer') && materialOf({ seat, steps, head });
    if (material) found.push({ number: seat.candidate.participant_number, material });
  }
  return found;
}

async function recentSeats() {
  const seats = await store.seats().catch(() => []);
  return seats.filter(({ keptAt }) => Math.abs(Date.now() - keptAt) < COMEBACK_MS);
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
    await signIn({ problem: signInProblem(error), number, pin });
  }
}

function signInProblem(error) {
  if (error.type === 'pin-mistyped') return { field: 'pin', what: t('signin.pin-mistyped') };
  if (error.type === 'bad-credentials') return { what: t('signin.bad'), now: t('signin.bad-now') };
  return commonProblem(error);
}

function confirm(candidate, sittings) {
  const accept = (sitting) => {
    remember({ sitting });
    startCode(sitting);
  };
  show(confirmView({ candidate, sittings, onConfirm: accept, onNotMe: startAfresh }), { keepFocus: false });
}

async function startAfresh() {
  await leaveSeats();
  forgetCandidate();
  return signIn();
}

function startCode(sitting, problem) {
  const submit = (code) => {
    if (!code) return startCode(sitting, { field: 'code', what: t('code.missing') });
    return whileBusy(() => enter(sitting, code));
  };
  show(startCodeView({ sitting, problem, onSubmit: submit, onBack: startAfresh }));
}

function openAttempt(sitting, code) {
  return api.openAttempt(visit().session, { sitting: sitting.id, start_code: code, device: deviceName() });
}

/* The room's code opens the attempt; it is kept for this visit, so that a reload comes back without asking. */
async function enter(sitting, code) {
  try {
    take({ sitting, code, reply: await openAttempt(sitting, code) });
  } catch (error) {
    entryRefused({ sitting, code, error });
  }
}

/* The same after a reload, a crash or a power cut: now only time may be lacking, and nobody has to press anything. */
async function comeBack({ sitting, code, seat, onRefused = (error) => entryRefused({ sitting, code, error }) }) {
  const ask = () => openAttempt(sitting, code);
  const onBack = seat ? null : startAfresh;
  try {
    const reply = await ask().catch((error) => {
      if (!isPassing(error)) throw error;
      return untilBack({ ask, seat, candidate: visit().candidate, store, show, onBack });
    });
    if (reply) take({ sitting, code, reply });
  } catch (error) {
    onRefused(error);
  }
}

function take({ sitting, code, reply }) {
  remember({ sitting, code });
  if (reply.state === 'submitted' || reply.state === 'expired') return handInLate({ sitting, code, reply });
  return waitForStart({
    api, reply, sitting, show,
    openAgain: () => openAttempt(sitting, code),
    begin: (latest, assets) => beginAttempt({ sitting, code, reply: latest, assets }),
    onPollRefused: (error) => entryRefused({ sitting, code, error }),
    onBeginRefused: (error, paint) => beginRefused({ error, paint, sitting, code }),
  });
}

function entryRefused({ sitting, code, error }) {
  if (error.type === 'session-expired' || error.status === 401) return sessionGone();
  if (error.type === 'other-device') {
    return show(otherDeviceView({ onAgain: () => whileBusy(() => enter(sitting, code)), onBack: startAfresh }));
  }
  if (error.type === 'bad-start-code') {
    return startCode(sitting, { field: 'code', what: t('code.bad'), now: t('code.bad-now', { n: error.body.tries_left ?? '–' }) });
  }
  if (error.type === 'sitting-not-open') return startCode(sitting, { what: t('notopen.what'), now: t('notopen.now') });
  return startCode(sitting, commonProblem(error));
}

async function sessionGone() {
  await leaveSeats();
  remember({ session: null, code: null });
  return signIn({ problem: { what: t('signin.again'), safe: t('signin.again-safe') }, number: visit().candidate?.participant_number });
}

function beginRefused({ error, paint, sitting, code }) {
  if (error.type === 'superseded' || error.status === 401) return superseded();
  if (error.type === 'not-admitted') return enter(sitting, code);
  if (error instanceof Damaged) return show(keyView({ onReload: () => location.reload() }));
  return paint({ isBusy: false, problem: commonProblem(error) });
}

async function beginAttempt({ sitting, code, reply, assets }) {
  const begun = await api.begin(reply.token, reply.attempt);
  const opened = await assets.unseal(begun.form_key);
  const attempt = newAttempt({ sitting, code, reply });
  await Promise.all([attempt.prepare({ ...opened, remainingSeconds: begun.remaining_seconds, heardAt: begun.heard_at }), pinShell(version)]);
  await keepSeat({ sitting, code, reply });
  work({ attempt, sitting, assets, hold: ['paused', 'on_break'].includes(begun.state) ? begun.state : '' });
}

/* From now on the candidate comes back without typing, and can save the answers even if the server never does. */
async function keepSeat({ sitting, code, reply }) {
  const { attempt, token, candidate, order, emergency_key: centreKey } = reply;
  const { session, language } = visit();
  await store.keepSeat({ attempt, token, candidate, order, centreKey, sitting, code, session, language, device: deviceName() }).catch(() => {});
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

function work({ attempt, sitting, assets, hold, isOver }) {
  runTest({
    attempt, hold, isOver, show,
    onReceipt: (reply) => finish({ attempt, sitting, assets, reply }),
    onSuperseded: () => superseded(attempt),
    onSealed: () => show(sealedView(heldOf(attempt))),
    onSessionGone: sessionGone,
    onRefused: refused,
  });
}

async function finish({ attempt, sitting, assets, reply }) {
  attempt.stop();
  assets?.release();
  const { candidate, title } = attempt.reply;
  remember({ session: null, code: null, item: null, receipt: { receipt: reply.receipt, nLate: reply.n_late, candidate, title, zone: sitting.time_zone } });
  await Promise.all([store.wipe(attempt.id).catch(() => {}), unpinShell()]);
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

function heldOf(attempt) {
  const held = attempt?.outbox?.waiting ?? 0;
  const material = held > 0 && attempt.reply.emergency_key ? () => attempt.emergency() : null;
  return { held, material };
}

async function superseded(attempt) {
  remember({ session: null, code: null });
  await Promise.all([leaveSeats(), unpinShell()]);
  show(supersededView({ ...heldOf(attempt), onBack: () => signIn() }));
}

/* Whoever opens this page next is asked who it is; what the server lacks stays for the emergency file. */
function leaveSeats() {
  return store.leaveSeats().catch(() => {});
}

function refused(problem) {
  const { what, now } = commonProblem(problem);
  show(refusedView({ what, now, onReload: () => location.reload() }));
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
  store = await openStore();
  navigator.storage?.persist?.();
  keepShell({ worker, scope });
  const { receipt: paper, session, sitting, code } = visit();
  const seat = (await recentSeats()).find(({ isLeft }) => !isLeft);
  await useLanguage(visit().language ?? seat?.language ?? 'id');
  if (paper) return receipt();
  if (session && sitting && code) return comeBack({ sitting, code, seat: seat?.session === session ? seat : undefined });
  if (seat) return comeBackTo(seat);
  await unpinShell();
  await welcomeNewShell({ scope, isFree: () => !visit().sitting });
  return signIn();
}

/* The browser was killed or the power went: this tab knows nothing, but the disk knows who sat here. */
function comeBackTo(seat) {
  const { session, candidate, sitting, code, language, device } = seat;
  takeDeviceName(device);
  remember({ session, candidate, sitting, code, language });
  return comeBack({ sitting, code, seat, onRefused: startAfresh }); // somebody else may sit here by now
}

/* One tab at a time: the second one says so, and takes over by itself when the first is closed. */
async function boot() {
  if (document.getElementById('old-browser')?.hidden === false) return null;
  if (!isAble()) return show(browserView());
  const forever = new Promise(() => {});
  const own = async () => {
    await resume();
    return forever;
  };
  await navigator.locks.request('tp-runner', { ifAvailable: true }, (lock) => {
    if (lock) return own();
    show(tabView());
    return null;
  });
  return navigator.locks.request('tp-runner', own);
}

boot();
