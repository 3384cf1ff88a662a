// The report: every slice, the course of the score, patterns, audits; to be saved as a page and as a table.

import { address, get } from "./api.js";
import { data, h } from "./dom.js";
import { cards, patternStrips, sliceTable, SLA } from "./figures.js";
import { read, write } from "./keep.js";
import { course } from "./plot.js";
import { arrows, day, plural, thousands } from "./words.js";

const AGREEMENTS = [90, 95, 97, 99];

function auditTable(audits) {
  if (audits.length === 0) return h("p", { class: "soft" }, "No audit yet.");
  const heads = ["job", "drawn at", "what", "unit", "drawn", "of", "reviewed", "counted", "mistakes"];
  return h("div", { class: "wide" }, h("table", null,
    h("thead", null, h("tr", null, heads.map((head, i) =>
      h("th", { scope: "col", class: i > 3 ? "" : "words" }, head)))),
    h("tbody", null, audits.map((one) => h("tr", null,
      h("th", { scope: "row", class: "words" }, h("a", { href: `#/job/${one.job}` }, `${one.job}`)),
      h("td", { class: "words" }, day(one.created)), h("td", { class: "words" }, data(arrows(one.title ?? ""))),
      h("td", { class: "words" }, one.unit === "asset" ? "pictures" : "shapes"),
      [one.drawn, one.population, one.reviewed, one.counted, one.mistakes].map((n) => h("td", null, thousands(n))))))));
}

function slicePart(report) {
  const audited = report.slices.filter((one) => one.rate.n > 0), rest = report.slices.length - audited.length;
  if (audited.length === 0)
    return h("p", { class: "soft" }, "Nothing is audited yet. Rates come from random audits only, so a data set that " +
      "was never audited has none: start one on the home page.");
  return [h("p", { class: "soft" }, `${plural(report.tested, "slice")} tested against the rest, q values corrected ` +
    `for that. The dashed line is the rate of all; "needs" says ` +
    `how many more audited items would tell.${rest > 0 ? ` ${plural(rest, "slice")} not audited.` : ""}`),
  sliceTable(report, report.slices)];
}

export async function report(host) {
  const sla = h("select", { "aria-label": "agreement" }, AGREEMENTS.map((one) =>
    h("option", { value: one, selected: one === read("sla", SLA) }, `${one} %`)));
  const rule = h("select", { "aria-label": "score" }, ["share", "opportunity"].map((one) => h("option", null, one)));
  const pairs = h("input", { type: "checkbox" });
  const files = h("span", { class: "row files" }), body = h("div");
  host.replaceChildren(h("div", { class: "page" }, h("div", { class: "row" }, h("h1", null, "Report"),
    h("label", null, "agreement", sla), h("label", null, "score", rule),
    h("label", { class: "check" }, pairs, "pairs of values, too"), files), body));

  async function show() {
    const wish = { sla: sla.value, score: rule.value, pairs: pairs.checked ? 1 : null };
    write("sla", Number(sla.value));
    files.replaceChildren(h("a", { href: address("report.html", wish), download: "kin-report.html" }, "save as a page"),
      h("a", { href: address("report.csv", wish), download: "kin-slices.csv" }, "save as CSV"));
    body.setAttribute("aria-busy", "true");
    const report = await get("report", { ...wish, full: 1 });
    const patterns = h("div", null, h("p", { class: "soft" }, "…"));
    body.removeAttribute("aria-busy");
    body.replaceChildren(cards(report),
      report.course.length > 1 ? h("figure", { class: "card" },
        course(report.course, report.agreement?.threshold ?? null),
        h("figcaption", null, "Running score with its confidence sequence: valid however often one looks.")) : "",
      h("h2", null, "Slices"), h("div", null, slicePart(report)), h("h2", null, "Patterns"), patterns,
      h("h2", null, "Audits"), auditTable(report.audits));
    patternStrips(patterns, 50).catch((error) => patterns.replaceChildren(error.message));
  }

  const again = () => show().catch((error) => body.replaceChildren(h("p", { class: "mistake" }, error.message)));
  for (const field of [sla, rule, pairs]) field.addEventListener("change", again);
  await show();
}
