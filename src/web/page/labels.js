// Choosing a label by typing, with completion: beginnings first, then beginnings of words, then letters in order.

import { get } from "./api.js";
import { data, h } from "./dom.js";
import { plural } from "./words.js";

let known = null;

/** [{label, items}], most first; asked for once a page. */
export async function labels() {
  known ??= get("labels").then((answer) => answer.labels);
  known.catch(() => (known = null));
  return known;
}

function rank(label, text) {
  const low = label.toLowerCase(), wanted = text.toLowerCase();
  if (low === wanted) return 0;
  if (low.startsWith(wanted)) return 1;
  if (low.split(/[\s_\-/.]+/).some((word) => word.startsWith(wanted))) return 2;
  if (low.includes(wanted)) return 3;
  let at = 0;
  for (const letter of wanted) {
    at = low.indexOf(letter, at) + 1;
    if (at === 0) return -1;
  }
  return 4;
}

/** The best fits, recent ones first among equals. */
export function complete(list, text, recent = [], most = 9) {
  const fits = list.map((one) => ({ ...one, rank: text ? rank(one.label, text) : 1, used: recent.indexOf(one.label) }))
    .filter((one) => one.rank >= 0);
  const place = (one) => (one.used < 0 ? recent.length : one.used);
  return fits.sort((a, b) => a.rank - b.rank || place(a) - place(b) || b.items - a.items).slice(0, most);
}

/**
 * A field that completes, in place of `host`'s content. Ends with a label, or null where it was left with Escape.
 * options: {recent, not: a label that makes no sense}
 */
export async function askLabel(host, title, options = {}) {
  const all = (await labels().catch(() => [])).filter((one) => one.label !== options.not);
  return new Promise((settle) => {
    let shown = [], at = 0, left = false;
    const list = h("ul", { id: "completions", role: "listbox", "aria-label": "labels" });
    const field = h("input", { type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-label": title, "aria-expanded": "true", "aria-controls": "completions", "aria-autocomplete": "list" });
    const box = h("div", { class: "asking" }, h("label", null, title, field), list,
      h("p", { class: "soft" }, h("kbd", null, "↵"), " takes it, ", h("kbd", null, "Esc"), " leaves"));

    function finish(label) {
      if (left) return; // taking the field away blurs it, which comes here again
      left = true;
      box.remove();
      settle(label);
    }

    function show() {
      const text = field.value.trim();
      shown = complete(all, text, options.recent);
      if (text && !shown.some((one) => one.label === text)) shown.push({ label: text, items: null });
      at = Math.min(at, shown.length - 1);
      list.replaceChildren(...shown.map((one, i) => h("li", { role: "option", id: `completion-${i}`,
        "aria-selected": String(i === at), onpointerdown: (event) => (event.preventDefault(), finish(one.label)) },
      data(one.label), h("span", { class: "soft" }, one.items === null ? "a new label"
        : plural(one.items, "item")))));
      field.setAttribute("aria-activedescendant", shown.length ? `completion-${at}` : "");
    }

    field.addEventListener("input", () => ((at = 0), show()));
    field.addEventListener("blur", () => finish(null));
    field.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) at = (at + step + shown.length) % Math.max(1, shown.length);
      else if (event.key === "Tab" && shown[at]) field.value = shown[at].label;
      else if (event.key === "Enter") return finish(shown[at]?.label ?? null);
      else if (event.key === "Escape") return finish(null);
      else return;
      event.preventDefault();
      show();
    });
    host.append(box);
    show();
    field.focus();
  });
}
