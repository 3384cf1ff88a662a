// Where things stand and what to do next.

import { get, post } from "./api.js";
import { data, h, note } from "./dom.js";
import { plural, thousands } from "./words.js";

function jobRow(job) {
  const done = job.items > 0 && job.reviewed === job.items;
  return h("li", null, h("a", { href: `#/job/${job.job}` }, h("b", null, `${job.job}`),
    h("span", { class: "title" }, data(job.title)),
    h("progress", { max: job.items || 1, value: job.reviewed, "aria-label": "reviewed" }),
    h("span", { class: "soft" }, done ? `done, ${plural(job.mistakes, "mistake")}`
      : `${thousands(job.reviewed)} of ${thousands(job.items)}, ${plural(job.mistakes, "mistake")}`)));
}

/** Open jobs first, newest first; the done ones folded away. */
export function jobList(jobs) {
  const open = jobs.filter((job) => job.reviewed < job.items).reverse();
  const done = jobs.filter((job) => job.reviewed >= job.items).reverse();
  return [open.length > 0 ? h("ul", { class: "jobs" }, open.map(jobRow)) : h("p", { class: "soft" }, "No open job."),
    done.length > 0 && h("details", null, h("summary", null, plural(done.length, "finished job")),
      h("ul", { class: "jobs" }, done.map(jobRow)))];
}

/** The form that draws a random job, and goes there. */
export function auditForm(keysToStratify) {
  const count = h("input", { type: "number", min: "1", max: "100000", value: "300", required: true });
  const unit = h("select", null, h("option", { value: "asset" }, "whole pictures"),
    h("option", { value: "shape" }, "single shapes"));
  const stratify = h("select", null, h("option", { value: "" }, "nothing: simple random"),
    keysToStratify.map((key) => h("option", { value: key }, key)));
  return h("form", { class: "row", onsubmit: async (event) => {
    event.preventDefault();
    try {
      const job = await post("audits", { count: Number(count.value), stratify: stratify.value || undefined,
        unit: stratify.value ? undefined : unit.value });
      location.hash = `#/job/${job.job}`;
    } catch (error) {
      note(error.message, true);
    }
  } }, h("label", null, "how many", count), h("label", null, "of", unit),
  h("label", null, "with a share for each", stratify), h("button", { class: "main" }, "Start an audit"));
}

export async function home(host) {
  const [{ jobs }, { attributes }] = await Promise.all([get("jobs"), get("attributes")]);
  const useful = ["label", ...attributes.filter((one) => one.key !== "label" && one.count > 1 && one.count <= 50)
    .map((one) => one.key)];
  host.replaceChildren(h("div", { class: "page" }, h("h1", null, "Review"), jobList(jobs),
    h("h2", null, "Start an audit"), auditForm(useful)));
}
