/* The frame of every page outside the items: one heading, plain words, one main action. */
import { h, icon } from '../dom.js';
import { t } from '../text.js';

/** A card in the middle of the screen; `mark` names a drawing and its tone ('ok', 'warn', 'bad', 'calm'). */
export function page({ title, mark, tone, lead, wide, above }, ...content) {
  return h('main', { class: wide ? 'page page-wide' : 'page', id: 'main' },
    above,
    mark && h('span', { class: `mark tone-${tone ?? 'calm'}` }, icon(mark)),
    h('h1', { tabindex: '-1' }, title),
    lead && h('p', { class: 'lead' }, lead),
    ...content);
}

/** A labelled input with its hint and its error tied to it for screen readers. */
export function field({ name, label, hint, error, ...input }) {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return h('div', { class: error ? 'field has-error' : 'field' },
    h('label', { for: name }, label),
    hint && h('p', { class: 'hint', id: `${name}-hint` }, hint),
    error && h('p', { class: 'field-error', id: `${name}-error` }, icon('alert'), error),
    h('input', {
      id: name, name, required: true, autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false',
      'aria-describedby': described || null, 'aria-invalid': error ? 'true' : null, ...input,
    }));
}

/** What happened, what is safe, what to do now: every trouble is told in these three parts; `extra` stands below them. */
export function trouble({ title, what, safe, now, mark, extra }, ...actions) {
  return page({ title, mark: mark ?? 'alert', tone: 'warn' },
    h('div', { role: 'alert' }, h('dl', { class: 'three' },
      h('dt', null, t('trouble.what')), h('dd', null, what),
      h('dt', null, t('trouble.safe')), h('dd', null, safe),
      h('dt', null, t('trouble.now')), h('dd', null, now))),
    extra,
    actions.length > 0 && h('div', { class: 'actions' }, actions));
}

/** The same three parts, small, above a form that may be tried again. */
export function problemNote({ what, safe, now }) {
  return h('div', { class: 'note note-bad', role: 'alert', tabindex: '-1' }, icon('alert'),
    h('div', null, h('p', null, h('strong', null, what)), safe && h('p', null, safe), now && h('p', null, now)));
}

export function facts(pairs) {
  return h('dl', { class: 'facts' }, pairs.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
}
