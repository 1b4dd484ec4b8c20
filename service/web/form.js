/** The form as its tables are printed; every value a cell to select and to edit. */

import { fill, h } from './dom.js';
import { t } from './i18n.js';
import { placesOf, nameOf } from './labels.js';
import { parse } from './values.js';

/**
 * @param {import('./case.js').Case} review
 * @param {{select: (field: string) => void, hover: (field: string|null) => void}} hooks
 */
export function makeForm(review, hooks) {
  /** @type {Map<string, HTMLTableCellElement>} */
  const cells = new Map();
  /** What each cell looks like now. @type {Map<string, string>} */
  const looks = new Map();
  const places = placesOf(review.form);
  const rows = review.form.tables.flatMap(({ bands }) => bands).flatMap((band) => band.rows);
  const element = h('section.form-pane', { 'aria-label': review.form.name },
    ...review.form.tables.map((table) => h('section.form-table', {},
      h('h2', {}, table.title),
      ...table.bands.map((band) => drawBand(table, band)))));

  function drawBand(table, { heading, corner, columns, rows: lines }) {
    const depth = Math.max(1, ...lines.map((line) => ranksOf(line, lines).length + 1));
    const named = lines.some(({ label }) => label);
    return h('table', { role: 'grid', 'aria-label': heading ?? table.title },
      h('thead', {},
        heading && h('tr', {}, h('th.heading', {
          colspan: columns.length + (named ? depth : 0), scope: 'colgroup' }, heading)),
        ...headOf(columns, named ? depth : 0, corner)),
      h('tbody', {}, ...lines.map((line, index) => h('tr', {},
        ...(named ? stubOf(lines, index, depth) : []),
        ...line.fields.map(drawCell)))));
  }

  function drawCell(field) {
    const cell = h('td', {
      role: 'gridcell', tabindex: '-1', 'data-field': field,
      onclick: () => hooks.select(field),
      onpointerenter: () => hooks.hover(field),
      onpointerleave: () => hooks.hover(null),
    });
    cells.set(field, cell);
    return cell;
  }

  /** Draw a cell anew if anything about it is: a key press must show at once. */
  function show(field, broken, isSuspect) {
    const cell = cells.get(field);
    const mark = review.markOf(field);
    const text = review.textOf(field);
    const isSelected = field === review.selected;
    const isTyped = review.typed?.field === field;
    const state = { mark, broken, suspect: isSuspect, moved: review.moved.has(field) };
    const look = JSON.stringify([text, isSelected, isTyped, state]);
    if (looks.get(field) === look) return;
    looks.set(field, look);
    Object.assign(cell.dataset, state);
    cell.setAttribute('aria-selected', String(isSelected));
    cell.tabIndex = isSelected ? 0 : -1;
    if (isTyped && cell.querySelector('input')) return;
    const words = textOrState(review, field, text);
    fill(cell, h(text ? 'span.text' : 'span.text.faint', {}, words));
    cell.setAttribute('aria-label', [
      nameOf(places.get(field)), words || t('blank'), t(`mark.${mark}`), broken && t('mark.broken'),
    ].filter(Boolean).join('，'));
    cell.title = mark === 'sure' ? '' : t(`mark.${mark}`);
  }

  return {
    element,
    /** A broken sum is marked where it is drawn; a field in two of them is suspect itself. */
    refresh() {
      const sums = review.broken().map(({ sides }) => sides.flat());
      const totals = new Set(sums.map((fields) => fields.at(-1)));
      for (const field of review.fields) {
        const isSuspect = sums.filter((fields) => fields.includes(field)).length > 1;
        show(field, totals.has(field) || isSuspect, isSuspect);
      }
    },
    /** Bring the selected cell into view and give it the focus. */
    follow() {
      const cell = cells.get(review.selected);
      cell.scrollIntoView({ block: 'center', inline: 'nearest' });
      cell.focus({ preventScroll: true });
    },
    hover(field) {
      for (const [name, cell] of cells) cell.toggleAttribute('data-hover', name === field);
    },
    /** Let the selected field be typed into, starting with `text`. */
    edit(text) {
      const field = review.selected;
      const input = h('input', {
        value: text, 'aria-label': nameOf(places.get(field)), autocomplete: 'off', maxlength: '200',
        oninput: () => review.type(field, input.value),
        // A window that is left for another takes the focus away too, in the middle of a value.
        onblur: () => document.hasFocus() && review.typed?.field === field && review.say(field, input.value),
      });
      review.type(field, text);
      fill(cells.get(field), input);
      input.focus();
      input.setSelectionRange(text.length, text.length);
    },
    /** The field a step away on the form. */
    neighbour(dx, dy) {
      const row = rows.findIndex(({ fields }) => fields.includes(review.selected));
      const column = rows[row].fields.indexOf(review.selected);
      const line = rows[Math.min(rows.length - 1, Math.max(0, row + dy))].fields;
      return line[Math.min(line.length - 1, Math.max(0, column + dx))];
    },
  };
}

function textOrState(review, field, text) {
  if (text) return text;
  return review.isMissing(field) ? t('missing') : '';
}

/** Labels left of a row: those it stands under, but for rows of values above it. */
function ranksOf({ under }, lines) {
  const own = new Set(lines.map(({ label }) => label));
  return under.filter((label) => !own.has(label));
}

/** The cells left of a row's values; a label that rows share is one cell over them all. */
function stubOf(lines, index, depth) {
  const ranks = ranksOf(lines[index], lines);
  const indent = lines[index].under.length - ranks.length;
  const shares = (line, level) => ranksOf(line, lines).slice(0, level + 1).join('\n')
    === ranks.slice(0, level + 1).join('\n') && ranksOf(line, lines).length > level;
  const groups = ranks.flatMap((label, level) => {
    if (index > 0 && shares(lines[index - 1], level)) return [];
    const end = lines.findIndex((line, at) => at > index && !shares(line, level));
    const span = (end === -1 ? lines.length : end) - index;
    return [h('th.group', { rowspan: span, scope: 'rowgroup' }, label)];
  });
  return [...groups, h('th.label', {
    colspan: depth - ranks.length, scope: 'row', 'data-indent': indent }, lines[index].label)];
}

/** Header rows; a label over several columns is one cell, one without groups reaches down. */
function headOf(columns, stub, corner) {
  const height = Math.max(...columns.map(({ under }) => under.length + 1));
  const cellAt = ({ under, label }, level) => [...under, label][level];
  const path = ({ under, label }, level) => [...under, label].slice(0, level + 1).join('\n');
  return Array.from({ length: height }, (_, level) => h('tr', {},
    level === 0 && stub > 0 && h('th.corner', { colspan: stub, rowspan: height }, corner ?? ''),
    ...columns.flatMap((column, index) => {
      const label = cellAt(column, level);
      if (label === undefined) return [];
      const isLast = level === column.under.length;
      if (isLast) {
        return [h('th.column', { scope: 'col', rowspan: height - level }, label)];
      }
      if (index > 0 && path(columns[index - 1], level) === path(column, level)) return [];
      const end = columns.findIndex((one, at) => at > index
        && path(one, level) !== path(column, level));
      const span = (end === -1 ? columns.length : end) - index;
      return [h('th.column', { scope: 'colgroup', colspan: span }, label)];
    })));
}

/** What a text is, in a word: for a field without a plain number. */
export function kindOf(text) {
  const { kind } = parse(text);
  return kind === 'value' ? '' : t(kind === 'illegible' ? 'no_number' : kind);
}
