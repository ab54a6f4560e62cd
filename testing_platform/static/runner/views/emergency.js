/* The emergency file on the screen: why, what it does, the code for the minutes, and two ways to save it. */
import { h, icon, saveFile } from '../dom.js';
import { sealEmergency } from '../emergency.js';
import { t } from '../text.js';

/* What is said before the file is made and after it, by what becomes of the answers without it. */
const SAID = {
  sent: ['emergency.lead', 'emergency.step-wait'],
  released: ['emergency.lead-released', 'emergency.step-wait-released'],
  held: ['emergency.lead-held', 'emergency.step-wait-held'],
  sealed: ['emergency.lead-sealed', 'emergency.step-wait-sealed'],
};

/**
 * Offers the file; `material()` tells what it holds at the moment of pressing (see emergency.js). `fate` says what becomes
 * of the answers without it: they are 'sent' when the server is back, never from a seat that was 'released', once their
 * owner signs in here when they are 'held', and never more when the test is 'sealed'.
 */
export function emergencyPanel({ material, title, fate = 'sent' }) {
  const [lead, after] = SAID[fate];
  const heading = h('h2', null, title ?? t('emergency.title'));
  const made = h('div', { class: 'made', role: 'status' });
  const make = async () => {
    button.disabled = true;
    try {
      made.replaceChildren(...madeFile(await sealEmergency(await material()), t(after)));
      made.querySelector('.quiet, .primary')?.focus();
    } catch (cause) {
      console.error(cause);
      made.replaceChildren(h('p', { class: 'note note-warn' }, icon('alert'), h('span', null, t('emergency.failed'))));
    }
    button.disabled = false;
    button.replaceChildren(icon('file'), t('emergency.again'));
  };
  const button = h('button', { class: 'secondary', type: 'button', onclick: make }, icon('file'), t('emergency.make'));
  return h('section', { class: 'emergency' }, heading, h('p', null, t(lead)), h('div', { class: 'actions' }, button), made);
}

function madeFile({ name, fingerprint, bytes }, after) {
  const save = () => saveFile(name, bytes);
  return [
    h('ol', { class: 'ways' },
      h('li', null, t('emergency.step-save'),
        h('span', { class: 'actions' },
          h('button', { class: 'primary', type: 'button', onclick: save }, icon('down'), t('emergency.save')),
          window.showSaveFilePicker && h('button', { class: 'secondary', type: 'button', onclick: () => saveElsewhere(name, bytes) }, t('emergency.save-usb'))),
        h('span', { class: 'hint' }, t('emergency.where', { name }))),
      h('li', null, t('emergency.step-code'), h('p', { class: 'short-code' }, h('span', null, t('emergency.code')), h('strong', null, fingerprint))),
      h('li', null, after)),
  ];
}

/* Straight onto the stick, where the browser offers to choose the place. Closing its window without saving is no trouble. */
async function saveElsewhere(name, bytes) {
  try {
    const file = await (await window.showSaveFilePicker({ suggestedName: name })).createWritable();
    await file.write(bytes);
    await file.close();
  } catch (cause) {
    if (cause.name !== 'AbortError') saveFile(name, bytes);
  }
}
