/** A report under review: the page on one side, the form on the other, keys for everything. */

import * as api from './api.js';
import { Case } from './case.js';
import { ask, fill, h, say, warn } from './dom.js';
import { makeForm } from './form.js';
import { t, tellRefusal } from './i18n.js';
import { answersOf, drawHistory, makeInspector } from './inspector.js';
import { actionOf, drawFoot, drawKeys } from './keys.js';
import { nameOf, placesOf } from './labels.js';
import { Outbox } from './outbox.js';
import { makeSheet } from './sheet.js';
import { ILLEGIBLE, parse } from './values.js';

const RENEW_MS = 120_000;
const PAGES_AHEAD = 3;
const PAGE_DPI = 150;

/**
 * Open a report for review.
 * @param {string} id
 * @param {(place: string) => void} go
 * @returns {Promise<{element: HTMLElement, leave: () => void}>}
 */
export async function openReport(id, go) {
  const answer = await api.getReport(id);
  if (!answer.report) {
    const why = answer.error ? `${answer.error.message} ${answer.error.advice}` : t(`status.${answer.status}`);
    return { element: h('main.plain-page', {}, h('h2', {}, answer.filename), h('p', {}, why)), leave() {} };
  }
  const review = new Case(answer, await api.getForm(answer.form));
  const holder = await takeHold(id);
  const desk = makeDesk(review, holder, go);
  desk.begin();
  return desk;
}

/** Hold a report; null when this reviewer has it, else why it can only be looked at. */
async function takeHold(id) {
  try {
    await api.lease(id);
    return null;
  } catch (error) {
    if (error.status === 409 || error.status === 403) return tellRefusal(error);
    throw error;
  }
}

