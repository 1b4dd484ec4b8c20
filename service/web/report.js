/** A report under review: the page on one side, the form on the other, keys for everything. */

import * as api from './api.js';
import { makeActions } from './actions.js';
import { Case } from './case.js';
import { stands } from './conflict.js';
import { ask, fill, h, say, warn } from './dom.js';
import { makeForm } from './form.js';
import { takeHold } from './hold.js';
import { t, tellFailure, tellRefusal } from './i18n.js';
import { makeInspector } from './inspector.js';
import { actionOf, drawFoot } from './keys.js';
import { nameOf, placesOf } from './labels.js';
import { Outbox } from './outbox.js';
import { PAGE_DPI, makeSheet } from './sheet.js';

const PAGES_AHEAD = 3;

/**
 * Open a report for review.
 * @param {string} id
 * @param {(place: string) => void} go
 * @param {{who: string}} me
 * @returns {Promise<import('./app.js').Opened>}
 */
export async function openReport(id, go, { who }) {
  const answer = await api.getReport(id);
  if (!answer.report) return { element: drawUnread(answer), leave() {} };
  const review = new Case(answer, await api.getForm(answer.form));
  const outbox = new Outbox(id, who);
  review.addEventListener('said', ({ detail }) => outbox.post(detail));
  const desk = makeDesk(review, await takeHold(review), outbox, go);
  desk.begin();
  return desk;
}

function drawUnread({ filename, status, error }) {
  const why = error ? tellFailure(error) : t(`status.${status}`);
  return h('main.plain-page', {}, h('h1', {}, filename), h('p', {}, why));
}

/**
 * @param {Case} review
 * @param {{letGo: () => Promise<void>, leave: () => void}} hold
 * @param {Outbox} outbox
 * @param {(place: string) => void} go
 */
