/** Reports with doubtful fields, to be taken one after the other. */

import * as api from './api.js';
import { fill, h } from './dom.js';
import { moment, t, tellFailure } from './i18n.js';
import { getFilters, getWanted, keepWanted } from './wanted.js';

const ON_A_PAGE = 50;
const STATUSES = ['extracted', 'reviewed', 'running', 'queued', 'failed', 'cancelled'];

/**
 * @param {null} _
 * @param {(place: string) => void} go
 */
export async function openQueue(_, go) {
  const wanted = { order: 'worst', needs_review: 'true', skip: 0, limit: ON_A_PAGE, ...getWanted() };
  const [{ forms }, first] = await Promise.all([api.getForms(), api.getQueue(wanted)]);
  const tallies = h('div.tallies', {});
  const list = h('div.list', { role: 'region', 'aria-label': t('reports') });
  const pager = h('div.row.end', {});

  async function search(change) {
    Object.assign(wanted, { skip: 0 }, change);
    const { skip, ...kept } = wanted;
    keepWanted(kept);
    show(await api.getQueue(wanted));
  }

  function show({ reports, total, doubts, fields_today: fields, reports_today: done }) {
    fill(tallies, count(total, 'reports_waiting'), count(doubts, 'fields_waiting'),
      count(fields, 'fields_today'), count(done, 'reports_today'));
    fill(list, reports.length ? drawReports(reports) : h('p.empty', {}, t('nothing_here')));
    fill(pager,
      wanted.skip > 0 && page('newer', wanted.skip - ON_A_PAGE),
      wanted.skip + ON_A_PAGE < total && page('further', wanted.skip + ON_A_PAGE));
  }

  function page(name, skip) {
    return h('button.button.plain', { type: 'button', onclick: () => search({ skip }) }, t(name));
  }

  async function takeNext() {
    const next = await api.getNext(getFilters());
    if (next) go(`#/report/${next.id}`);
    else fill(list, h('p.empty', {}, t('nothing_here')));
  }

  function onKey(event) {
    if (event.key !== 'Enter' || event.target.closest('a, button, input, select')) return;
    takeNext();
  }

  const filters = h('form.filters', { 'aria-label': t('filters'), onsubmit: (event) => event.preventDefault() },
    choice('order', [['worst', t('worst_first')], ['oldest', t('oldest_first')]]),
    choice('needs_review', [['true', t('with_doubts')], ['', t('all_reports')]]),
    choice('status', [['', t('any_status')], ...STATUSES.map((one) => [one, t(`status.${one}`)])]),
    choice('form', [['', t('any_form')], ...forms.map(({ id }) => [id, t('form_of', { id })])]),
    h('label', {}, h('span', {}, t('filter.body')), h('input', {
      type: 'search', list: 'bodies', value: wanted.body ?? '', placeholder: t('body_in_full'),
      onchange: ({ target }) => search({ body: target.value.trim() }) })),
    h('datalist', { id: 'bodies' }, ...first.bodies.map((one) => h('option', { value: one }))),
    first.archives.length > 0
      && choice('archive', [['', t('any_archive')], ...first.archives.map((one) => [one, one])]),
    h('label', {}, h('span', {}, t('year')), h('input', {
      type: 'number', min: 2008, max: 2100, value: wanted.year ?? '', placeholder: t('any'),
      onchange: ({ target }) => search({ year: target.value }) })));

  function choice(name, options) {
    return h('label', {}, h('span', {}, t(`filter.${name}`)), h('select', {
      name, onchange: ({ target }) => search({ [name]: target.value }),
    }, ...options.map(([value, label]) => h('option', {
      value, selected: String(wanted[name] ?? '') === value }, label))));
  }

  show(first);
  document.addEventListener('keydown', onKey);
  return {
    element: h('main.queue', {},
      h('div.row', {}, h('h1', {}, t('place.queue')), tallies, h('span.spring', {}),
        h('button.button.primary', { type: 'button', onclick: takeNext }, t('take_next'), ' ', h('kbd', {}, '⏎'))),
      filters, list, pager),
    leave: () => document.removeEventListener('keydown', onKey),
  };
}

function count(number, name) {
  return h('span.count-of', {}, h('strong', {}, number), t(name));
}

function drawReports(reports) {
  const columns = ['body', 'year', 'form', 'doubts', 'status', 'received', 'held_by'];
  return h('table.reports', {},
    h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, t(`column.${name}`))))),
    h('tbody', {}, ...reports.map(drawReport)));
}

function drawReport(report) {
  const name = report.body ?? report.filename;
  const isHeld = report.leased_until && new Date(report.leased_until) > new Date();
  return h('tr', {},
    h('td', {}, h('a', { href: `#/report/${report.id}` }, name), h('span.faint', {}, report.filename)),
    h('td.number', {}, report.fiscal_year ?? '—'),
    h('td.number', {}, report.form ?? '—'),
    h('td.number', {}, report.to_review ? h('span.tally', { 'data-mark': 'doubtful' }, report.to_review) : '0'),
    h('td', {}, t(`status.${report.status}`), report.error && h('span.faint', {}, tellFailure(report.error))),
    h('td', {}, moment(report.created_at)),
    h('td', {}, isHeld ? report.leased_by.replace(/ \(\w+\)$/, '') : ''));
}
