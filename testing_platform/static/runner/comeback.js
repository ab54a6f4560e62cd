/*
 * Back at an attempt whose server is away. The key of the items is nowhere on this computer, so nothing can be shown; but
 * what was answered is known, and the test goes on by itself as soon as the server answers.
 */
import { Problem, Unreachable } from './api.js';
import { Answers, whereabouts } from './state.js';
import { awayView } from './views/away.js';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 8_000;

/** True when only time can help: no answer, or an answer that says "not now". */
export function isPassing(error) {
  return error instanceof Unreachable || (error instanceof Problem && error.isPassing);
}

/**
 * Show what is safe and ask again until `ask()` resolves; resolves to its reply, or to null when the candidate left.
 * `seat` is what the store knows of who sat here, or undefined.
 */
export async function untilBack({ ask, seat, candidate, store, show, onBack }) {
  const { places, material } = await safeThings(store, seat);
  const begun = performance.now();
  let isLeft = false;
  const leave = onBack && (() => { isLeft = true; onBack(); });
  const view = awayView({ candidate: seat?.candidate ?? candidate, places, material, onBack: leave });
  const ticking = setInterval(() => view.wait((performance.now() - begun) / 1000), 1_000);
  show(view.element);
  try {
    for (let wait = FIRST_WAIT_MS; !isLeft; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
      await rest(wait * (0.7 + Math.random() * 0.6));
      if (isLeft) return null;
      try {
        return await ask();
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
    }
    return null;
  } finally {
    clearInterval(ticking);
  }
}

async function safeThings(store, seat) {
  if (!seat) return { places: null, material: null };
  const { steps, head } = await store.recall(seat.attempt).catch(() => ({ steps: [], head: null }));
  const answers = new Answers({ order: seat.order, ...head });
  steps.forEach((step) => answers.apply(step));
  const places = whereabouts({ order: seat.order, answers, held: steps });
  return { places, material: materialOf({ seat, steps, head }) };
}

/** What an emergency file holds, from the disk alone; null when this computer has nothing that the server lacks. */
export function materialOf({ seat, steps, head }) {
  if (!seat.centreKey || !head) return null;
  return () => ({
    attempt: seat.attempt, token: seat.token, participantNumber: seat.candidate.participant_number, centreKey: seat.centreKey,
    head, steps, madeAtMs: Date.now(),
  });
}

/* The wait ends early when the cable comes back or somebody looks at the page again. */
function rest(milliseconds) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
  });
}
