/** What becomes of an answer when the report has changed since it was shown. */

import { ask, h, say } from './dom.js';
import { t } from './i18n.js';
import { nameOf } from './labels.js';

/**
 * Get the report again and show what somebody else changed; nobody is overwritten unasked.
 * @param {import('./case.js').Case} review
 * @param {import('./outbox.js').Letter} letter
 * @param {Map<string, object>} places
 * @returns {Promise<boolean>} Whether to send the answer after all.
 */
export async function settle(review, { field, said }, places) {
  const changes = await review.reload();
  const clash = changes.find((change) => change.field === field);
  if (!clash) {
    if (changes.length) say(t('changed_elsewhere', { n: changes.length }));
    return true;
  }
  const isSame = said.said && clash.is === said.text;
  const chosen = isSame ? 'theirs' : await ask(t('conflict'), [
    h('p', {}, t('conflict_why')), drawChanges(changes, field, said.text, places),
  ], [{ name: 'theirs', label: t('take_theirs') },
    { name: 'mine', label: t('send_mine'), kind: 'primary' }]);
  if (chosen !== 'mine') review.drop(field);
  return chosen === 'mine';
}

function drawChanges(changes, field, mine, places) {
  const columns = ['field', 'before', 'theirs', 'mine'];
  return h('table.differences', {},
    h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, t(name))))),
    h('tbody', {}, ...changes.map((change) => h('tr', {},
      h('th', { scope: 'row' }, nameOf(places.get(change.field))),
      h('td', {}, change.was || t('blank')),
      h('td', {}, change.is || t('blank')),
      h('td', {}, change.field === field ? mine || t('blank') : '')))));
}
