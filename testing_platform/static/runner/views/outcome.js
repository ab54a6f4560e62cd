/* The pages that end or interrupt a visit: another seat, another device, a closed room, a refusal. */
import { h } from '../dom.js';
import { t } from '../text.js';
import { emergencyPanel } from './emergency.js';
import { trouble } from './page.js';

function button(look, text, onclick) {
  return h('button', { class: look, type: 'button', onclick }, text);
}

/** The seat was released; `held` answers are still here and can only travel in the emergency file. */
export function supersededView({ held, material, onBack }) {
  const safe = held > 0 ? t('superseded.safe-held', { n: held }) : t('superseded.safe');
  return trouble({
    title: t('superseded.title'), what: t('superseded.what'), safe, now: t('superseded.now'), mark: 'computer',
    extra: material && emergencyPanel({ material, fate: 'released', title: t('emergency.title-held', { n: held }) }),
  }, button('secondary', t('back-to-signin'), onBack));
}

export function sealedView({ held, material }) {
  const safe = held > 0 ? t('sealed.safe-held', { n: held }) : t('sealed.safe');
  return trouble({
    title: t('sealed.title'), what: t('sealed.what'), safe, now: t('sealed.now'),
    extra: material && emergencyPanel({ material, fate: 'sealed', title: t('emergency.title-held', { n: held }) }),
  });
}

export function otherDeviceView({ onAgain, onBack }) {
  return trouble({ title: t('other.title'), what: t('other.what'), safe: t('other.safe'), now: t('other.now'), mark: 'computer' },
    button('primary', t('try-again'), onAgain), button('secondary', t('back-to-signin'), onBack));
}

/** A refusal that the contract does not know: everything is kept, and a reload starts afresh from what the server has. */
export function refusedView({ what, now, onReload }) {
  return trouble({ title: t('refused.title'), what, safe: t('refused.safe'), now }, button('primary', t('reload'), onReload));
}

export function keyView({ onReload }) {
  return trouble({ title: t('key.title'), what: t('key.what'), safe: t('key.safe'), now: t('key.now') }, button('primary', t('reload'), onReload));
}

export function tabView() {
  return trouble({ title: t('tab.title'), what: t('tab.what'), safe: t('tab.safe'), now: t('tab.now'), mark: 'computer' });
}

export function browserView() {
  return trouble({ title: t('browser.title'), what: t('browser.what'), safe: t('browser.safe'), now: t('browser.now') });
}