function makeDesk(review, hold, outbox, go) {
  const places = placesOf(review.form);
  const select = (field) => review.select(field);
  const hover = (field) => [form, sheet].forEach((side) => side.hover(field));
  const form = makeForm(review, { select, hover });
  const sheet = makeSheet(review, { select, hover });
  const inspector = makeInspector(review, { crop: sheet.crop, act });
  outbox.listen({
    version: () => review.version,
    stands: (letter) => stands(review, letter, places),
    async stale() {
      const changes = await review.reload();
      if (changes) say(t('changed_elsewhere', { n: changes }));
    },
    heard: (answer, letter, waiting) => review.hear(answer, letter, waiting),
    dropped: ({ field }) => review.drop(field),
    refused: (error, { field, said }) => ask(t('not_taken'), [
      h('p', {}, `${nameOf(places.get(field))} ${said.text || t('blank')}`), h('p', {}, tellRefusal(error)),
    ], [{ name: '', label: t('close') }]),
    halted: (error) => review.lock(() => tellRefusal(error)),
    kept: () => drawHead(),
    cutOff: (waiting, error) => (waiting ? warn(tellWaiting(waiting, error)) : tellLock()),
  });
  const actions = makeActions({ review, outbox, form, sheet, places, go });
  const head = h('header.report-head', {});
  const element = h('main.report', {}, head, sheet.element, inspector.element, form.element,
    drawFoot((action) => act({ action })));

  async function act(asked) {
    try {
      await actions[asked.action](asked);
    } catch (error) {
      if (error instanceof api.Unreachable) warn(t('cut_off', { n: outbox.size }));
      else if (error instanceof api.Refused) say(tellRefusal(error));
      else throw error;
    }
  }

  function drawHead() {
    const { body, fiscal_year: year, form: kind } = review.report;
    const [doubts, broken] = [review.doubts().length, review.broken().length];
    const button = (kind, action, key) => h(`button.button.${kind}`, {
      type: 'button', disabled: Boolean(review.locked), onclick: () => act({ action }),
    }, t(action), ' ', h('kbd', {}, key));
    fill(head,
      h('a.back', { href: '#/queue', 'aria-label': t('leave') }, '‹'),
      h('h1', {}, body.value ?? review.summary.filename, ' ', year.value ?? ''),
      h('span.faint', {}, t('form_of', { id: kind.id })),
      h('span.tally', { 'data-mark': doubts ? 'doubtful' : 'confirmed' }, t('doubts_left', { n: doubts })),
      broken > 0 && h('span.tally', { 'data-mark': 'broken' }, t('sums_broken', { n: broken })),
      h('span.spring', {}),
      outbox.size > 0 && h('span.faint', {}, t(review.locked ? 'kept_here' : 'sending', { n: outbox.size })),
      review.locked && h('span.tally', { 'data-mark': 'repaired' }, t('read_only')),
      button('plain', 'postpone', 'L'), button('primary', 'approve', 'Ctrl ⏎'));
  }

  function onKey(event) {
    const { target } = event;
    if (document.querySelector('dialog[open]')) return;
    if (target.closest('.form-pane input')) {
      onTypedKey(event);
      return;
    }
    const isPressed = target.closest('button, a') && ['Enter', ' '].includes(event.key);
    if (target.closest('input, select, textarea') || (isPressed && !event.ctrlKey)) return;
    const asked = actionOf(event);
    if (!asked) return;
    event.preventDefault();
    act(asked);
  }

  function onTypedKey(event) {
    const asked = actionOf(event)?.action;
    if (event.key === 'Escape') {
      review.type(review.selected, null);
      review.select(review.selected);
    } else if (event.key === 'Tab') {
      review.say(review.selected, review.rawOf(review.selected));
      act({ action: event.shiftKey ? 'back' : 'skip' });
    } else if (asked === 'up' || asked === 'down') {
      review.say(review.selected, review.rawOf(review.selected));
      act({ action: asked });
    } else if (asked === 'accept' || asked === 'choose' || asked === 'approve') {
      act(actionOf(event));
    } else return;
    event.preventDefault();
  }

  function refresh() {
    drawHead();
    form.refresh();
    inspector.refresh();
    sheet.refresh();
  }

  function follow() {
    refresh();
    form.follow();
    sheet.follow().catch(unlessCutOff);
  }

  function tellMoved({ detail }) {
    const told = Object.entries(detail).filter(([, fields]) => fields.length)
      .map(([name, fields]) => t(`moved.${name}`, { n: fields.length }));
    if (told.length) say(told.join(t('comma')));
    weigh();
  }

  function weigh() {
    if (!review.locked && !outbox.size && review.doubts().length) review.weigh().catch(unlessCutOff);
  }

  function loadAhead() {
    const pages = new Set(review.doubts().map((name) => review.field(name).page));
    for (const page of [...pages].filter(Boolean).slice(0, PAGES_AHEAD)) {
      api.getPicture(api.pagePath(review.id, page, PAGE_DPI)).catch(unlessCutOff);
    }
  }

  const hurry = () => outbox.hurry();
  const tellLock = () => warn(review.locked?.() ?? null, true);

  const gone = new AbortController();
  const { signal } = gone;

  review.addEventListener('change', refresh, { signal });
  review.addEventListener('select', follow, { signal });
  review.addEventListener('heard', tellMoved, { signal });
  review.addEventListener('lock', tellLock, { signal });
  sheet.element.addEventListener('drawn', inspector.crop);
  for (const later of [loadAhead, weigh]) sheet.element.addEventListener('drawn', later, { once: true });

  return {
    element,
    begin() {
      for (const { field, said } of outbox.letters) review.edits.set(field, said);
      document.addEventListener('keydown', onKey, { signal });
      window.addEventListener('online', hurry, { signal });
      window.addEventListener('pagehide', hold.letGo, { signal });
      tellLock();
      if (!review.locked) outbox.flush();
      // Once it stands on the page: what is shown is measured.
      requestAnimationFrame(() => review.select(review.selected ?? review.doubts()[0] ?? review.fields[0]));
    },
    leave() {
      gone.abort();
      hold.leave();
      return review.locked ? undefined : outbox.flush().then(hold.letGo);
    },
    /** The same in another language. */
    redraw() {
      gone.abort();
      const again = makeDesk(review, hold, outbox, go);
      again.begin();
      return again;
    },
  };
}

function tellWaiting(waiting, error) {
  if (error instanceof api.Unreachable) return t('cut_off', { n: waiting });
  return `${tellRefusal(error)} ${t('kept_here', { n: waiting })}`;
}

/** What is nice to have is done without while nobody answers, or while too much was asked. */
function unlessCutOff(error) {
  if (!api.isAnswer(error)) throw error;
}
