/**
 * What a cell's text means, and whether sums hold: as `pipeline/values.py` and
 * `pipeline/checks.py` have it, so that an edit is checked before the service has heard of it.
 */

const UNITS = ['亿元', '万元', '元', '人次', '人', '件', '个', '条', '次', '项', '篇', '份',
  '期', '场', '家', '部', '起', '宗', '类'].join('|');
const NOTHING = /^(?:[/\\]|无|[-‐-―−─━]{1,4})$/u;
const NUMBER = new RegExp(
  '^([-+‐-―−]?)\\s*((?:[0-9]{1,3}(?:,\\s?[0-9]{3})+)|(?:[0-9]{1,3}(?: [0-9]{3})+)|[0-9]+)'
  + `(\\.[0-9]+)?\\s*(?:${UNITS})?\\s*(?:\\([^()]*[^()\\d\\P{L}][^()]*\\))?$`, 'u',
);
const MOST_DIGITS = 15;

/** The mark by which editors of texts show a character that cannot be read. */
export const ILLEGIBLE = '□';

/** @param {string} text */
export const normalise = (text) => text.normalize('NFKC').trim();

/**
 * @typedef {'value'|'blank'|'not_reported'|'illegible'} Kind
 * @param {string} text
 * @returns {{kind: Kind, digits?: string}} `digits` with sign and decimals, of a value.
 */
export function parse(text) {
  const printed = normalise(text);
  if (printed === '') return { kind: 'blank' };
  if (NOTHING.test(printed)) return { kind: 'not_reported' };
  const found = NUMBER.exec(printed);
  const digits = found && found[2].replace(/[,\s]/g, '') + (found[3] ?? '');
  if (!found || digits.replace('.', '').length > MOST_DIGITS) return { kind: 'illegible' };
  return { kind: 'value', digits: (['', '+'].includes(found[1]) ? '' : '-') + digits };
}

/**
 * Evaluate a sum, exactly: decimals are counted in their smallest unit.
 * @param {readonly [readonly string[], readonly string[]]} sides Fields that add up to the same.
 * @param {(field: string) => string} textOf
 * @returns {{left: string, right: string, off: string, holds: boolean}|null} Null where a field
 *   holds no number.
 */
export function evaluate([left, right], textOf) {
  const values = [...left, ...right].map((field) => parse(textOf(field)));
  if (values.some((value) => value.kind !== 'value')) return null;
  const places = Math.max(...values.map(({ digits }) => (digits.split('.')[1] ?? '').length));
  const counted = values.map(({ digits }) => scale(digits, places));
  const total = (some) => some.reduce((sum, one) => sum + one, 0n);
  const [one, other] = [total(counted.slice(0, left.length)), total(counted.slice(left.length))];
  const show = (count) => unscale(count, places);
  return { left: show(one), right: show(other), off: show(one - other), holds: one === other };
}

function scale(digits, places) {
  const [whole, decimals = ''] = digits.split('.');
  return BigInt(whole + decimals.padEnd(places, '0'));
}

function unscale(count, places) {
  const sign = count < 0n ? '-' : '';
  const digits = String(count < 0n ? -count : count).padStart(places + 1, '0');
  const decimals = places ? digits.slice(-places).replace(/0+$/, '') : '';
  const whole = places ? digits.slice(0, -places) : digits;
  return sign + whole + (decimals && `.${decimals}`);
}
