/* From the door to the seat: sign in, "is this you?", the start code, waiting for the identity check, ready. */
import { h, icon } from '../dom.js';
import { isWholePin, tidyCode, tidyPin } from '../memory.js';
import { clockTime, grouped, language, t } from '../text.js';
import { emergencyPanel } from './emergency.js';
import { facts, field, page, problemNote } from './page.js';

/** Sign in with participant number and PIN; `held` are unsent answers of earlier visits, as {number, material}. */
export function signInView({ problem, number, pin, held, onSubmit, onLanguage }) {
  const pinField = field({
    name: 'pin', label: t('signin.pin'), hint: t('signin.pin-hint'), class: 'code', maxlength: '40',
    value: pin ?? '',
    error: problem?.field === 'pin' && problem.what,
  });
  const input = pinField.querySelector('input');
  input.addEventListener('input', () => tidyInPlace(input));
  const numberField = field({
    name: 'number', label: t('signin.number'), hint: t('signin.number-hint'), maxlength: '20', value: number ?? '',
    error: problem?.field === 'number' && problem.what,
  });
  numberField.addEventListener('keydown', (event) => goOnToPin(event, input));
  const submit = (event) => {
    event.preventDefault();
    tidyInPlace(input);
    onSubmit({ number: numberField.querySelector('input').value.trim(), pin: input.value });
  };
  return page({ title: t('signin.title'), lead: t('signin.lead'), above: brand() },
    problem && !problem.field && problemNote(problem),
    h('form', { onsubmit: submit, novalidate: true },
      numberField, pinField,
      h('div', { class: 'actions' }, h('button', { class: 'primary', type: 'submit' }, t('signin.go')))),
    held.length > 0 && heldNote(held),
    languageSwitch(onLanguage));
}

function heldNote(held) {
  return h('details', { class: 'held' }, h('summary', null, icon('file'), h('span', null, t('held.title')), icon('down')),
    h('p', null, t('held.lead')),
    held.map(({ number, material }) => emergencyPanel({ material, fate: 'held', title: t('held.number', { number: grouped(number) }) })));
}

/* A scanner ends each code with Enter: after the number that means the next field and not "done". */
function goOnToPin(event, pin) {
  if (event.key !== 'Enter' || pin.value) return;
  event.preventDefault();
  pin.focus();
}

function brand() {
  return h('p', { class: 'brand' }, h('img', { src: new URL('../../mark.svg', import.meta.url), alt: '', width: '32', height: '32' }), t('brand'));
}

/* Grouping happens only when the caret stands at the end, so that mending a letter in the middle is not disturbed. */
function tidyInPlace(input) {
  const atEnd = input.selectionStart === input.value.length;
  const tidied = tidyPin(input.value);
  if (atEnd || isWholePin(tidied)) input.value = tidied;
}

function languageSwitch(onLanguage) {
  const button = (code, name) => h('button', {
    type: 'button', class: 'quiet', lang: code, 'aria-pressed': String(language() === code), onclick: () => onLanguage(code),
  }, name);
  return h('div', { class: 'languages', role: 'group', 'aria-label': 'Bahasa / Language' }, button('id', 'Bahasa Indonesia'), button('en', 'English'));
}

/** "Is this you, and this sitting?" before anything starts. */
export function confirmView({ candidate, sittings, onConfirm, onNotMe }) {
  if (sittings.length === 0) return noSittingView({ candidate, onNotMe });
  const radios = sittings.map((sitting, index) => sittingChoice(sitting, { isOnly: sittings.length === 1, isFirst: index === 0 }));
  const submit = (event) => {
    event.preventDefault();
    const chosen = new FormData(event.target).get('sitting');
    onConfirm(sittings.find(({ id }) => id === chosen));
  };
  return page({ title: t('confirm.title') },
    facts([[t('facts.name'), candidate.name], [t('facts.number'), grouped(candidate.participant_number)]]),
    h('form', { onsubmit: submit },
      h('fieldset', { class: 'choices' }, h('legend', null, sittings.length === 1 ? t('confirm.sitting') : t('confirm.sittings')), radios),
      h('div', { class: 'actions' },
        h('button', { class: 'primary', type: 'submit' }, t('confirm.yes')),
        h('button', { class: 'secondary', type: 'button', onclick: onNotMe }, t('confirm.no')))),
    h('p', { class: 'hint' }, t('confirm.hint')));
}

function sittingChoice(sitting, { isOnly, isFirst }) {
  return h('label', { class: 'choice' },
    h('input', { type: 'radio', name: 'sitting', value: sitting.id, checked: isFirst, required: true, class: isOnly ? 'visually-hidden' : null }),
    h('span', null,
      h('strong', null, sitting.title),
      h('span', { class: 'hint' }, [sitting.site, clockTime(sitting.opens_at, sitting.time_zone), minutes(sitting)].join(' · '))));
}

