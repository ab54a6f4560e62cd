/* What the keys of the keyboard do on the page with the items; the help dialog tells the candidate the same. */
import { looks } from './looks.js';
import { isDialogOpen } from './views/dialogs.js';

const MOVES = { arrowright: 1, n: 1, arrowleft: -1, p: -1 };
const LETTERS = 'abcde';
const DIGITS = '12345';

/** Letters and arrows act only where they cannot be meant for something else, and letters can be switched off. */
export function press({ event, attempt, acts }) {
  if (isDialogOpen() || event.ctrlKey || event.altKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  if (!key.startsWith('arrow') && looks().keys === 'off') return;
  const act = actOf({ key, attempt, acts });
  if (!act) return;
  event.preventDefault();
  act();
}

function actOf({ key, attempt, acts }) {
  const place = key.length === 1 ? Math.max(LETTERS.indexOf(key), DIGITS.indexOf(key)) : -1;
  if (place >= 0) {
    const option = attempt.item.options[place];
    return option && (() => attempt.choose(option.id));
  }
  if (MOVES[key]) return () => attempt.goTo(attempt.index + MOVES[key]);
  return { r: () => attempt.toggleFlag(), l: acts.challenge, t: acts.sayTime, m: acts.menu, '?': acts.help }[key];
}
