/**
 * What was said and the service has not heard yet: sent one after the other, kept through lost
 * connections and reloads, never dropped without a word.
 */

import * as api from './api.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

/**
 * @typedef {{field: string, said: import('./case.js').Said}} Letter
 * @typedef {object} Hooks
 * @property {(letter: Letter) => number} version The version that a letter is an answer to.
 * @property {(answer: object, letter: Letter, waiting: string[]) => void} heard
 * @property {(letter: Letter) => Promise<boolean>} stale The report has changed; whether to go on.
 * @property {(error: Error, letter: Letter) => void} refused
 * @property {() => void} kept There are more letters than before, or fewer.
 * @property {(waiting: number) => void} cutOff How many letters wait for a connection; 0 for none.
 */

export class Outbox {
  /**
   * @param {string} id Of the report.
   * @param {Hooks} hooks
   */
  constructor(id, hooks) {
    this.id = id;
    this.hooks = hooks;
    this.place = `gouji.outbox.${id}`;
    /** @type {Letter[]} */
    this.letters = JSON.parse(localStorage.getItem(this.place) ?? '[]');
    this.running = null;
    this.wake = () => {};
  }

  get size() {
    return this.letters.length;
  }

  post(field, said) {
    this.letters.push({ field, said });
    this.#keep();
    this.flush();
  }

  /** Send everything; ends when nothing is left. */
  flush() {
    this.running ??= this.#run().finally(() => { this.running = null; });
    return this.running;
  }

  /** Try again now. */
  hurry() {
    this.wake();
  }

  async #run() {
    let pause = FIRST_PAUSE_MS;
    while (this.letters.length) {
      const [letter] = this.letters;
      try {
        const answer = await this.#deliver(letter);
        this.#next();
        this.hooks.heard(answer, letter, this.letters.map(({ field }) => field));
        this.hooks.cutOff(0);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (error instanceof api.Unreachable || error.status === 429) {
          this.hooks.cutOff(this.letters.length);
          await this.#sleep(pause);
          pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        } else if (error.status === 412) {
          await this.#settle(letter);
        } else if (error instanceof api.Refused) {
          this.#next();
          this.hooks.refused(error, letter);
        } else throw error;
      }
    }
  }

  #deliver({ field, said }) {
    const version = this.hooks.version();
    return said.said
      ? api.correct(this.id, field, said.text, version)
      : api.withdraw(this.id, field, version);
  }

  async #settle(letter) {
    try {
      if (!await this.hooks.stale(letter)) this.#next();
    } catch (error) {
      // The connection went in between: the letter is tried again and found stale again.
      if (!(error instanceof api.Unreachable)) throw error;
    }
  }

  #next() {
    this.letters.shift();
    this.#keep();
  }

  #keep() {
    if (this.letters.length) localStorage.setItem(this.place, JSON.stringify(this.letters));
    else localStorage.removeItem(this.place);
    this.hooks.kept();
  }

  #sleep(milliseconds) {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, milliseconds);
    });
  }
}
