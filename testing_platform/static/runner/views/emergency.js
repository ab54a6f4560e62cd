/* The emergency file on the screen: why, what it does, the code for the minutes, and two ways to save it. */
import { h, icon } from '../dom.js';
import { sealEmergency } from '../emergency.js';
import { t } from '../text.js';

/** Offers the file; `material()` tells what it holds at the moment of pressing (see emergency.js). */
export function emergencyPanel({ material, title }) {
  const heading = h('h2', null, title ?? t('emergency.title'));
  const made = h('div', { class: 'made', role: 'status' });
  const make = async () => {
    button.disabled = true;
    try {
      made.replaceChildren(...madeFile(await sealEmergency(await material())));
      made.querySelector('.quiet, .primary')?.focus();
    } catch (cause) {
      console.error(cause);
      made.replaceChildren(h('p', { class: 'note note-warn' }, icon('alert'), h('span', null, t('emergency.failed'))));
    }
    button.disabled = false;
    button.replaceChildren(icon('file'), t('emergency.again'));
  };
  const button = h('button', { class: 'secondary', type: 'button', onclick: make }, icon('file'), t('emergency.make'));
  return h('section', { class: 'emergency' }, heading, h('p', null, t('emergency.lead')), h('div', { class: 'actions' }, button), made);
}

function madeFile({ name, fingerprint, bytes }) {
  const save = () => download(name, bytes);
  return [
    h('ol', { class: 'ways' },
      h('li', null, t('emergency.step-save'),
        h('span', { class: 'actions' },
          h('button', { class: 'primary', type: 'button', onclick: save }, icon('down'), t('emergency.save')),
          window.showSaveFilePicker && h('button', { class: 'secondary', type: 'button', onclick: () => saveElsewhere(name, bytes) }, t('emergency.save-usb'))),
        h('span', { class: 'hint' }, t('emergency.where', { name }))),
      h('li', null, t('emergency.step-code'), h('p', { class: 'short-code' }, h('span', null, t('emergency.code')), h('strong', null, fingerprint))),
      h('li', null, t('emergency.step-wait'))),
  ];
}

function download(name, bytes) {
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/json' }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/* Straight onto the stick, where the browser offers to choose the place. Closing its window without saving is no trouble. */
async function saveElsewhere(name, bytes) {
  try {
    const file = await (await window.showSaveFilePicker({ suggestedName: name })).createWritable();
    await file.write(bytes);
    await file.close();
  } catch (cause) {
    if (cause.name !== 'AbortError') download(name, bytes);
  }
}
