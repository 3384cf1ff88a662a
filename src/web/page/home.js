// Where things stand, and what to do next.

import { get, post } from "./api.js";
import { data, h, note } from "./dom.js";
import { SLA, cards, jobButton, patternStrips, sliceTable, standing } from "./figures.js";
import { arrows, plural, thousands } from "./words.js";

const NOISIEST = 8;
const PATTERNS = 4;
const STEPS = 3;

function jobRow(job) {
  const done = job.items > 0 && job.reviewed === job.items;
  return h("li", null, h("a", { href: `#/job/${job.job}` }, h("b", null, `${job.job}`),
    h("span", { class: "title" }, data(arrows(job.title ?? job.kind))),
    h("progress", { max: job.items || 1, value: job.reviewed, "aria-label": "reviewed" }),
    h("span", { class: "soft" }, done ? `done, ${plural(job.mistakes, "mistake")}`
      : `${thousands(job.reviewed)} of ${thousands(job.items)}, ${plural(job.mistakes, "mistake")}`)));
}

/** Open jobs first, newest first; the done ones folded away. */
function jobList(jobs) {
  const open = jobs.filter((job) => job.reviewed < job.items).reverse();
  const done = jobs.filter((job) => job.reviewed >= job.items).reverse();
  return [open.length > 0 ? h("ul", { class: "jobs" }, open.map(jobRow)) : h("p", { class: "soft" }, "No open job."),
    done.length > 0 && h("details", { class: "done" }, h("summary", null, plural(done.length, "finished job")),
      h("ul", { class: "jobs" }, done.map(jobRow)))];
}

/** The form that draws a random job, and goes there. */
function auditForm(keysToStratify) {
  const count = h("input", { type: "number", min: "1", max: "100000", value: "300", required: true });
  const unit = h("select", null, h("option", { value: "asset" }, "whole pictures"),
    h("option", { value: "shape" }, "single shapes"));
  const stratify = h("select", null, h("option", { value: "" }, "nothing"),
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

function toAudit() {
  return h("a", { href: "#/", onclick: (event) => {
    event.preventDefault();
    document.querySelector("form input").focus();
  } }, "start an audit");
}

/** What the report advises, with a way to do it here. */
function nextSteps(next, slices, jobs) {
  const waiting = jobs.filter((job) => job.reviewed < job.items);
  const jobOf = (step) => {
    const id = Number(/^Job (\d+) /.exec(step.text)?.[1]);
    return waiting.find((job) => job.job === id) ?? waiting[0];
  };
  const toReport = () => h("a", { href: "#/report" }, "see the report");
  const noisy = slices.filter((slice) => standing(slice) === "noisy"); // advised in the same order
  const toSuspects = () => {
    const { key, value, key2, value2 } = noisy.shift() ?? {};
    const where = { ...(key && { [key]: value }), ...(key2 && { [key2]: value2 }) }, { label } = where;
    delete where.label;
    return key ? jobButton("review suspicious items in it", { of: "suspects", label, where }) : toReport();
  };
  const ways = { audit: toAudit, more: toAudit, noise: toSuspects, thin: toReport,
    kin: () => jobButton("review the kin of all known mistakes", { of: "mistakes" }),
    review: (step) => {
      const { job } = jobOf(step) ?? {};
      return job && h("a", { href: `#/job/${job}` }, `go on with job ${job}`);
    } };
  const text = (step) => {
    const job = step.kind === "review" && jobOf(step);
    if (!job) return step.text;
    return `Job ${job.job} waits: ${thousands(job.reviewed)} of ${thousands(job.items)} are reviewed.${
      job.kind === "audit" ? " Go from the top without a gap: an audit counts as far as that." : ""}`;
  };
  const first = next.findIndex((step) => step.kind === "review"); // the others are among the open jobs
  const shown = next.filter((step, i) => step.kind !== "review" || i === first);
  const list = shown.map((step) => h("li", null, h("p", null, data(text(step))),
    ways[step.kind] && h("div", { class: "row" }, ways[step.kind](step))));
  return [h("ol", { class: "steps" }, list.slice(0, STEPS)), list.length > STEPS && h("details", null,
    h("summary", null, `${list.length - STEPS} more`), h("ol", { class: "steps on" }, list.slice(STEPS)))];
}

export async function home(host) {
  const wait = () => h("p", { class: "soft" }, "…");
  const top = h("div", null, wait()), noisy = h("div", null, wait()), patterns = h("div", null, wait());
  const [{ jobs }, { attributes }] = await Promise.all([get("jobs"), get("attributes")]);
  const useful = ["label", ...attributes.filter((one) => one.key !== "label" && one.count > 1 && one.count <= 50)
    .map((one) => one.key)];
  const steps = h("div");
  host.replaceChildren(h("div", { class: "page" }, h("h1", { class: "unseen" }, "Home"), top,
    h("div", { class: "halves" },
      h("section", null, h("h2", null, "Next"), steps, h("h2", null, "Open jobs"), jobList(jobs)),
      h("section", null, h("h2", null, "Noisiest slices"), noisy,
        h("p", null, h("a", { href: "#/report" }, "all slices, and the course of the score")),
        h("h2", null, "Start an audit"), auditForm(useful), h("h2", null, "Or look where mistakes are likely"),
        h("div", { class: "row" }, jobButton("review suspicious labels", { of: "suspects" }),
          jobButton("review the kin of all known mistakes", { of: "mistakes" })))),
    h("h2", null, "Patterns: the same mistake again and again"), patterns));
  const failed = (place) => (error) => place.replaceChildren(h("p", { class: "mistake" }, error.message));
  get("report", { sla: SLA, full: 1 }).then((report) => {
    top.replaceChildren(cards(report));
    const audited = report.slices.filter((one) => one.rate.n > 0).slice(0, NOISIEST);
    noisy.replaceChildren(audited.length > 0 ? sliceTable(report, audited, { short: true })
      : h("p", { class: "soft" }, "Nothing is audited yet: rates come from random audits only."));
    steps.replaceChildren(...nextSteps(report.next, report.slices, jobs).filter(Boolean));
  }).catch(failed(top));
  patternStrips(patterns, PATTERNS).catch(failed(patterns));
}
