/** Everything that a reviewer can do to a report, by the names that keys.js gives it. */

import * as api from './api.js';
import { ask, h, say } from './dom.js';
import { t } from './i18n.js';
import { answersOf, drawHistory } from './inspector.js';
import { drawKeys } from './keys.js';
import { nameOf } from './labels.js';
import { ILLEGIBLE, parse } from './values.js';
import { getFilters } from './wanted.js';

/**
 * @typedef {object} Desk
 * @property {import('./case.js').Case} review
 * @property {import('./outbox.js').Outbox} outbox
 * @property {object} form From form.js.
 * @property {object} sheet From sheet.js.
 * @property {Map<string, object>} places
 * @property {(place: string) => void} go
 */

/** @param {Desk} desk */
export function makeActions({ review, outbox, form, sheet, places, go }) {
  const mayEdit = () => {
    if (review.locked) say(review.locked());
    return !review.locked;
  };

  function answer(text) {
    if (!mayEdit()) return;
    const field = review.selected;
    review.say(field, text);
    advance(field);
  }

  /** Go to the doubt whose answer settles most, else to the next on the form. */
  function advance(from, step = 1) {
    const doubts = review.doubts().filter((name) => name !== from);
    const place = (name) => review.fields.indexOf(name);
    const ahead = doubts.filter((name) => Math.sign(place(name) - place(from)) === step)
      .sort((one, other) => step * (place(one) - place(other)));
    const best = step > 0 && doubts.find((name) => review.isWorthAHop(name));
    const around = doubts.toSorted((one, other) => step * (place(one) - place(other)));
    review.select(best || (ahead[0] ?? around[0] ?? from));
    if (!review.locked && !review.doubts().length) say(t('all_settled'));
  }

  /** The next broken sum after those that the selected field is in. */
  function jumpToBroken() {
    const broken = review.broken();
    if (!broken.length) return say(t('no_broken'));
    const here = broken.findLastIndex(({ sides }) => sides.flat().includes(review.selected));
    const fields = broken[(here + 1) % broken.length].sides.flat();
    const inDoubt = fields.find((name) => review.markOf(name) === 'doubtful' && name !== review.selected);
    return review.select(inDoubt ?? fields.at(-1));
  }

  /** Whether everything that was said has been heard. */
  async function mayEndNow() {
    await outbox.flush();
    return !outbox.size;
  }

  async function approve() {
    if (!mayEdit()) return;
    // The last answers may yet raise or settle doubts.
    if (!await mayEndNow()) return;
    const doubts = review.doubts().length;
    const isSure = !doubts || await ask(t('approve'), [h('p', {}, t('approve_doubts', { n: doubts }))], [
      { name: '', label: t('go_on') }, { name: 'yes', label: t('approve_anyway'), kind: 'primary' },
    ]) === 'yes';
    if (!isSure) return;
    try {
      await api.approve(review.id, review.version);
    } catch (error) {
      if (error.status !== 412) throw error;
      say(t('changed_elsewhere', { n: await review.reload() }));
      return;
    }
    say(t('approved'));
    await goToNext();
  }

  async function postpone() {
    if (!mayEdit() || !await mayEndNow()) return;
    await api.postpone(review.id);
    say(t('postponed'));
    await goToNext();
  }

  async function goToNext() {
    const next = await api.getNext(getFilters());
    go(next && next.id !== review.id ? `#/report/${next.id}` : '#/queue');
  }

  async function showHistory() {
    const { entries } = await api.getHistory(review.id);
    const mine = entries.filter(({ field }) => field === review.selected);
    await ask(t('history'), [
      h('h3', {}, nameOf(places.get(review.selected))),
      mine.length ? drawHistory(mine, places) : h('p.faint', {}, t('no_history')),
      h('h3', {}, t('whole_report')), drawHistory(entries, places),
    ], [{ name: '', label: t('close') }]);
  }

  /** Whether a person's word on a field would say anything new. */
  const isOpen = (name) => ['doubtful', 'repaired', 'inferred'].includes(review.markOf(name));
  const move = (dx, dy) => review.select(form.neighbour(dx, dy));
  const turnBack = (field) => field && review.select(field);
  return {
    say: ({ text }) => answer(text),
    accept() {
      if (review.typed || isOpen(review.selected)) answer(review.rawOf(review.selected));
      else advance(review.selected);
    },
    type: ({ text }) => mayEdit() && form.edit(text),
    edit: () => mayEdit() && form.edit(review.textOf(review.selected)),
    choose({ number }) {
      const chosen = answersOf(review, review.selected)[number - 1];
      if (chosen) answer(chosen.text);
    },
    blank: () => answer(''),
    not_reported: () => answer(dashOf(review, review.selected)),
    illegible: () => answer(ILLEGIBLE),
    /** What the eye sees, whatever the sums would rather have. */
    as_printed() {
      const { read } = review.field(review.selected);
      answer(read?.text ?? review.saidOf(review.selected).text);
    },
    /** A sum that fails on paper: all that is open in it stands as it is read. */
    own_fault({ fields }) {
      if (!mayEdit()) return;
      for (const name of fields.filter((one) => one === review.selected || isOpen(one))) {
        review.say(name, review.saidOf(name).text);
      }
      say(t('own_fault_said'));
      review.select(review.selected);
    },
    skip: () => advance(review.selected),
    back: () => advance(review.selected, -1),
    undo: () => mayEdit() && turnBack(review.undo()),
    redo: () => mayEdit() && turnBack(review.redo()),
    broken_sum: jumpToBroken,
    approve,
    postpone,
    history: showHistory,
    up: () => move(0, -1),
    down: () => move(0, 1),
    left: () => move(-1, 0),
    right: () => move(1, 0),
    leaf: () => sheet.leaf(1),
    leaf_back: () => sheet.leaf(-1),
    rotate: sheet.turn,
    fit: sheet.fit,
    zoom_in: sheet.zoomIn,
    zoom_out: sheet.zoomOut,
    leave: () => go('#/queue'),
    help: () => ask(t('keys'), [drawKeys()], [{ name: '', label: t('close') }]),
  };
}

/** The sign for "not reported" that was seen in a field, else a slash. */
function dashOf(review, field) {
  const seen = answersOf(review, field).find(({ text }) => parse(text).kind === 'not_reported');
  return seen?.text ?? '/';
}
