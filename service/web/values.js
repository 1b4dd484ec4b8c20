/**
 * What a cell's text means, and whether sums hold: as `pipeline/values.py` and
 * `pipeline/checks.py` have it, so that an edit is checked before the service has heard of it.
 */

const UNITS = ['亿元', '万元', '元', '人次', '人', '件', '个', '条', '次', '项', '篇', '份',
  '期', '场', '家', '部', '起', '宗', '类'].join('|');
const NOTHING = /^(?:[/\\]|无|[-‐-―−─━]{1,4})$/u;
/** What Python takes for white space; `\s` is not the same. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const ENDS = new RegExp(`^${SPACE}+|${SPACE}+$`, 'gu');
/** What Python takes for a part of a word, and for no digit. */
const WORD = '[\\p{L}\\p{Nl}\\p{No}_]';
const NUMBER = new RegExp(
  `^([-+‐-―−]?)${SPACE}*((?:[0-9]{1,3}(?:,${SPACE}?[0-9]{3})+)|(?:[0-9]{1,3}(?: [0-9]{3})+)|[0-9]+)`
  + `(\\.[0-9]+)?${SPACE}*(?:${UNITS})?${SPACE}*(?:\\([^()]*${WORD}[^()]*\\)?)?$`, 'u',
);
/** Marks behind a number that refer to a note; NFKC would make digits of them. */
const NOTE_MARKS = new RegExp(`(?<=[0-9\\uff10-\\uff19])${SPACE}*[①-⑳⑴-⒇❶-❿⁰¹²³⁴-⁹]+$`, 'u');
/** Radicals that NFKC leaves alone, and the characters that they stand for. */
const RADICALS = '⺠⻄⻅⻆⻉⻋⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰';
const CHARACTERS = '民西见角贝车长门雨青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙';
const RADICAL = new RegExp(`[${RADICALS}]`, 'gu');
const MOST_DIGITS = 15;

/** The mark by which editors of texts show a character that cannot be read. */
export const ILLEGIBLE = '□';

/** A text without white space around it, such as a tab that was pasted with it. */
export const strip = (text) => text.replace(ENDS, '');

/**
 * A text as the service would keep it.
 * @param {string} text
 */
export function normalise(text) {
  const plain = strip(text).replace(NOTE_MARKS, '').normalize('NFKC');
  return strip(plain.replace(RADICAL, (radical) => CHARACTERS[RADICALS.indexOf(radical)]));
}

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
  const digits = found && found[2].replace(/[^0-9]/g, '') + (found[3] ?? '');
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
