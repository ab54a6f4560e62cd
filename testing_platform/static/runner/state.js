/* What the candidate has answered, derived from the server's word and the steps since; nothing else decides it. */

export class Answers {
  #options;
  #flags;

  constructor({ order, answers, flags }) {
    this.order = order;
    this.#options = new Map(Object.entries(answers ?? {}).filter(([, option]) => option !== null));
    this.#flags = new Set(flags ?? []);
  }

  /** Replay one step; kinds that change no answer are let through. */
  apply({ kind, item, option, value }) {
    if (kind === 'answer' && option) this.#options.set(item, option);
    if (kind === 'answer' && !option) this.#options.delete(item);
    if (kind === 'flag' && value === 'on') this.#flags.add(item);
    if (kind === 'flag' && value === 'off') this.#flags.delete(item);
  }

  /** The same as plain values, to be written down. */
  plain() {
    return { answers: Object.fromEntries(this.#options), flags: [...this.#flags] };
  }

  option(item) {
    return this.#options.get(item) ?? null;
  }

  isFlagged(item) {
    return this.#flags.has(item);
  }

  count() {
    const empty = this.order.filter((item) => !this.#options.has(item));
    const doubtful = this.order.filter((item) => this.#flags.has(item));
    return { answered: this.order.length - empty.length, empty, doubtful, total: this.order.length };
  }
}

/**
 * Join what this computer still holds with what the server has, when the attempt is opened again.
 *
 * Usual case: the held steps continue the server's journal, or it already has some of them because only the reply was
 * lost. Rare case: the candidate went on at another seat meanwhile, so the numbers mean other steps. Then the newer
 * seat's answers win, and a held answer comes back only for an item that has no answer on the server. A report is told by
 * what it is in either case: it was sent if the server names it.
 */
export function joinWithServer({ held, lastSeq, answers, reports = [] }) {
  const known = held.filter((step) => step.seq <= lastSeq);
  const rest = held.filter((step) => isStillWaiting(step, { lastSeq, reports }));
  const said = lastAnswers(known);
  const isForeign = [...said].some(([item, option]) => (answers[item] ?? null) !== option);
  if (!isForeign) return { keep: rest, revive: [] };
  const revive = [...lastAnswers(held)].filter(([item, option]) => option !== null && !answers[item]);
  return { keep: rest.filter(isReport), revive: revive.map(([item, option]) => ({ kind: 'answer', item, option })) };
}

/** The candidate says that an item is broken: no later step takes this back, so none of them may be lost. */
export function isReport({ kind }) {
  return kind === 'challenge';
}

/**
 * Whether the server lacks this step. Only reports are named one by one: that their number was passed says nothing, since it
 * may have been taken by a step that came another way. Answers and marks are compared by what they decide.
 */
export function isStillWaiting(step, { lastSeq, reports }) {
  if (!isReport(step)) return step.seq > lastSeq;
  return !reports.some(({ item, at }) => item === step.item && at === step.at);
}

function lastAnswers(steps) {
  return new Map(steps.filter(({ kind }) => kind === 'answer').map(({ item, option }) => [item, option ?? null]));
}

/** The answers that the screen shows and neither the server nor the outbox has: they must be written again. */
export function missingSteps({ screen, answers, flags, pending }) {
  const written = new Answers({ order: screen.order, answers, flags });
  pending.forEach((step) => written.apply(step));
  return screen.order.flatMap((item) => [
    ...(screen.option(item) === written.option(item) ? [] : [{ kind: 'answer', item, option: screen.option(item) }]),
    ...(screen.isFlagged(item) === written.isFlagged(item) ? [] : [{ kind: 'flag', item, value: screen.isFlagged(item) ? 'on' : 'off' }]),
  ]);
}

/**
 * What the server has otherwise than this screen although nobody touched it on this page: it came another way, for instance
 * in the emergency file of the computer that was used before. `own` are the acts of this page, as `actOn` names them.
 */
export function broughtAnswers({ screen, own, answers, flags }) {
  const brought = new Answers({ order: screen.order, answers, flags });
  const isOthers = (kind, item) => !own.has(actOn({ kind, item }));
  return screen.order.flatMap((item) => [
    ...(isOthers('answer', item) && brought.option(item) !== screen.option(item) ? [{ kind: 'answer', item, option: brought.option(item) }] : []),
    ...(isOthers('flag', item) && brought.isFlagged(item) !== screen.isFlagged(item) ? [{ kind: 'flag', item, value: brought.isFlagged(item) ? 'on' : 'off' }] : []),
  ]);
}

/** What a step decides, whichever way: the answer to an item, or its mark. */
export function actOn({ kind, item }) {
  return `${kind} ${item}`;
}

/**
 * Where each answer is: 'server' once it was acknowledged, 'here' while an act on the item waits on this computer, 'none'
 * without an answer. `held` are the steps that wait.
 */
export function whereabouts({ order, answers, held }) {
  const waiting = new Set(held.filter(({ kind }) => kind === 'answer').map(({ item }) => item));
  return order.map((item) => (waiting.has(item) ? 'here' : answers.option(item) ? 'server' : 'none'));
}

/** [1, 2, 3, 7] -> "1–3, 7", so that a list of numbers can be read out. */
export function ranges(numbers) {
  const runs = [];
  for (const number of numbers) {
    const last = runs[runs.length - 1];
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`)).join(', ');
}
