/* The practice items on the screen, while the identity check is awaited. Leaving is one press, from everywhere. */
import { press } from './keys.js';
import { changeLooks, looks } from './looks.js';
import { Practice } from './practice.js';
import { PICTURE, practiceItems } from './practice_items.js';
import { language, t } from './text.js';
import { closeDialogs, helpDialog, lookDialog, reportDialog } from './views/dialogs.js';
import { h, icon } from './dom.js';
import { testView } from './views/test.js';

/** Practise until the candidate leaves. Returns {update({isReady}), leave()}; `onLeave()` shows what stood there before. */
export function runPractice({ reply, show, isReady, onLeave }) {
  const until = new AbortController();
  const pictures = new Map([[PICTURE, new URL('practice.svg', import.meta.url).href]]);
  const practice = new Practice({ items: practiceItems(language()), pictures, reply });
  const notice = practiceNotice({ onLeave: () => end() });
  const stop = () => { until.abort(); closeDialogs(); };
  const end = () => { stop(); onLeave(); };
  const challenge = () => reportDialog({
    number: practice.index + 1,
    onReport: () => { practice.challenge(); view.say(t('practice.reported'), 'calm'); },
  });
  const look = () => lookDialog({ looks: looks(), onChange: changeLooks });
  const view = testView({ attempt: practice, notice: notice.element, onFinish: end, onHelp: helpDialog, onLook: look, onChallenge: challenge });
  const acts = { challenge, help: helpDialog };
  practice.addEventListener('change', view.update);
  practice.addEventListener('moved', view.move);
  document.addEventListener('keydown', (event) => press({ event, attempt: practice, acts }), { signal: until.signal });
  notice.update({ isReady });
  show(view.element, { keepFocus: true });
  practice.goTo(0);
  return { update: notice.update, leave: stop };
}

/* Says all the time that this is practice, and that the test may be started as soon as it may. */
function practiceNotice({ onLeave }) {
  const text = h('span', { role: 'status' });
  const leave = h('button', { type: 'button', onclick: onLeave });
  const element = h('div', { class: 'note note-warn practice' }, icon('eye'), text, leave);
  const update = ({ isReady }) => {
    const words = isReady ? t('practice.ready') : t('practice.label');
    if (text.textContent === words) return;
    text.textContent = words;
    leave.className = isReady ? 'primary' : 'secondary';
    leave.textContent = isReady ? t('practice.go') : t('practice.leave');
  };
  return { element, update };
}
