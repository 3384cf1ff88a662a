// The frame of all views: the head, the theme, which view the address names.

import { get } from "./api.js";
import { button, h, note, say } from "./dom.js";
import { home } from "./home.js";
import { read, write } from "./keep.js";
import { help, keys } from "./keys.js";
import { queue } from "./queue.js";
import { report } from "./report.js";
import { review } from "./review.js";
import { search } from "./search.js";

const VIEWS = { "": home, job: review, search, report };
const THEMES = ["auto", "light", "dark"];
const main = document.getElementById("main");
let leave = null; // of the view at hand

/** #/job/7?seed=12 -> {name: "job", id: 7, query}. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, id] = path.split("/");
  return { name, id: Number(id) || null, query: new URLSearchParams(query) };
}

async function open() {
  const { name, id, query } = route();
  leave?.();
  leave = null;
  keys("everywhere");
  document.querySelectorAll("dialog[open]").forEach((box) => box.close());
  for (const link of document.querySelectorAll("#head nav a"))
    link.toggleAttribute("aria-current", link.dataset.view === name);
  main.className = name || "home";
  main.replaceChildren(h("p", { class: "soft", role: "status" }, "…"));
  const view = VIEWS[name] ?? home;
  const here = location.hash;
  try {
    const end = await view(main, { id, query });
    if (location.hash !== here) end?.();
    else leave = end ?? null;
  } catch (error) {
    if (location.hash !== here) return;
    main.className = "trouble";
    main.replaceChildren(h("div", { class: "page", role: "alert" }, h("h1", null, "This did not work"),
      h("p", { class: "mistake" }, error.message), h("div", { class: "row" }, button("try again", null, open),
        h("a", { href: "#/" }, "to the home page"))));
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  write("theme", theme === "auto" ? null : theme);
}

/** What is on its way to the disk; nothing to see while all of it is there. */
function savedLamp() {
  const lamp = h("span", { class: "lamp", role: "status" });
  queue.addEventListener("change", () => {
    const { count, trouble } = queue;
    lamp.className = `lamp ${count === 0 ? "saved" : trouble ? "trouble" : "busy"}`;
    lamp.textContent = count === 0 ? "saved" : `${count} not saved yet${
      trouble ? `: ${trouble.split(";")[0]}, trying again` : ""}`;
    lamp.title = trouble;
  });
  return lamp;
}

function reviewerField(status) {
  const field = h("input", { type: "text", size: "10", maxlength: "60", spellcheck: "false", autocomplete: "off",
    "aria-label": "reviewer: your name on verdicts", title: "your name on verdicts",
    value: read("reviewer") ?? status.reviewer ?? "" });
  field.addEventListener("change", () => write("reviewer", field.value.trim() || null));
  return field;
}

function themeButton() {
  const text = () => `theme: ${document.documentElement.dataset.theme}`;
  const change = button(text(), null, () => {
    setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);
    change.textContent = text();
  });
  return change;
}

function head(status) {
  const views = [["", "Home"], ["search", "Search"], ["report", "Report"]];
  document.getElementById("head").replaceChildren(
    h("a", { class: "name", href: "#/" }, "kin"), h("span", { class: "dataset" }, h("bdi", null, status.name ?? "")),
    h("nav", { "aria-label": "views" }, views.map(([view, text]) =>
      h("a", { href: `#/${view}`, data: { view } }, text))),
    savedLamp(), h("label", { class: "who" }, h("span", null, "reviewer"), reviewerField(status)), themeButton(),
    button("keys", "?", help));
}

/** Verdicts that an earlier page could not send: whether they still hold is for their reviewer to say. */
function offerLeftOver(left) {
  if (left.length === 0) return;
  const count = left.reduce((sum, task) => sum + task.verdicts.length, 0);
  const bar = h("div", { class: "left-over", role: "alert" },
    `${count} verdicts of an earlier page did not reach the disk.`,
    button("save them now", null, () => {
      bar.remove();
      for (const task of left) queue.judge({ ...task, failed: (error) => note(error.message, true) });
    }), button("forget them", null, () => (queue.forget(), bar.remove())));
  document.getElementById("head").after(bar);
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address after # names the view
  main.focus();
});
history.replaceState(null, "", `/${location.hash}`); // the token has done its work: it is a cookie now
setTheme(read("theme", "auto"));
try {
  const status = await get("status", { brief: 1 });
  document.title = `${status.name} – kin`;
  head(status);
  offerLeftOver(queue.begin(status.name));
  addEventListener("hashchange", () => {
    open();
    main.focus({ preventScroll: true });
    say(`${route().name || "home"} view`);
  });
  await open();
} catch (error) {
  main.replaceChildren(h("div", { class: "page", role: "alert" }, h("h1", null, "kin"),
    h("p", { class: "mistake" }, error.message), h("p", null, error.code === "token"
      ? "Open the address that kin serve printed, with its token." : "Then load this page again.")));
}
