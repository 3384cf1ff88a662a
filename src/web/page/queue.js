// Verdicts on their way to the disk, in order, one call at a time. They are shown at once, sent at once, tried again
// until the server has them, and kept on this machine until then.

import { ApiError, post } from "./api.js";
import { read, write } from "./keep.js";

const PATIENCE = 250; // ms that a verdict may take to the disk before it is kept here as well
const WAITS = [400, 1000, 2000, 4000, 8000];

class Queue extends EventTarget {
  #waiting = []; // the first one is being sent
  #sending = false;
  #place = "unsaved";
  #kept = false; // something is written down
  trouble = "";

  /** Of one data set: what is not saved yet must not reach another. Gives what an earlier page left behind. */
  begin(name) {
    this.#place = `unsaved.${name}`;
    return read(this.#place, []);
  }

  forget() {
    write(this.#place, null);
  }

  get count() {
    return this.#waiting.reduce((sum, task) => sum + (task.verdicts?.length ?? 1), 0);
  }

  /** {verdicts, job, reviewer}: `done(judged)` and `failed(error)` tell how it went. */
  judge(task) {
    this.#add(task);
    return task;
  }

  /** Takes a task back that was handed over before, sent or not. */
  undo(task, reviewer, done, failed) {
    this.#add({ of: task, reviewer, done, failed });
  }

  #add(task) {
    this.#waiting.push(task);
    this.#changed();
    this.#work();
  }

  #changed() {
    this.keeping ??= setTimeout(() => this.keep(), PATIENCE);
    this.dispatchEvent(new Event("change"));
  }

  /** Writes down what is not saved, for the case that this page ends before it is. */
  keep() {
    clearTimeout(this.keeping);
    this.keeping = null;
    const unsent = this.#waiting.filter((task) => task.verdicts)
      .map(({ verdicts, job, reviewer }) => ({ verdicts, job, reviewer }));
    if (unsent.length > 0 || this.#kept) write(this.#place, unsent.length ? unsent : null);
    this.#kept = unsent.length > 0;
  }

  async #work() {
    if (this.#sending) return;
    this.#sending = true;
    for (let tries = 0; this.#waiting.length > 0;) {
      const task = this.#waiting[0];
      try {
        const judged = await this.#send(task);
        this.trouble = "";
        tries = 0;
        task.judged = judged;
        this.#waiting.shift();
        this.#changed();
        task.done?.(judged);
      } catch (error) {
        if (error instanceof ApiError && error.passing) {
          this.trouble = error.message;
          this.#changed();
          await new Promise((resume) => setTimeout(resume, WAITS[Math.min(tries++, WAITS.length - 1)]));
          continue;
        }
        this.#waiting.shift();
        this.#changed();
        task.failed?.(error);
      }
    }
    this.#sending = false;
  }

  #send(task) {
    // keepalive: a tab that closes right after the key still sends it (bodies up to 64 KiB).
    if (task.verdicts) {
      const { verdicts, job, reviewer } = task;
      return post("verdicts", { verdicts, job, reviewer }, { keepalive: verdicts.length < 100 });
    }
    const undo = task.of.judged?.undo;
    return undo ? post("undo", { ...undo, reviewer: task.reviewer }, { keepalive: true }) : { undo: null, added: 0 };
  }
}

export const queue = new Queue();

addEventListener("pagehide", () => queue.keep());

addEventListener("beforeunload", (event) => {
  if (queue.count > 0) event.preventDefault();
});
