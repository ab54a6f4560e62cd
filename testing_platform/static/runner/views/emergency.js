/* The emergency file on the screen: why, what it does, the code for the minutes, and two ways to save it. */
import { h, icon, saveFile } from '../dom.js';
import { sealEmergency } from '../emergency.js';
import { t } from '../text.js';

/**
 * Offers the file; `material()` tells what it holds at the moment of pressing (see emergency.js). `fate` says what becomes
 * of the answers without it: '' they are sent when the server is back, 'released' never from this seat, 'held' once their
 * owner signs in here, 'sealed' nothing any more.
 */
export function emergencyPanel({ material, title, fate = '' }) {
  const said = (key) => t(fate ? `${key}-${fate}` : key);
  const heading = h('h2', null, title ?? t('emergency.title'));
  const made = h('div', { class: 'made', role: 'status' });
  const make = async () => {
    button.disabled = true;
    try {
      made.replaceChildren(...madeFile(await sealEmergency(await material()), said('emergency.step-wait')));
      made.querySelector('.quiet, .primary')?.focus();
    } catch (cause) {
      console.error(cause);
      made.replaceChildren(h('p', { class: 'note note-warn' }, icon('alert'), h('span', null, t('emergency.failed'))));
    }
    button.disabled = false;
    button.replaceChildren(icon('file'), t('emergency.again'));
  };
  const button = h('button', { class: 'secondary', type: 'button', onclick: make }, icon('file'), t('emergency.make'));
  return h('section', { class: 'emergency' }, heading, h('p', null, said('emergency.lead')), h('div', { class: 'actions' }, button), made);
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
