/** The selected field: its cell enlarged, what it may say, why, and the sums it stands in. */

import { fill, h } from './dom.js';
import { kindOf } from './form.js';
import { moment, percent, t, tell } from './i18n.js';
import { nameOf, nameOfSum, placesOf } from './labels.js';

const MOST_ANSWERS = 5;

/**
 * What a field may say, the most probable first: Alt+1 is the first.
 * @param {import('./case.js').Case} review
 * @returns {{text: string, probability: number|null}[]}
 */
export function answersOf(review, field) {
  const { text, confidence, alternatives, read, source, state, reconciled } = review.field(field);
  const known = new Map();
  if (source !== 'reviewed' && state !== 'missing') known.set(text, confidence);
  for (const one of alternatives) known.set(one.text, one.probability);
  if (read && !known.has(read.text)) known.set(read.text, null);
  if (reconciled && !known.has(String(reconciled.value))) known.set(String(reconciled.value), null);
  return [...known].slice(0, MOST_ANSWERS).map(([said, probability]) => ({ text: said, probability }));
}

/**
 * @param {import('./case.js').Case} review
 * @param {{crop: Function, act: (asked: object) => void}} hooks
 */
export function makeInspector(review, hooks) {
  const places = placesOf(review.form);
  const canvas = h('canvas.crop', { 'aria-hidden': 'true' });
  const place = h('h2.place', {});
  const now = h('div.now', {});
  const answers = h('div.answers', { role: 'group', 'aria-label': t('answers') });
  const why = h('div.why', {});
  const marks = h('div.marks', {});
  const sums = h('div.sums', { role: 'group', 'aria-label': t('sums') });
  const element = h('section.inspector', { 'aria-label': t('field') },
    h('div.look', {}, place, h('div.crop-frame', {}, canvas), now, answers),
    h('div.reason', {}, marks, sums, h('h3', {}, t('why')), why));

  function drawMarks() {
    fill(marks, ...['blank', 'not_reported', 'illegible', 'as_printed'].map((action) => h(
      'button.button.small', { type: 'button', disabled: Boolean(review.locked), onclick: () => hooks.act({ action }) },
      t(action), ' ', h('kbd', {}, t(`key.${action}`)))));
  }

  function drawNow(field) {
    const mark = review.markOf(field);
    const text = review.textOf(field);
    const { confidence, confidence_parts: parts, source } = review.field(field);
    const isSaid = review.edits.has(field) || review.typed?.field === field;
    const isMissing = review.isMissing(field);
    const sure = source === 'reviewed' || isSaid || isMissing ? null : confidence;
    const kind = isMissing ? t('missing') : kindOf(text);
    fill(now, text && h('output.value', {}, text), kind && h('span.kind', {}, kind),
      h('span.chip', { 'data-mark': mark }, t(`mark.${mark}`)),
      sure !== null && h('span.faint', { title: t('parts', {
        reading: percent(parts.reading, 1), mapping: percent(parts.mapping, 1) }) },
      percent(sure, 1)));
  }

  function drawAnswers(field) {
    fill(answers, ...answersOf(review, field).map(({ text, probability }, index) => h(
      'button.answer', {
        type: 'button', disabled: Boolean(review.locked), onclick: () => hooks.act({ action: 'say', text }),
        'aria-pressed': String(review.textOf(field) === text),
      },
      h('kbd', {}, `Alt ${index + 1}`), h('span.text', {}, text || t('blank')),
      probability === null ? h('span.faint', {}, t('other_source')) : meter(probability))));
  }

  function drawWhy(field) {
    const { why: sentence, read, reconciled, source } = review.field(field);
    fill(why,
      sentence && h('p', {}, tell(sentence)),
      read && h('p.faint', {}, t('read_as', { text: read.text || t('blank'), sure: percent(read.confidence) })),
      reconciled && h('p', {}, t('reconciled', { value: reconciled.value })),
      !sentence && !read && h('p.faint', {}, t(source === 'reviewed' ? 'said_by_person' : 'simply_read')));
  }

  function drawSums(field) {
    const touched = review.sums(field);
    fill(sums, touched.length > 0 && h('h3', {}, t('sums')), ...touched.map(({ sides, result }) => {
      const state = result === null ? 'open' : result.holds ? 'holds' : 'broken';
      return h('div.sum', { 'data-state': state },
        h('span.sign', { 'aria-hidden': 'true' }),
        h('span.name', {}, nameOfSum(sides, places)),
        h('span.figures', {}, result === null ? t('sum.open')
          : result.holds ? `= ${result.right}` : `${result.left} ≠ ${result.right}`),
        state === 'broken' && h('strong.off', {}, t('off_by', { off: signed(result.off) })),
        state === 'broken' && !review.locked && h('button.button.small', {
          type: 'button', onclick: () => hooks.act({ action: 'own_fault', fields: sides.flat() }) }, t('own_fault')));
    }));
  }

  function refresh() {
    const field = review.selected;
    if (!field) return;
    fill(place, nameOf(places.get(field)));
    place.title = places.get(field).table;
    drawMarks();
    drawNow(field);
    drawAnswers(field);
    drawWhy(field);
    drawSums(field);
    hooks.crop(field, canvas);
  }

  return { element, refresh, crop: () => review.selected && hooks.crop(review.selected, canvas) };
}

/** What was done to a report or to one field of it, the last first. */
export function drawHistory(entries, places) {
  return h('ol.history', {}, ...entries.toReversed().map(({ at, who, action, field, old, new: is }) => h(
    'li', {}, h('time', { datetime: at }, moment(at)), h('span', {}, who),
    h('strong', {}, t(`did.${action}`)),
    field && h('span', {}, nameOf(places.get(field) ?? { row: field, column: '' })),
    ['corrected', 'withdrawn', 'differs', 'changed'].includes(action)
      && h('span', {}, h('del', {}, old || t('blank')), ' → ', h('ins', {}, is || t('blank'))))));
}

function meter(probability) {
  const bar = h('span.bar', {});
  bar.style.setProperty('--share', probability);
  return h('span.meter', {}, bar, h('span', {}, share(probability)));
}

function share(probability) {
  return probability < 0.01 ? `< ${percent(0.01)}` : percent(probability, probability > 0.99 ? 2 : 0);
}

function signed(off) {
  return off.startsWith('-') ? `−${off.slice(1)}` : `+${off}`;
}
