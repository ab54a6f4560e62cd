/* Every word the candidate reads comes through t(), so one screen never mixes two languages. */
import indonesian from './text.id.js';

let words = indonesian;
let code = 'id';

export function language() {
  return code;
}

/** Speak another language from the next screen on; Indonesian is built in, others are fetched when wanted. */
export async function useLanguage(wanted) {
  words = wanted === 'en' ? (await import('./text.en.js')).default : indonesian;
  code = wanted === 'en' ? 'en' : 'id';
  document.documentElement.lang = code;
}

/** The text for a key, with {names} filled in. An unknown key shows itself, so that a gap is seen and not silent. */
export function t(key, values = {}) {
  const text = words[key] ?? indonesian[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** A moment in the time zone of the site, since the PC's own zone is often wrong. */
export function clockTime(iso, zone) {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone: zone };
  try {
    return new Intl.DateTimeFormat(code === 'id' ? 'id-ID' : 'en-GB', options).format(new Date(iso));
  } catch {
    return String(iso);
  }
}

/** A participant number in the groups that the card prints; what has another shape stays as it is. */
export function grouped(number) {
  return String(number ?? '').replace(/^(\d{2})(\d{4})(\d{4})$/, '$1 $2 $3');
}
