/** Cells of all reports that were read as the same text, side by side: strike the intruders. */

import * as api from './api.js';
import { ask, fill, h, say } from './dom.js';
import { percent, t, tellRefusal } from './i18n.js';
import { getWanted, keepWanted } from './wanted.js';

/** Crops that are asked for at a time: the service draws one after the other. */
const LANES = 3;

/** @param {string|null} chosen The text, as the address has it. */
export async function openAlike(chosen) {
  const text = chosen === null ? undefined : decodeURIComponent(chosen);
  const { archive = '' } = getWanted();
  const { readings, fields, archives } = await api.getLookAlikes(text, archive);
  const accept = h('button.button.primary', { type: 'button', onclick: acceptRest });
  const pending = h('span.faint', {});
  let [isLeft, isSending] = [false, false];
  const tiles = fields.map((field) => makeTile(field, { changed: count, isLeft: () => isLeft }));
  const grid = h('div.alike-grid', { role: 'group', 'aria-label': t('place.alike') },
    ...tiles.map(({ element }) => element));

  /** Nobody speaks for a cell that nobody saw. */
  const rest = () => tiles.filter((tile) => tile.isSeen() && !tile.isStruck()).map(({ field }) => field);

  function count() {
    const unseen = tiles.filter((tile) => !tile.isSeen()).length;
    accept.disabled = isSending || !rest().length;
    fill(accept, t('accept_rest', { n: rest().length }));
    fill(pending, unseen ? t('unseen', { n: unseen }) : '');
  }

  async function acceptRest() {
    const meant = rest();
    isSending = true;
    count();
    const { accepted, refused } = await acceptAll(meant, text, () => isLeft);
    if (refused.length && !isLeft) await tellRefused(refused);
    say(t('accepted', { n: accepted }));
    if (!isLeft) window.dispatchEvent(new HashChangeEvent('hashchange'));
  }

  function choose({ target }) {
    keepWanted({ ...getWanted(), archive: target.value });
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }

  const waiting = tiles.values();
  async function show() {
    for (const tile of waiting) if (!isLeft) await tile.show();
  }

  grid.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step && [...grid.children][[...grid.children].indexOf(event.target) + step];
    if (next) next.focus();
  });
  count();
  for (let lane = 0; lane < LANES; lane += 1) show();
  return {
    element: h('main.alike', {},
      h('h1', {}, t('place.alike')), h('p.faint', {}, t('alike_about')),
      archives.length > 0 && h('form.filters', {}, h('label', {}, h('span', {}, t('filter.archive')),
        h('select', { name: 'archive', onchange: choose }, ...['', ...archives].map((one) => h(
          'option', { value: one, selected: one === archive }, one || t('any_archive')))))),
      h('nav.readings', { 'aria-label': t('readings') }, ...readings.map((one) => h('a', {
        href: `#/alike/${encodeURIComponent(one.text)}`,
        'aria-current': one.text === text ? 'true' : null,
      }, one.text || t('blank'), h('span', {}, one.fields)))),
      !readings.length && h('p.empty', {}, t('nothing_here')),
      text !== undefined && grid, text !== undefined && h('div.row', {}, accept, pending)),
    leave() { isLeft = true; },
  };
}

/**
 * A cell to look at and to strike.
 * @param {object} field
 * @param {{changed: () => void, isLeft: () => boolean}} hooks
 */
function makeTile(field, { changed, isLeft }) {
  const { report_id: id, field: name, confidence, body, fiscal_year: year } = field;
  const image = h('img', { alt: '', onload: settle, onerror: miss });
  const element = h('button.tile', {
    type: 'button', 'aria-pressed': 'false', title: name, onclick: strike,
    'aria-label': `${body ?? ''} ${year ?? ''} ${name} ${percent(confidence, 1)}`,
  }, image, h('span.faint', {}, `${body ?? ''} ${year ?? ''}`), h('span.faint', {}, percent(confidence, 1)));
  const isStruck = () => element.getAttribute('aria-pressed') === 'true';

  function strike() {
    element.setAttribute('aria-pressed', String(!isStruck()));
    changed();
  }

  function settle() {
    URL.revokeObjectURL(image.src);
    changed();
  }

  function miss() {
    image.replaceWith(h('span.faint', {}, t('no_picture')));
    settle();
  }

  async function show() {
    const stop = (error) => { if (isLeft()) throw error; };
    try {
      image.src = await api.insist(() => api.takePicture(api.cropPath(id, name)), stop);
    } catch (error) {
      if (!api.isAnswer(error)) throw error;
      miss();
    }
  }

  return { element, field, isStruck, isSeen: () => image.naturalWidth > 0, show };
}

/**
 * Say of fields that they read as a text, each as it was seen.
 * @returns {Promise<{accepted: number, refused: {field: object, why: string}[]}>}
 */
async function acceptAll(fields, text, isLeft) {
  const versions = new Map(fields.map((one) => [one.report_id, one.version]));
  const refused = [];
  let accepted = 0;
  for (const [at, field] of fields.entries()) {
    if (isLeft()) break;
    const { report_id: id, field: name } = field;
    try {
      const { version } = await api.insist(() => api.correct(id, name, text, versions.get(id)));
      versions.set(id, version);
      accepted += 1;
    } catch (error) {
      if (!api.isAnswer(error)) throw error;
      const lost = api.isPassing(error) ? fields.slice(at) : [field];
      refused.push(...lost.map((one) => ({ field: one, why: tellRefusal(error) })));
      if (lost.length > 1) break;
    }
  }
  return { accepted, refused };
}

function tellRefused(refused) {
  return ask(t('not_accepted', { n: refused.length }), [
    h('ul.refused', {}, ...refused.map(({ field: { body, fiscal_year: year, field }, why }) => h(
      'li', {}, `${body ?? ''} ${year ?? ''} ${field}`, h('span.faint', {}, why)))),
  ], [{ name: '', label: t('close') }]);
}
