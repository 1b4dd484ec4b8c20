/** How the archive stands, in pictures. */

import * as api from './api.js';
import { bars, reliability, stacked } from './charts.js';
import { h } from './dom.js';
import { percent, t } from './i18n.js';
import { nameOf, placesOf } from './labels.js';

const STATUSES = ['reviewed', 'extracted', 'running', 'queued', 'failed', 'cancelled'];

export async function openOverview() {
  const [overview, { forms }] = await Promise.all([api.getOverview(), api.getForms()]);
  const places = new Map((await Promise.all(forms.map(({ id }) => api.getForm(id))))
    .flatMap((form) => [...placesOf(form)]));
  const { reports, fields_read: read, fields_to_review: doubtful } = overview;
  const count = (status) => reports.filter((one) => one.status === status)
    .reduce((sum, one) => sum + one.reports, 0);
  return {
    element: h('main.overview', {},
      h('h1', {}, t('place.overview')),
      h('div.figures-row', {},
        figure(reports.reduce((sum, one) => sum + one.reports, 0), t('reports')),
        figure(count('reviewed'), t('status.reviewed')),
        figure(read, t('fields_read')),
        figure(read ? percent(doubtful / read, 1) : '—', t('review_rate'))),
      h('div.cards', {},
        card('chart.years', reports.length && drawYears(reports)),
        card('chart.reliability', overview.reliability.length && drawReliability(overview.reliability)),
        card('chart.misread', overview.misread.length && bars(overview.misread.map(({ field, reports: n }) => ({
          name: nameOf(places.get(field) ?? { row: field, column: '' }), value: n, shown: String(n) })))))),
    leave() {},
  };
}

function figure(value, name) {
  return h('div.figure', {}, h('strong', {}, value), h('span.faint', {}, name));
}

function card(name, chart) {
  return h('section.card', {}, h('h2', {}, t(name)), h('p.faint', {}, t(`${name}.about`)),
    chart || h('p.empty', {}, t('nothing_yet')));
}

function drawYears(reports) {
  const years = [...new Set(reports.map((one) => one.fiscal_year))].sort((a, b) => (a ?? 0) - (b ?? 0));
  const series = STATUSES.map((status) => ({
    name: t(`status.${status}`), kind: status,
    counts: years.map((year) => reports.find((one) => one.fiscal_year === year && one.status === status)?.reports ?? 0),
  })).filter(({ counts }) => counts.some(Boolean));
  const told = series.map(({ name, counts }) => `${name} ${counts.reduce((a, b) => a + b)}`).join('，');
  return h('div', {}, stacked(told, years.map((year) => String(year ?? t('no_year'))), series),
    h('div.legend', {}, ...series.map(({ name, kind }) => h('span', {}, h('i', { 'data-kind': kind }), name))));
}

function drawReliability(bands) {
  const told = bands.map(({ confidence, right, fields }) => t('band', {
    claimed: percent(confidence, 1), found: percent(right / fields, 1), n: fields }));
  return h('div', {}, reliability(told.join('；'), bands.map(({ low, high, confidence, right, fields }) => ({
    name: `${percent(low, low > 0.99 ? 1 : 0)}–${percent(high, high > 0.99 && high < 1 ? 1 : 0)}`,
    claimed: confidence, found: right / fields, weight: `n = ${fields}`,
  })), percent), h('div.legend', {}, h('span', {}, h('i.line', {}), t('claimed')), h('span', {}, h('i.dot', {}), t('found'))));
}
