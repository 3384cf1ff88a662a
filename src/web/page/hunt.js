// Hunting one mistake down, batch after batch: what is worth doing next, and why.

import { get, post } from "./api.js";
import { button, h, note } from "./dom.js";
import { plural, round, thousands } from "./words.js";

export const BATCH = 40;
const CONTROL = 60;

const about = (n) => (n < 9.95 ? n.toFixed(1) : thousands(n));

const promise = (hunt) => (hunt.expected === null ? ""
  : ` The next ${thousands(hunt.next)} items would hold about ${about(hunt.expected)} of it.`);

function controlText({ items, mistakes, left, share }) {
  return `A control of ${thousands(items)} at random found ${thousands(mistakes)}: at least ${round(share)} of this ` +
    `mistake is found (95 % sure), at most ${thousands(left)} remain.`;
}

/** {text, steps: [[name, "next" | "control" | "open"], …]}, the advised step first. */
export function advise(hunt, job) {
  const { advice, control, open } = hunt;
  if (hunt.left === 0 && advice !== "review")
    return { stop: true, steps: [], text: "Stop here: everything that could carry this mistake is reviewed." };
  const next = ["next batch", "next"], draw = [`control of ${CONTROL} at random`, "control"];
  if (advice === "review")
    return { text: open && open !== job ? `Job ${open} of this hunt still has items to review.` : "",
      steps: open && open !== job ? [[`go to job ${open}`, "open"]] : [] };
  if (advice === "next")
    return { text: `Worth going on.${promise(hunt)}`, steps: [next] };
  if (advice === "control")
    return { text: `Stopping is near: going on brings little.${promise(hunt)} A random control tells how much is left.`,
      steps: [draw, next] };
  return { stop: true, steps: [next], text: control ? `Stop here. ${controlText(control)}`
    : `Stop here: going on brings little, and a control would have to be too large to tell more.${promise(hunt)}` };
}

/** The line above a hunt's grid, kept up to date by whoever calls `ask`. */
export class Hunt {
  element = h("div", { class: "advice", role: "status" });
  #asking = null;

  constructor(job) {
    this.job = job.job;
    this.is = job.kind !== "audit";
  }

  /** Looks what is worth doing: a ranking of everything that is left, so that it may take a moment. */
  async ask() {
    if (!this.is) return;
    this.#asking?.abort();
    const stop = (this.#asking = new AbortController());
    try {
      const hunt = await get(`jobs/${this.job}/hunt`, { next: BATCH }, { signal: stop.signal });
      this.#show(advise(hunt, this.job), hunt);
    } catch (error) {
      if (error.name !== "AbortError") this.element.replaceChildren(h("span", { class: "soft" }, error.message));
    }
  }

  #show({ text, steps, stop }, hunt) {
    const buttons = steps.map(([name, step], i) => button(name, { next: "N", control: "C" }[step],
      () => this.take(step, hunt), { class: i === 0 && !stop ? "main" : "" }));
    this.element.replaceChildren(...(text ? [h("span", { class: stop ? "stop" : "" }, text)] : []), ...buttons,
      h("span", { class: "soft" }, `${plural(hunt.mistakes, "mistake")} in ${thousands(hunt.reviewed)} reviewed of ${
        plural(hunt.batches, "batch", "batches")}, ${thousands(hunt.left)} items left`));
  }

  async take(step, hunt) {
    if (!this.is) return note("An audit is drawn at random: it has no next batch.");
    try {
      if (step === "open") location.hash = `#/job/${hunt.open}`;
      else {
        const n = step === "next" ? BATCH : CONTROL;
        const job = await post(`jobs/${this.job}/${step}`, { n });
        location.hash = `#/job/${job.job}`;
      }
    } catch (error) {
      note(error.message, true);
    }
  }
}
