/** What becomes of an answer when somebody else has spoken of the same field. */

import { ask, h } from './dom.js';
import { t } from './i18n.js';
import { nameOf } from './labels.js';

/** What a person says of a field, or null. */
const wordOf = ({ text, said }) => (said ? text : null);

/**
 * Whether an answer is to be sent; nobody is overruled unasked.
 * @param {import('./case.js').Case} review As the service has it now.
 * @param {import('./outbox.js').Letter} letter
 * @param {Map<string, object>} places
 * @returns {Promise<boolean>} False where it is already so, and where another's word is kept.
 */
export async function stands(review, letter, places) {
  const now = review.heardOf(letter.field);
  if (wordOf(now) === wordOf(letter.said)) return false;
  if (wordOf(now) === wordOf(letter.seen)) return true;
  const chosen = await ask(t('conflict'), [
    h('p', {}, t('conflict_why')), drawChange(letter, now, places),
  ], [{ name: 'theirs', label: t('take_theirs') },
    { name: 'mine', label: t('send_mine'), kind: 'primary' }]);
  letter.seen = now;
  return chosen === 'mine';
}

function drawChange({ field, said, seen }, now, places) {
  const columns = ['field', 'before', 'theirs', 'mine'];
  return h('table.differences', {},
    h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, t(name))))),
    h('tbody', {}, h('tr', {}, h('th', { scope: 'row' }, nameOf(places.get(field))),
      ...[seen, now, said].map(({ text }) => h('td', {}, text || t('blank'))))));
}
