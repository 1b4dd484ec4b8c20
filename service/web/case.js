/**
 * A report under review: what the service says of it, and what was said here since.
 *
 * A key stroke shows at once; the service hears of it through the outbox. Events: `change`
 * (show everything again), `select`, `heard` (the service has weighed the report again), `lock`.
 */

import * as api from './api.js';
import { evaluate, normalise, strip } from './values.js';

/** Expected settled doubts from which a field is asked for out of its turn on the page. */
const WORTH_A_HOP = 0.05;

/** @typedef {'sure'|'doubtful'|'repaired'|'inferred'|'corrected'|'confirmed'} Mark */
/**
 * @typedef {{text: string, said: boolean, raw?: string}} Said Whether a person says so, or took it
 *   back; `raw` is the text as it was typed, for the service to make of it what it keeps.
 */

export class Case extends EventTarget {
  /**
   * @param {object} answer `GET /v1/reports/{id}`
   * @param {object} form `GET /v1/forms/{id}`
   */
  constructor(answer, form) {
    super();
    this.form = form;
    this.fields = form.tables.flatMap(({ bands }) => bands)
      .flatMap(({ rows }) => rows).flatMap((row) => row.fields);
    /** @type {Map<string, Said>} */
    this.edits = new Map();
    /** @type {{field: string, before: Said, after: Said}[]} */
    this.past = [];
    this.future = [];
    /** @type {Map<string, number>} */
    this.gains = new Map();
    /** What stands in an input right now. @type {{field: string, text: string}|null} */
    this.typed = null;
    this.selected = null;
    /** Why the report can only be looked at. @type {(() => string)|null} */
    this.locked = null;
    /** Fields that the service changed or settled after the last answer. */
    this.moved = new Set();
    this.take(answer);
  }

  /** Take over the service's word. */
  take(answer) {
    this.id = answer.id;
    this.summary = answer;
    this.version = answer.version;
    this.report = answer.report;
  }

  field(name) {
    return this.report.fields[name];
  }

  /** What a field says, with what is being typed if anything is. */
  textOf(name) {
    return this.typed?.field === name ? normalise(this.typed.text) : this.saidOf(name).text;
  }

  /** The same, letter by letter as it is being typed. */
  rawOf(name) {
    return this.typed?.field === name ? this.typed.text : this.saidOf(name).text;
  }

  /** What stands here now. @returns {Said} */
  saidOf(name) {
    return this.edits.get(name) ?? this.heardOf(name);
  }

  /** What the service says stands there. @returns {Said} */
  heardOf(name) {
    const { text, source } = this.field(name);
    return { text, said: source === 'reviewed' };
  }

  /** Whether no cell was found for a field, and nobody has said what it would hold. */
  isMissing(name) {
    return this.field(name).state === 'missing' && !this.saidOf(name).said && this.typed?.field !== name;
  }

  /** @returns {Mark} */
  markOf(name) {
    const { review, source, read, text } = this.field(name);
    const said = this.saidOf(name);
    if (this.typed?.field === name && this.textOf(name) !== said.text) return 'corrected';
    if (said.said) {
      const seen = read?.text ?? (source === 'reviewed' ? said.text : text);
      return said.text === seen ? 'confirmed' : 'corrected';
    }
    if (review || source === 'reviewed') return 'doubtful';
    return source === 'repaired' || source === 'inferred' ? source : 'sure';
  }

  /** Whether an answer to a field is expected to settle others. */
  isWorthAHop(name) {
    return (this.gains.get(name) ?? 0) >= WORTH_A_HOP;
  }

  /** Doubtful fields: those whose answer settles others, then as they stand on the form. */
  doubts() {
    const worth = (name) => (this.isWorthAHop(name) ? this.gains.get(name) : 0);
    return this.fields.filter((name) => this.markOf(name) === 'doubtful')
      .sort((one, other) => worth(other) - worth(one));
  }

  /** Sums of the form over what stands here now, those that a field is in if one is named. */
  sums(name) {
    return Object.entries(this.form.sums)
      .filter(([, [left, right]]) => !name || left.includes(name) || right.includes(name))
      .map(([id, sides]) => ({ id, sides, result: evaluate(sides, (one) => this.textOf(one)) }));
  }

  broken() {
    return this.sums().filter(({ result }) => result && !result.holds);
  }

  select(name) {
    this.typed = null;
    this.selected = name;
    this.dispatchEvent(new Event('select'));
  }

  type(name, text) {
    this.typed = text === null ? null : { field: name, text };
    this.#changed();
  }

  /** Let the report only be looked at from now on. @param {() => string} why */
  lock(why) {
    this.locked = why;
    this.typed = null;
    this.#changed();
    this.dispatchEvent(new Event('lock'));
  }

  /** Say what is printed in a field. */
  say(name, text) {
    if (!this.locked) this.#note(name, { text: normalise(text), said: true, raw: strip(text) });
  }

  undo() {
    return this.#turn(this.past, this.future, 'before');
  }

  redo() {
    return this.#turn(this.future, this.past, 'after');
  }

  /**
   * The service has heard of an edit and weighed the report again.
   * @param {object} answer
   * @param {{field: string, said: Said}} sent
   * @param {string[]} mine Fields with edits that still wait to be sent.
   */
  hear(answer, sent, mine) {
    const before = this.report.fields;
    this.take(answer);
    if (!mine.includes(sent.field)) this.edits.delete(sent.field);
    const others = this.fields.filter((name) => name !== sent.field && !this.edits.has(name));
    const settled = others.filter((name) => before[name].review && !this.field(name).review);
    const raised = others.filter((name) => !before[name].review && this.field(name).review);
    const changed = others.filter((name) => before[name].text !== this.field(name).text);
    this.moved = new Set([...settled, ...raised, ...changed]);
    this.#changed();
    this.dispatchEvent(new CustomEvent('heard', { detail: { settled, raised, changed } }));
  }

  /** Learn whose answer settles most; without it the fields are asked for as they stand. */
  async weigh() {
    const { version, doubts } = await api.getDoubts(this.id);
    if (version !== this.version) return;
    this.gains = new Map(doubts.map(({ field, settles }) => [field, settles]));
    this.#changed();
  }

  /** Get the report again; how many fields somebody else has changed since. */
  async reload() {
    const before = this.report.fields;
    this.take(await api.getReport(this.id));
    this.#changed();
    return this.fields.filter((name) => {
      const [was, is] = [before[name], this.field(name)];
      return was.text !== is.text || (is.source === 'reviewed') !== (was.source === 'reviewed');
    }).length;
  }

  /** Let go of an edit that will not be sent. */
  drop(name) {
    this.edits.delete(name);
    this.#changed();
  }

  #note(name, after) {
    const step = { field: name, before: this.saidOf(name), after };
    this.past.push(step);
    this.future = [];
    this.#edit(name, after);
  }

  #turn(from, to, side) {
    const step = from.pop();
    if (!step) return null;
    to.push(step);
    this.#edit(step.field, step[side]);
    return step.field;
  }

  #edit(name, said) {
    const seen = this.saidOf(name);
    this.typed = null;
    this.edits.set(name, said);
    this.moved = new Set();
    this.#changed();
    this.dispatchEvent(new CustomEvent('said', { detail: { field: name, said, seen } }));
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
