// Keys of the view at hand, and the page that lists them. A view hands over rows of {keys, does, run, shift, control}:
// `keys` are KeyboardEvent.key values. Single letters can be switched off, for those who speak to their machine.

import { dialog, h } from "./dom.js";
import { read, write } from "./keep.js";

let rows = [];
let title = "";

const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc",
  PageDown: "Page ↓", PageUp: "Page ↑" };

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

// Enter and Space work the button or link that has the focus.
const isPressing = (event) => (event.key === "Enter" || event.key === " ") &&
  event.target.closest?.("button, a[href], summary");

function fits(row, event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const control = event.ctrlKey || event.metaKey;
  return row.keys.includes(key) && control === Boolean(row.control) && !event.altKey &&
    (row.shift === undefined || row.shift === event.shiftKey);
}

/** The keys from now on; none: keys(""). */
export function keys(name, list = []) {
  title = name;
  rows = list;
}

export function help() {
  if (document.querySelector("dialog.keys")) return;
  const body = rows.filter((row) => row.does).map((row) => h("div", null,
    h("dt", null, (row.show ?? row.keys.map((key) => NAMES[key] ?? key.toUpperCase())).map((key) =>
      h("kbd", null, key))),
    h("dd", null, row.does)));
  const letters = h("input", { type: "checkbox", checked: read("letters", true) });
  letters.addEventListener("change", () => write("letters", letters.checked));
  const box = dialog(`Keys: ${title}`, h("dl", null, body),
    h("label", null, letters, " keys of a single letter or digit work"),
    h("p", { class: "soft" }, "Mouse: click goes to an item, drag selects several, Shift extends, Ctrl adds."));
  box.classList.add("keys");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event.target) || isPressing(event)) return;
  const modal = document.querySelector("dialog[open]");
  if (modal && !modal.classList.contains("lets-keys")) return;
  if (event.key === "?") {
    event.preventDefault();
    help();
    return;
  }
  const row = rows.find((one) => fits(one, event));
  if (!row || (event.key.length === 1 && event.key !== " " && !read("letters", true))) return;
  event.preventDefault();
  row.run(event);
});
