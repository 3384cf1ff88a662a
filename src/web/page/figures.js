// Parts that the home view and the report share: figures at a glance, slices with their intervals, patterns.

import { get, post } from "./api.js";
import { button, data, h, note } from "./dom.js";
import { BATCH } from "./hunt.js";
import { crop } from "./pictures.js";
import { axis, interval, rateScale } from "./plot.js";
import { percent, plural, range, round, thousands } from "./words.js";

/** The agreement that the team has: its threshold in per cent. */
export const SLA = 95;

const card = (title, big, kind, ...lines) => h("li", { class: "card" }, h("h2", null, title),
  h("p", { class: `big ${kind}` }, big), lines.filter(Boolean).map((line) => h("p", null, line)));

function agreementCard(agreement, score) {
  if (!agreement) return null;
  const { verdict, threshold, p_pass: pass, p_fail: fail, more, likely, decided_at: decided } = agreement;
  const risk = round(agreement.risk);
  return card(`Agreement: ${round(threshold)}`, verdict, `word ${verdict}`,
    verdict === "undecided" ? (more ? `about ${plural(more, "more image")} to ${likely ?? "tell"}`
      : "audit images to tell")
      : `told after ${plural(decided, "image")}, at a risk of ${risk}`,
    score.tasks > 0 && `p of pass ${pass?.toFixed(3) ?? "–"}, of fail ${fail?.toFixed(3) ?? "–"}`);
}

/** Score, agreement, rate, what remains. */
export function cards(report) {
  const { score, agreement, rate, remaining, unit } = report, units = unit === "shape" ? "shapes" : "images";
  return h("ul", { class: "cards" },
    card("Quality score", score.tasks ? percent(score.value) : "not audited", "",
      score.tasks ? `${range(score.lo, score.hi)}, at any time` : "audit whole pictures to have one",
      `${thousands(score.tasks)} of ${plural(score.population, "image")} audited; score by ${score.rule}`),
    agreementCard(agreement, score),
    card(`Mistakes among ${units}`, rate.n ? percent(rate.value) : "not audited", "",
      rate.n ? `${range(rate.lo, rate.hi)} (95 %)` : "", rate.n ? `n = ${thousands(rate.n)}, ${rate.method}` : ""),
    card("Known, and remaining", `${thousands(report.known)} known`, "",
      remaining.total === null ? "an audit estimates how many remain"
        : `about ${thousands(remaining.left)} remain (${thousands(remaining.left_lo)} to ${
          thousands(remaining.left_hi)})`,
      `of ${plural(report.population, unit)}`));
}

export const sliceName = (slice) => [slice.key, " = ", data(slice.value),
  slice.key2 && [" and ", slice.key2, " = ", data(slice.value2)]];

export const standing = (slice) => (slice.q !== null && slice.q <= 0.05 ? "noisy" : slice.more !== null ? "thin" : "");

const small = (q) => (q < 0.001 ? "< 0.001" : `= ${q?.toPrecision(2)}`);

/** What the audit says of a slice, in words. */
export const standingText = (slice) => ({ noisy: `noisier: q ${small(slice.q)}`,
  thin: slice.more >= 1 ? `needs ${thousands(slice.more)} more` : "not told yet", "": slice.rate.n ? "not noisier"
    : "not audited" })[standing(slice)];

const COLUMNS = [
  { name: "slice", words: true, of: (one) => `${one.key} ${one.value} ${one.value2 ?? ""}`, show: sliceName },
  { name: "rate", of: (one) => one.rate.value, show: (one) => percent(one.rate.value) },
  { name: "95 % interval", plot: true, of: (one) => one.rate.lo },
  { name: "audited", of: (one) => one.audited, show: (one) => thousands(one.audited), extra: true },
  { name: "mistakes", of: (one) => one.mistakes, show: (one) => thousands(one.mistakes), extra: true },
  { name: "items", of: (one) => one.population, show: (one) => thousands(one.population) },
  { name: "known", of: (one) => one.known, show: (one) => thousands(one.known) },
  { name: "remain", of: (one) => one.remaining.left, show: (one) => thousands(one.remaining.left) },
  { name: "lift", of: (one) => one.lift, extra: true,
    show: (one) => (one.lift === null ? "–" : `×${one.lift.toFixed(1)}`) },
  { name: "what it says", words: true, of: (one) => one.q, show: standingText },
];

