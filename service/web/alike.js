/** Cells of all reports that were read as the same text, side by side: strike the intruders. */

import * as api from './api.js';
import { fill, h, say } from './dom.js';
import { percent, t, tellRefusal } from './i18n.js';
import { getWanted, keepWanted } from './wanted.js';

/** @param {string|null} chosen The text, as the address has it. */
export async function openAlike(chosen) {
  const text = chosen === null ? undefined : decodeURIComponent(chosen);
  const { archive = '' } = getWanted();
  const { readings, fields, archives } = await api.getLookAlikes(text, archive);
  /** Fields that do not look like the text. */
  const struck = new Set();
  const accept = h('button.button.primary', { type: 'button', disabled: !fields.length, onclick: acceptRest });
  const grid = h('div.alike-grid', { role: 'group', 'aria-label': t('place.alike') },
    ...fields.map((field) => drawCrop(field, () => toggle(field))));

  function toggle(field) {
    if (!struck.delete(field)) struck.add(field);
    [...grid.children].forEach((tile, at) => tile.setAttribute('aria-pressed', String(struck.has(fields[at]))));
    count();
  }

  function count() {
    fill(accept, t('accept_rest', { n: fields.length - struck.size }));
  }

  async function acceptRest() {
    accept.disabled = true;
    let accepted = 0;
    for (const field of fields.filter((one) => !struck.has(one))) {
      try {
        await api.correct(field.report_id, field.field, text, '*');
        accepted += 1;
      } catch (error) {
        if (!(error instanceof api.Refused)) throw error;
        say(tellRefusal(error));
      }
    }
    say(t('accepted', { n: accepted }));
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }

  function choose({ target }) {
    keepWanted({ ...getWanted(), archive: target.value });
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  }

  grid.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step && [...grid.children][[...grid.children].indexOf(event.target) + step];
    if (next) next.focus();
  });
  count();
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
      text !== undefined && grid, text !== undefined && h('div.row', {}, accept)),
    leave() {},
  };
}

function drawCrop({ report_id: id, field, confidence, body, fiscal_year: year }, onclick) {
  const image = h('img', { alt: '' });
  api.getPicture(api.cropPath(id, field)).then((address) => { image.src = address; }, () => {});
  return h('button.tile', {
    type: 'button', 'aria-pressed': 'false', onclick, title: field,
    'aria-label': `${body ?? ''} ${year ?? ''} ${field} ${percent(confidence, 1)}`,
  }, image, h('span.faint', {}, `${body ?? ''} ${year ?? ''}`), h('span.faint', {}, percent(confidence, 1)));
}
