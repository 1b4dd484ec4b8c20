/**
 * What was said and the service has not heard yet: sent one after the other, kept through lost
 * connections and reloads, never dropped without a word.
 */

import * as api from './api.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

/** What an answer that can never be taken is refused with: there is nothing to keep it for. */
const LOST = [404, 422];

/**
 * @typedef {import('./case.js').Said} Said
 * @typedef {{field: string, said: Said, seen: Said}} Letter `seen` is what stood there before.
 * @typedef {object} Hooks
 * @property {() => number} version The version that a letter is an answer to.
 * @property {(letter: Letter) => Promise<boolean>} stands Whether a letter is still to be sent.
 * @property {() => Promise<void>} stale The report has changed: get it again.
 * @property {(answer: object, letter: Letter, waiting: string[]) => void} heard
 * @property {(letter: Letter) => void} dropped No letter says anything of its field any more.
 * @property {(error: Error, letter: Letter) => Promise<void>} refused
 * @property {(error: Error) => void} halted No letter will be taken now; all are kept.
 * @property {() => void} kept There are more letters than before, or fewer.
 * @property {(waiting: number, error: Error|null) => void} cutOff How many letters wait, and why.
 */

export class Outbox {
  /**
   * @param {string} id Of the report.
   * @param {string} who Whose letters these are: nobody sends another's.
   */
  constructor(id, who) {
    this.id = id;
    this.key = api.getKey();
    this.place = `gouji.outbox.${who}.${id}`;
    /** @type {Letter[]} */
    this.letters = JSON.parse(localStorage.getItem(this.place) ?? '[]');
    this.running = null;
    this.isHalted = false;
    this.isStale = false;
    /** The versions that were sent last, and refused last. @type {number|null} */
    this.sentAt = null;
    this.refusedAt = null;
    this.wake = () => {};
  }

  /** @param {Hooks} hooks */
  listen(hooks) {
    this.hooks = hooks;
  }

  get size() {
    return this.letters.length;
  }

  /** @param {Letter} letter */
  post(letter) {
    this.letters.push(letter);
    this.#keep();
    this.flush();
  }

  /** Send everything; ends when nothing is left, or when no letter will be taken. */
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
    // Another key is another person's.
    while (this.letters.length && !this.isHalted && this.key === api.getKey()) {
      const [letter] = this.letters;
      try {
        await this.#advance(letter);
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (!api.isAnswer(error)) throw error;
        if (error.status === 412) this.isStale = true;
        if (this.#isPassing(error)) {
          this.hooks.cutOff(this.size, error);
          await this.#sleep(pause);
          pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
        } else await this.#bear(error, letter);
      }
    }
  }

  async #advance(letter) {
    if (this.isStale) await this.hooks.stale();
    this.isStale = false;
    if (await this.hooks.stands(letter)) {
      const answer = await this.#deliver(letter);
      this.#next();
      this.hooks.heard(answer, letter, this.letters.map(({ field }) => field));
    } else this.#drop(letter);
    this.hooks.cutOff(0, null);
  }

  /** A version that is refused though the report has no other is taken later, if at all. */
  #isPassing(error) {
    if (error.status === 412) return this.refusedAt === this.sentAt;
    return api.isPassing(error) || error.status >= 500;
  }

  async #bear(error, letter) {
    if (error.status === 412) this.refusedAt = this.sentAt;
    else if (LOST.includes(error.status)) {
      this.#drop(letter);
      await this.hooks.refused(error, letter);
    } else {
      this.isHalted = true;
      this.hooks.halted(error);
    }
  }

  #deliver({ field, said }) {
    this.sentAt = this.hooks.version();
    return said.said
      ? api.correct(this.id, field, said.raw ?? said.text, this.sentAt)
      : api.withdraw(this.id, field, this.sentAt);
  }

  #drop(letter) {
    this.#next();
    if (!this.letters.some(({ field }) => field === letter.field)) this.hooks.dropped(letter);
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