/* Extra time that was granted to this person is named, so that nobody has to wonder whether it was forgotten. */
function durationOf(reply, sitting) {
  const extra = Math.round((reply.duration_seconds - (sitting?.duration_seconds ?? reply.duration_seconds)) / 60);
  return extra > 0 ? t('facts.with-extra', { all: minutes(reply), n: extra }) : minutes(reply);
}

function minutes({ duration_seconds: seconds }) {
  return t('minutes', { n: Math.round(seconds / 60) });
}

function noSittingView({ candidate, onNotMe }) {
  return page({ title: t('nositting.title'), mark: 'alert', tone: 'warn', lead: t('nositting.lead', { name: candidate.name }) },
    h('div', { class: 'actions' }, h('button', { class: 'primary', type: 'button', onclick: onNotMe }, t('back-to-signin'))));
}

/** The code that the proctor shows in the room. */
export function startCodeView({ sitting, problem, onSubmit, onBack }) {
  const code = field({
    name: 'code', label: t('code.label'), hint: t('code.hint'), class: 'code', maxlength: '20',
    error: problem?.field === 'code' && problem.what,
  });
  const submit = (event) => {
    event.preventDefault();
    onSubmit(tidyCode(code.querySelector('input').value));
  };
  return page({ title: t('code.title'), lead: sitting.title },
    problem && !problem.field && problemNote(problem),
    h('form', { onsubmit: submit, novalidate: true }, code,
      problem?.field === 'code' && problem.now && h('p', { class: 'hint' }, problem.now),
      h('div', { class: 'actions' },
        h('button', { class: 'primary', type: 'submit' }, t('code.go')),
        h('button', { class: 'secondary', type: 'button', onclick: onBack }, t('back')))));
}

/**
 * One page from the identity check to the start: two lines tell what is done and what is still awaited, and the
 * button comes alive when both are. Returns the element with `update({isAdmitted, done, total, problem, isLost, isBusy})`.
 */
export function waitingView({ reply, sitting, isResumed, onBegin, onRetry, onPractice }) {
  const { candidate } = reply;
  const identity = h('li', null);
  const assets = h('li', null);
  const bar = h('progress', { max: '1', value: '0', 'aria-label': t('waiting.assets') });
  const begin = h('button', { class: 'primary big', type: 'button', onclick: onBegin }, t('ready.begin'));
  const practise = !isResumed && h('button', { class: 'secondary', type: 'button', onclick: onPractice }, t('practice.open'));
  const live = h('p', { class: 'hint', role: 'status' });
  const note = h('div', null);
  const heading = isResumed ? t('waiting.back') : t('waiting.title');
  const lead = isResumed ? t('waiting.back-lead') : t('waiting.lead');
  const element = page({ title: heading, lead, wide: true },
    facts([
      [t('facts.name'), candidate.name], [t('facts.number'), grouped(candidate.participant_number)], [t('facts.seat'), candidate.seat ?? '–'],
      [t('facts.test'), reply.title], [t('facts.items'), String(reply.order?.length ?? '–')], [t('facts.duration'), durationOf(reply, sitting)],
      reply.break_seconds_left > 0 && [t('facts.break'), t('minutes', { n: Math.floor(reply.break_seconds_left / 60) })]].filter(Boolean)),
    h('ul', { class: 'checks' }, identity, assets), bar, note,
    h('div', { class: 'actions start' }, begin, practise, live),
    h('section', { class: 'rules' }, h('h2', null, t('ready.rules')),
      h('ul', null, ['ready.rule-saved', 'ready.rule-free', 'ready.rule-clock', 'ready.rule-help'].map((key) => h('li', null, t(key))))));
  const update = ({ isAdmitted, done, total, problem, isLost, isBusy }) => {
    const isGathered = total > 0 && done === total;
    setCheck(identity, isAdmitted, isAdmitted ? t('waiting.identity-done') : t('waiting.identity'));
    setCheck(assets, isGathered, isGathered ? t('waiting.assets-done') : t('waiting.assets-progress', { done, total }));
    bar.max = total || 1;
    bar.value = done;
    bar.hidden = isGathered;
    const isReady = isAdmitted && isGathered && !isBusy;
    begin.disabled = !isReady;
    element.querySelector('h1').textContent = isReady ? t('ready.title') : heading;
    element.querySelector('.lead').textContent = isReady ? t('ready.lead') : lead;
    setText(live, isLost ? (isResumed ? t('waiting.lost-resumed') : t('waiting.lost')) : isBusy ? t('ready.opening') : isReady ? t('ready.hint') : t('waiting.hint'));
    note.replaceChildren(...(problem ? [problemNote(problem), h('button', { class: 'secondary', type: 'button', onclick: onRetry }, t('try-again'))] : []));
  };
  return { element, update };
}

function setCheck(line, isDone, text) {
  if (line.dataset.text === text) return;
  line.dataset.text = text;
  line.className = isDone ? 'is-done' : '';
  line.replaceChildren(icon(isDone ? 'check' : 'clock'), h('span', null, text));
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
