/** The page in Chinese and English. */

import { en } from './en.js';
import { zh } from './zh.js';

const LANGUAGES = { zh, en };
const KEPT = 'gouji.language';

let language = localStorage.getItem(KEPT)
  ?? (navigator.language.startsWith('en') ? 'en' : 'zh');

export const languageNow = () => language;

/** @param {'zh'|'en'} chosen */
export function speak(chosen) {
  language = chosen;
  localStorage.setItem(KEPT, chosen);
  showLanguage();
}

export function showLanguage() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/**
 * A text of the page.
 * @param {string} name Of an entry of zh.js and en.js.
 * @param {Record<string, unknown>} [parts] Take the place of `{name}` in it.
 */
export function t(name, parts = {}) {
  const text = LANGUAGES[language][name];
  if (text === undefined) throw new RangeError(`no text is called ${name}`);
  return text.replace(/\{(\w+)\}/g, (_, part) => String(parts[part]));
}

/** A sentence of the service, which speaks English, in the language of the page. */
export function tell(sentence) {
  if (language === 'en') return sentence;
  return zh.sentences.reduce((text, [english, chinese]) => text.replace(english, chinese), sentence);
}

/** What went wrong, in words for whoever sits before the page. */
export function tellRefusal(error) {
  return LANGUAGES[language][`refused.${error.code}`] ?? `${t('refused')} ${error.message}`;
}

/** Why no report could be made of a file; the service's own sentence says more, in English. */
export function tellFailure({ code, message, advice }) {
  return language === 'en' ? `${message} ${advice}` : tellRefusal({ code, message });
}

export const percent = (share, digits = 0) => new Intl.NumberFormat(document.documentElement.lang, {
  style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits,
}).format(share);

export const moment = (iso) => new Intl.DateTimeFormat(document.documentElement.lang, {
  dateStyle: 'short', timeStyle: 'short',
}).format(new Date(iso));