const compare = (a, b) => (a === null || a === undefined ? 1 : b === null || b === undefined ? -1
  : typeof a === "string" ? a.localeCompare(b) : a - b);

/** Slices as a table with an interval each; `short`: only what matters at a glance. Heads sort it. */
export function sliceTable(report, slices, { short = false } = {}) {
  const columns = COLUMNS.filter((column) => !short || ["slice", "rate", "95 % interval"].includes(column.name));
  const scale = rateScale(Math.max(0.01, ...slices.map((one) => one.rate.hi ?? 0)));
  const body = h("tbody");
  let order = null, down = true;

  function cell(column, slice) {
    if (column.plot)
      return h("td", { class: "drawn" }, slice.rate.n ? interval(scale, slice.rate, report.rate.value, standing(slice))
        : h("span", { class: "soft" }, "not audited"));
    const kind = column.words ? "words" : column.extra ? "extra" : "";
    return h(column === columns[0] ? "th" : "td", { class: kind, scope: column === columns[0] ? "row" : null },
      column.show(slice));
  }

  function fill() {
    const sorted = order === null ? slices : [...slices].sort((a, b) => {
      const [x, y] = [order.of(a), order.of(b)];
      return x === null || y === null ? compare(x, y) : down ? compare(y, x) : compare(x, y);
    });
    body.replaceChildren(...sorted.map((slice) => h("tr", { class: standing(slice) },
      columns.map((column) => cell(column, slice)))));
  }

  const heads = columns.map((column) => h("th", { scope: "col",
    class: column.plot ? "drawn" : column.words ? "words" : column.extra ? "extra" : "" },
  short ? column.name : h("button", { type: "button", onclick: (event) => {
    down = order === column ? !down : !column.words;
    order = column;
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    event.currentTarget.parentElement.setAttribute("aria-sort", down ? "descending" : "ascending");
    fill();
  } }, column.name), column.plot && axis(scale)));
  fill();
  return h("div", { class: "wide" }, h("table", { class: short ? "slices short" : "slices" },
    h("thead", null, h("tr", null, heads)), body));
}

/** A button that makes a job and goes there. */
export function jobButton(text, wish, main = false) {
  const one = button(text, null, async () => {
    one.disabled = true;
    try {
      const { jobs } = await post("jobs", { n: BATCH, ...wish });
      location.hash = jobs.length === 1 ? `#/job/${jobs[0].job}` : "#/";
      if (jobs.length > 1) note(`${plural(jobs.length, "job")} made, one for each known mistake.`);
    } catch (error) {
      note(error.message, true);
      one.disabled = false;
    }
  }, { class: main ? "main" : "" });
  return one;
}

/** Patterns as strips of pictures, each with "review its kin". */
export async function patternStrips(host, most) {
  const { patterns, mistakes, unnamed } = await get("patterns", { strip: 10 });
  const items = patterns.slice(0, most).map((one) => h("li", { class: "pattern" },
    h("div", { class: "head" }, h("h3", null, data(one.given), " → ", data(one.right)),
      h("p", null, one.left > 0 ? `${thousands(one.known)} known, about ${thousands(one.predicted)} more predicted ` +
        `among ${thousands(one.left)} not reviewed` : `${thousands(one.known)} known, all candidates reviewed`,
        h("span", { class: "soft" }, one.tightness.p !== null &&
          one.tightness.p <= 0.05 ? "; they look alike" : "", one.enriched.p !== null && one.enriched.p <= 0.05
          ? "; more often near them than elsewhere" : "")),
      one.left > 0 && jobButton("review its kin", { pattern: one.pattern }, true)),
    h("div", { class: "strip" }, one.items.map((item) => h("a", { href: `#/search?like=${item.id}`, title: item.name,
      "aria-label": `more like ${item.name}` }, crop(item, 96))))));
  host.replaceChildren(...(items.length > 0 ? [h("ul", { class: "patterns" }, items)]
    : [h("p", { class: "soft" }, mistakes === 0 ? "No mistake is known yet."
      : "No three known mistakes share given and right label.")]),
  unnamed > 0 ? h("p", { class: "soft" }, `${plural(unnamed, "mistake")} without a right label: in no pattern.`) : "");
}