function makeDesk(review, readOnly, go) {
  const places = placesOf(review.form);
  const mayEdit = () => readOnly === null;
  const select = (field) => review.select(field);
  const hover = (field) => [form, sheet].forEach((side) => side.hover(field));
  const form = makeForm(review, { select, hover });
  const sheet = makeSheet(review, { select, hover });
  const inspector = makeInspector(review, {
    crop: sheet.crop,
    say: (text) => answer(text),
    act: (action) => act({ action }),
    confirmSum,
    mayEdit,
  });
  const head = h('header.report-head', {});
  const element = h('main.report', { 'data-read-only': !mayEdit() },
    head, sheet.element, inspector.element, form.element, drawFoot((action) => act({ action })));

  const outbox = new Outbox(review.id, {
    version: () => review.version,
    heard: (heard, { field, said }, waiting) => review.hear(heard, { field, said }, waiting),
    stale,
    refused(error, { field }) {
      review.drop(field);
      say(tellRefusal(error));
    },
    cutOff(waiting) {
      warn(waiting ? t('cut_off', { n: waiting }) : readOnly);
      drawHead();
    },
  });

  /** Somebody changed the report: whether to send the letter after all. */
  async function stale({ field, said }) {
    const changes = await review.reload();
    const clash = changes.find((change) => change.field === field);
    if (!clash) {
      if (changes.length) say(t('changed_elsewhere', { n: changes.length }));
      return true;
    }
    const isSame = said.said && clash.is === said.text;
    const chosen = isSame ? 'theirs' : await ask(t('conflict'), [
      h('p', {}, t('conflict_why')),
      h('table.differences', {},
        h('tr', {}, ...['field', 'before', 'theirs', 'mine'].map((name) => h('th', { scope: 'col' }, t(name)))),
        ...changes.map((change) => h('tr', {}, h('th', { scope: 'row' }, nameOf(places.get(change.field))),
          h('td', {}, change.was || t('blank')), h('td', {}, change.is || t('blank')),
          h('td', {}, change.field === field ? said.text || t('blank') : '')))),
    ], [{ name: 'theirs', label: t('take_theirs') },
      { name: 'mine', label: t('send_mine'), kind: 'primary' }]);
    if (chosen !== 'mine') review.drop(field);
    return chosen === 'mine';
  }

  function drawHead() {
    const { body, fiscal_year: year, form: kind } = review.report;
    const [doubts, broken] = [review.doubts().length, review.broken().length];
    fill(head,
      h('a.back', { href: '#/queue', 'aria-label': t('leave') }, '‹'),
      h('h2', {}, body.value ?? review.summary.filename, ' ', h('span', {}, year.value ?? '')),
      h('span.faint', {}, t('form_of', { id: kind.id })),
      h('span.tally', { 'data-mark': doubts ? 'doubtful' : 'confirmed' }, t('doubts_left', { n: doubts })),
      broken > 0 && h('span.tally', { 'data-mark': 'broken' }, t('sums_broken', { n: broken })),
      h('span.spring', {}),
      outbox.size > 0 && h('span.faint', {}, t('sending', { n: outbox.size })),
      readOnly && h('span.tally', { 'data-mark': 'repaired' }, t('read_only')),
      h('button.button.plain', { type: 'button', disabled: !mayEdit(), onclick: () => act({ action: 'postpone' }) },
        t('postpone'), ' ', h('kbd', {}, 'L')),
      h('button.button.primary', { type: 'button', disabled: !mayEdit(), onclick: () => act({ action: 'approve' }) },
        t('approve'), ' ', h('kbd', {}, 'Ctrl ⏎')));
  }

  function answer(text) {
    if (!mayEdit()) return say(readOnly);
    const field = review.selected;
    review.say(field, text);
    return advance(field);
  }

  /** Go to the doubt that is worth most, else to the next on the form. */
  function advance(from, step = 1) {
    const doubts = review.doubts().filter((name) => name !== from);
    if (!doubts.length) {
      review.select(from);
      if (mayEdit() && !review.doubts().length) say(t('all_settled'));
      return;
    }
    const [first] = doubts;
    const isAhead = (name) => Math.sign(review.fields.indexOf(name) - review.fields.indexOf(from)) === step;
    const ahead = doubts.filter(isAhead).sort((one, other) => step
      * (review.fields.indexOf(one) - review.fields.indexOf(other)));
    review.select(step === 1 && review.isWorthAHop(first) ? first : ahead[0] ?? (step === 1 ? first : doubts.at(-1)));
  }

  function confirmSum(fields) {
    const open = fields.filter((name) => name === review.selected
      || !['sure', 'confirmed', 'corrected'].includes(review.markOf(name)));
    for (const name of open) review.say(name, review.saidOf(name).text);
    say(t('own_fault_said'));
    review.select(review.selected);
  }

  function jumpToBroken() {
    const broken = review.broken();
    if (!broken.length) return say(t('no_broken'));
    // From where we are on: the sum after the one that the selected field is in.
    const here = broken.findIndex(({ sides }) => sides.flat().includes(review.selected));
    const { sides } = broken[(here + 1) % broken.length];
    const fields = sides.flat();
    return review.select(fields.find((name) => review.markOf(name) === 'doubtful') ?? fields.at(-1));
  }

  async function approve() {
    if (!mayEdit()) return;
    const doubts = review.doubts().length;
    if (doubts && await ask(t('approve'), [h('p', {}, t('approve_doubts', { n: doubts }))], [
      { name: '', label: t('go_on') }, { name: 'yes', label: t('approve_anyway'), kind: 'primary' },
    ]) !== 'yes') return;
    await outbox.flush();
    try {
      await api.approve(review.id, review.version);
    } catch (error) {
      if (error.status === 412) {
        say(t('changed_elsewhere', { n: (await review.reload()).length }));
        return;
      }
      throw error;
    }
    say(t('approved'));
    await goToNext();
  }

  async function goToNext() {
    const next = await api.getNext();
    go(next && next.id !== review.id ? `#/report/${next.id}` : '#/queue');
  }

  async function putOff() {
    if (!mayEdit()) return;
    await outbox.flush();
    await api.postpone(review.id);
    say(t('postponed'));
    await goToNext();
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

  function turnBack(field) {
    if (field) review.select(field);
  }

  const move = (dx, dy) => review.select(form.neighbour(dx, dy));
  const actions = {
    accept: () => (review.typed || review.markOf(review.selected) !== 'sure'
      ? answer(review.textOf(review.selected)) : advance(review.selected)),
    type: ({ text }) => (mayEdit() ? form.edit(text) : say(readOnly)),
    edit: () => mayEdit() && form.edit(review.textOf(review.selected)),
    choose({ number }) {
      const chosen = answersOf(review, review.selected)[number - 1];
      if (chosen) answer(chosen.text);
    },
    blank: () => answer(''),
    not_reported: () => answer(dashOf(review, review.selected)),
    illegible: () => answer(ILLEGIBLE),
    as_printed() {
      const { read } = review.field(review.selected);
      answer(read?.text ?? review.saidOf(review.selected).text);
    },
    skip: () => advance(review.selected),
    back: () => advance(review.selected, -1),
    undo: () => turnBack(review.undo()),
    redo: () => turnBack(review.redo()),
    broken_sum: jumpToBroken,
    approve,
    postpone: putOff,
    history: showHistory,
    up: () => move(0, -1), down: () => move(0, 1), left: () => move(-1, 0), right: () => move(1, 0),
    leaf: () => sheet.leaf(1), leaf_back: () => sheet.leaf(-1),
    rotate: sheet.turn, fit: sheet.fit, zoom_in: sheet.zoomIn, zoom_out: sheet.zoomOut,
    leave: () => go('#/queue'),
    help: () => ask(t('keys'), [drawKeys()], [{ name: '', label: t('close') }]),
  };

  async function act(asked) {
    try {
      await actions[asked.action](asked);
    } catch (error) {
      if (error instanceof api.Unreachable) warn(t('cut_off', { n: outbox.size }));
      else if (error instanceof api.Refused) say(tellRefusal(error));
      else throw error;
    }
  }

  function onKey(event) {
    if (document.querySelector('dialog[open]')) return;
    const { target } = event;
    if (target.closest('.form-pane input')) return onTypedKey(event);
    if (target.closest('input, select, textarea')) return;
    if (target.closest('button, a') && ['Enter', ' '].includes(event.key) && !event.ctrlKey) return;
    const asked = actionOf(event);
    if (!asked) return;
    event.preventDefault();
    act(asked);
  }

  function onTypedKey(event) {
    const asked = actionOf(event);
    if (event.key === 'Escape') {
      review.select(review.selected);
      review.type(review.selected, null);
    } else if (event.key === 'Tab') {
      review.say(review.selected, review.textOf(review.selected));
      advance(review.selected, event.shiftKey ? -1 : 1);
    } else if (asked && ['accept', 'choose', 'up', 'down'].includes(asked.action)) {
      const text = review.textOf(review.selected);
      if (['up', 'down'].includes(asked.action)) review.say(review.selected, text);
      act(asked);
    } else return;
    event.preventDefault();
  }

  function refresh() {
    drawHead();
    form.refresh();
    inspector.refresh();
    sheet.refresh();
  }

  review.addEventListener('change', refresh);
  review.addEventListener('select', () => {
    refresh();
    form.follow();
    sheet.follow().catch((error) => {
      if (!(error instanceof api.Unreachable)) throw error;
    });
  });
  review.addEventListener('said', ({ detail }) => outbox.post(detail.field, detail.said));
  review.addEventListener('heard', ({ detail: { settled, changed } }) => {
    const parts = [settled.length && t('settled', { n: settled.length }),
      changed.length && t('changed', { n: changed.length })].filter(Boolean);
    if (parts.length) say(parts.join(t('comma')));
    weigh();
  });
  sheet.element.addEventListener('drawn', inspector.crop);

  function weigh() {
    if (!mayEdit() || !review.doubts().length) return;
    review.weigh().catch((error) => {
      // Without it, fields are asked for in the order of the form.
      if (!(error instanceof api.Unreachable || error instanceof api.Refused)) throw error;
    });
  }

  function loadAhead() {
    const pages = [...new Set(review.doubts().map((name) => review.field(name).page))].filter(Boolean);
    for (const page of pages.slice(0, PAGES_AHEAD)) {
      api.getPicture(api.pagePath(review.id, page, PAGE_DPI)).catch(() => {});
    }
  }

  const hurry = () => outbox.hurry();
  const letGo = () => mayEdit() && api.release(review.id).catch(() => {});
  let renewing = 0;

  return {
    element,
    begin() {
      for (const { field, said } of outbox.letters) review.edits.set(field, said);
      document.addEventListener('keydown', onKey);
      window.addEventListener('online', hurry);
      window.addEventListener('pagehide', letGo);
      warn(readOnly);
      if (mayEdit()) {
        renewing = setInterval(() => api.lease(review.id).catch(hurry), RENEW_MS);
        outbox.flush();
        weigh();
      }
      loadAhead();
      requestAnimationFrame(() => review.select(review.doubts()[0] ?? review.fields[0]));
    },
    leave() {
      clearInterval(renewing);
      document.removeEventListener('keydown', onKey);
      window.removeEventListener('online', hurry);
      window.removeEventListener('pagehide', letGo);
      warn(null);
      outbox.flush().then(letGo);
    },
  };
}

/** The sign for "not reported" that was seen in a field, else a slash. */
function dashOf(review, field) {
  const seen = answersOf(review, field).find(({ text }) => parse(text).kind === 'not_reported');
  return seen?.text ?? '/';
}
