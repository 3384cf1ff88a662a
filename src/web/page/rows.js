// The rows of a job, by chunks of positions: a job of 100,000 is never held whole, and any place in it is one request
// away. What others judge comes by asking for changes.

import { get } from "./api.js";

const KEPT = 24; // chunks

export class Rows {
  #chunks = new Map(); // number -> promise of rows, least recently used first
  #known = new Map(); // item id -> row
  #cursor = null;

  constructor(job) {
    this.job = job;
    this.size = job.unit === "asset" && job.kind === "audit" ? 20 : 120;
  }

  get chunks() {
    return Math.ceil(this.job.items / this.size);
  }

  /** Rows of one chunk; each {position, score, probability, item}. */
  load(number) {
    let chunk = this.#chunks.get(number);
    if (chunk) this.#chunks.delete(number);
    else {
      chunk = this.#fetch(number);
      chunk.catch(() => this.#chunks.delete(number));
    }
    this.#chunks.set(number, chunk);
    if (this.#chunks.size > KEPT) this.#drop(this.#chunks.keys().next().value);
    return chunk;
  }

  async #fetch(number) {
    const { rows, cursor } = await get(`jobs/${this.job.job}/rows`, { after: number * this.size, count: this.size });
    const last = (number + 1) * this.size; // gone items are passed over, so that it may reach further than asked for
    this.#cursor = Math.min(this.#cursor ?? cursor, cursor);
    return rows.filter((row) => row.position <= last).map((row) => {
      const known = this.#known.get(row.item.id);
      if (known) return known;
      this.#known.set(row.item.id, row);
      return row;
    });
  }

  async #drop(number) {
    const rows = this.#chunks.get(number);
    this.#chunks.delete(number);
    for (const row of await rows) this.#known.delete(row.item.id);
  }

  /** Everything is asked for anew. */
  forget() {
    this.#chunks.clear();
    this.#known.clear();
    this.#cursor = null;
  }

  /** Up to n rows from a place on: {rows, start, next}, places being {chunk, offset}; next null: the end. */
  async take(start, n) {
    const rows = [];
    let { chunk, offset } = start;
    while (rows.length < n && chunk < this.chunks) {
      const list = await this.load(chunk);
      const part = list.slice(offset, offset + n - rows.length);
      rows.push(...part);
      offset += part.length;
      if (offset >= list.length) [chunk, offset] = [chunk + 1, 0];
    }
    return { rows, start, next: chunk < this.chunks ? { chunk, offset } : null };
  }

  /** The n rows before a place. */
  async takeBefore(end, n) {
    let { chunk, offset } = end;
    for (let missing = n; missing > 0;) {
      if (offset >= missing) {
        offset -= missing;
        break;
      }
      missing -= offset;
      offset = 0;
      if (chunk === 0) break;
      offset = (await this.load(--chunk)).length;
    }
    return this.take({ chunk, offset }, n);
  }

  /** The place of the first row from `start` on that nobody has judged; null: there is none. */
  async findOpen(start) {
    for (let { chunk, offset } = start; chunk < this.chunks; chunk++, offset = 0) {
      const list = await this.load(chunk);
      const index = list.findIndex((row, i) => i >= offset && !row.item.verdict);
      if (index >= 0) return { chunk, offset: index };
    }
    return null;
  }

  row(id) {
    return this.#known.get(id);
  }

  /** Rows at hand on the same image. */
  ofAsset(asset) {
    return [...this.#known.values()].filter((row) => row.item.asset === asset);
  }

  /** Asks what was judged since the last time. `keep(row)`: a verdict of this page on it is still on its way. */
  async changes(keep) {
    if (this.#cursor === null) return [];
    const answer = await get(`jobs/${this.job.job}/changes`, { since: this.#cursor });
    const changed = [];
    let skipped = false;
    for (const { item } of answer.rows) {
      const row = this.#known.get(item.id);
      if (row && keep(row)) skipped = true;
      else if (row && JSON.stringify(row.item.verdict) !== JSON.stringify(item.verdict)) {
        row.item.verdict = item.verdict;
        changed.push(row);
      }
    }
    if (!skipped) this.#cursor = answer.cursor; // else they are told again
    Object.assign(this.job, answer.job);
    return changed;
  }
}
