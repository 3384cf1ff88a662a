// Reviewing a job: pages of crops, verdicts by key. A verdict is shown, counted and sent at once; what others judge
// meanwhile appears by itself.

import { get, post } from "./api.js";
import { button, data, dialog, h, note, say } from "./dom.js";
import { Grid, SIZES } from "./grid.js";
import { BATCH, Hunt } from "./hunt.js";
import { read, write } from "./keep.js";
import { keys } from "./keys.js";
import { askLabel, labels } from "./labels.js";
import { facts, foresee, look } from "./look.js";
import { crop, cropAddress, image } from "./pictures.js";
import { queue } from "./queue.js";
import { Rows } from "./rows.js";
import { arrows, chance, isMistake, plural, thousands, verdictText } from "./words.js";

const POLL = 1500; // ms
const QUICK = 6; // recent labels with a key, 4 to 9
const SIDE = 640; // pixels of the picture beside the grid
const LARGE = 1600;

class Review {
  #page = { rows: [], start: { chunk: 0, offset: 0 }, next: null };
  #history = []; // of this page: what U takes back, latest last
  #undone = [];
  #busy = new Map(); // row -> calls under way that touch it
  #close = false; // the look: near the box instead of the whole picture
  #large = null; // dialog
  #turning = null; // a promise, while the next page is on its way

  constructor(host, job) {
    this.job = job;
    this.right = job.should_be ?? job.likes[0]?.verdict?.should_be; // of the mistake that was looked for
    this.rows = new Rows(job);
    this.hunt = new Hunt(job);
    this.size = Math.min(read("tile", 2), SIZES.length - 1);
    this.grid = new Grid(`items of job ${job.job}`, { current: () => this.#looked(), hover: (row) => this.#hover(row),
      open: () => this.#enlarge(), selection: () => this.#tell() });
    this.parts = { count: h("span", { class: "count" }), bar: h("progress", { max: "1", "aria-label": "reviewed" }),
      place: h("span", { class: "soft place" }), look: h("div", { class: "look" }),
      about: h("div", { class: "about" }), quick: h("div", { class: "quick" }), seed: h("div", { class: "seed" }) };
    host.replaceChildren(this.#bar(), h("div", { class: "stage" }, this.grid.element, this.#side()), this.#foot());
    keys(`job ${job.job}`, this.#keys());
    this.#watch();
  }

  async begin() {
    const all = { chunk: 0, offset: 0 };
    const last = this.job.reviewed > 0 ? read(`place.${this.job.job}`, all) : all;
    const open = await this.rows.findOpen(last.chunk < this.rows.chunks ? last : all);
    await this.#open(open ?? all);
    if (!open && this.job.items > 0 && last.chunk > 0) await this.#open((await this.rows.findOpen(all)) ?? all);
    this.grid.focus();
    this.#showSeed();
    this.#showQuick();
    this.hunt.ask();
    labels().catch(() => {}); // there when they are asked for
  }

  end() {
    clearInterval(this.timer);
    this.sizes.disconnect();
    document.removeEventListener("visibilitychange", this.visible);
  }

  #watch() {
    this.timer = setInterval(() => this.#poll(), POLL);
    this.visible = () => this.#poll();
    document.addEventListener("visibilitychange", this.visible);
    this.sizes = new ResizeObserver(() => this.grid.moved && this.#reflow());
    this.sizes.observe(this.grid.element);
  }

  // ---- What stands around the grid ----

  #bar() {
    return h("div", { class: "bar" }, h("h1", null, data(arrows(this.job.title ?? `job ${this.job.job}`))),
      this.parts.bar, this.parts.count, this.parts.place, this.hunt.element);
  }

  #side() {
    return h("aside", { "aria-label": "the item at hand" }, this.parts.seed, this.parts.look, this.parts.about,
      this.parts.quick);
  }

  #key = (row) => (row.show ?? row.keys)[0].toUpperCase();

  /** Buttons of the keys that have one; in the large view of those that are about one item. */
  #foot(large = false) {
    const foot = h("div", { class: "foot", role: "toolbar", "aria-label": "verdicts" });
    for (const row of this.#keys())
      if (row.button && (row.one || !large)) foot.append(button(row.button, this.#key(row), () => {
        row.run({});
        if (!this.asking) this.#focus();
      }, { class: row.kind ?? "" }));
    return foot;
  }

  /** A key that comes while the page is turned is for the next one: it waits. */
  #there(run) {
    if (this.#turning) this.#turning.then(() => this.#there(run));
    else run();
  }

  #keys() {
    return this.#rows().map((row) => ({ ...row, run: (event) => this.#there(() => row.run(event)) }));
  }

  #rows() {
    const move = (dx, dy) => (event) => this.#move(dx, dy, event.shiftKey);
    return [
      { keys: ["ArrowLeft"], show: ["←"], does: "go to the item before; with Shift: select", run: move(-1, 0) },
      { keys: ["ArrowRight"], show: ["→"], does: "to the next item", run: move(1, 0) },
      { keys: ["ArrowUp"], show: ["↑"], does: "to the row above", run: move(0, -1) },
      { keys: ["ArrowDown"], show: ["↓"], does: "to the row below", run: move(0, 1) },
      { keys: ["1"], does: "ok", button: "ok", kind: "ok", one: true, run: () => this.#judge("ok") },
      { keys: ["2"], does: "minor mistake", button: "minor", kind: "minor", one: true,
        run: () => this.#judge("minor") },
      { keys: ["3"], does: "critical mistake", button: "critical", kind: "critical", one: true,
        run: () => this.#judge("critical") },
      { keys: ["s"], does: "the same mistake as the pinned one: critical, with its right label",
        button: this.right ? "same mistake" : null, one: true, run: () => this.#same() },
      { keys: ["l"], does: "the right label, by typing; critical where it is not minor already",
        button: "right label…", one: true, run: () => this.#label() },
      { keys: ["4", "5", "6", "7", "8", "9"], show: ["4", "9"], does: "critical, with a right label used lately",
        run: (event) => this.#quick(Number(event.key) - 4) },
      { keys: ["0", "Delete"], show: ["0"], does: "no verdict: takes back what was said of it",
        run: () => this.#judge("none") },
      { keys: ["m"], does: "something is missing on this picture", button: "missing…", run: () => this.#missing() },
      { keys: ["a"], control: false, does: "all the rest of this page is ok", button: "rest ok",
        run: () => this.#restOk() },
      { keys: ["u"], shift: false, does: "undo", button: "undo", one: true, run: () => this.#undo() },
      { keys: ["u"], shift: true, show: ["Shift U"], does: "do it again", run: () => this.#redo() },
      { keys: [" ", "PageDown"], show: ["Space"], shift: false, does: "next page", button: "next page",
        run: () => this.#turn(1) },
      { keys: ["PageUp", "Backspace"], show: ["Page ↑"], does: "page before", run: () => this.#turn(-1) },
      { keys: [" "], shift: true, run: () => this.#turn(-1) },
      { keys: ["o"], does: "to the next page with something to do", run: () => this.#toOpen() },
      { keys: ["k"], does: "review the kin of this mistake", button: "its kin", run: () => this.#kin() },
      { keys: ["n"], does: "the next batch of this hunt, ranked anew", run: () => this.hunt.take("next") },
      { keys: ["c"], does: "a random control: how much of this mistake is left", run: () => this.hunt.take("control") },
      { keys: ["Enter"], show: ["↵"], does: "see it large, and back", run: () => this.#enlarge() },
      { keys: ["z"], does: "near the box, or the whole picture", run: () => this.#zoom() },
      { keys: ["g", "+"], shift: false, does: "larger", run: () => this.#resize(1) },
      { keys: ["+"], shift: true, run: () => this.#resize(1) },
      { keys: ["g"], shift: true, show: ["Shift G"], does: "smaller", run: () => this.#resize(-1) },
      { keys: ["-"], run: () => this.#resize(-1) },
      { keys: ["a"], control: true, show: ["Ctrl A"], does: "select the whole page", run: () => this.grid.selectAll() },
      { keys: ["Escape"], show: ["Esc"], does: "select nothing", run: () => this.grid.clear() },
      { keys: ["?"], does: "these keys", run: () => {} },
    ];
  }

  #tell() {
    const { items, reviewed, mistakes } = this.job, { rows } = this.#page;
    this.parts.bar.value = items ? reviewed / items : 0;
    this.parts.count.replaceChildren(h("b", null, thousands(reviewed)), ` of ${thousands(items)} reviewed, `,
      h("b", null, thousands(mistakes)), mistakes === 1 ? " mistake" : " mistakes");
    const open = rows.filter((row) => !row.item.verdict).length;
    this.parts.place.textContent = rows.length === 0 ? "" : this.grid.selection > 0
      ? `${this.grid.selection} selected`
      : `at ${thousands(rows[0].position)} to ${thousands(rows.at(-1).position)}, ${open || "nothing"} open here`;
  }

  /** The mistake that was looked for, pinned beside the grid; of several the first with what it should be. */
  async #showSeed() {
    const { likes, given, should_be: right } = this.job;
    let seeds = likes;
    if (seeds.length === 0 && given)
      seeds = (await get("mistakes", { given, should_be: right, count: 4 }).catch(() => ({ items: [] }))).items;
    const [seed, ...more] = seeds;
    if (!seed) return;
    this.parts.seed.replaceChildren(crop(seed, 110), h("div", null, h("h2", null, "The mistake"),
      h("p", { class: "given" }, data(given ?? seed.label ?? "no label")),
      this.right && h("p", { class: "right" }, "→ ", data(this.right)),
      h("p", { class: "soft" }, data(seed.name)),
      more.length > 0 && h("div", { class: "more" }, more.slice(0, 3).map((one) => crop(one, 44)))));
  }

  #showQuick() {
    const recent = read("recent", []).slice(0, QUICK);
    this.parts.quick.replaceChildren(...recent.map((label, i) => button(h("span", null, "→ ", data(label)),
      `${i + 4}`, () => this.#quick(i))));
  }

  #hover(row) {
    clearTimeout(this.hovering);
    this.hovering = setTimeout(() => this.#look(row ?? this.grid.entry), row ? 60 : 200);
  }

  #looked() {
    clearTimeout(this.hovering);
    const row = this.grid.entry;
    this.#look(row);
    // What comes next should be there before it is asked for.
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      for (const next of this.grid.entries.slice(this.grid.current + 1, this.grid.current + 4))
        foresee(next.item, this.#close, this.#large ? LARGE : SIDE);
    }, 30);
  }

  #look(row) {
    if (!row) return;
    const others = this.rows.ofAsset(row.item.asset).map((one) => one.item);
    const options = { close: this.#close, others };
    if (this.#large) {
      this.#large.querySelector(".large").replaceChildren(look(row.item, { ...options, size: LARGE }));
      this.#large.querySelector(".caption").replaceChildren(...this.#caption(row));
      return;
    }
    this.parts.look.replaceChildren(look(row.item, { ...options, size: SIDE }));
    this.parts.about.replaceChildren(h("p", null, ...this.#caption(row)));
    clearTimeout(this.facts);
    this.facts = setTimeout(() => this.parts.about.append(facts(row.item)), 250);
  }

  #caption(row) {
    const { item } = row;
    return [h("b", null, item.label ? data(item.label) : item.unit === "asset" ? "whole picture" : "no label"), " · ",
      h("span", { class: item.verdict?.verdict ?? "soft" }, verdictText(item.verdict)),
      h("span", { class: "soft" }, row.note && ` · ${row.note}`)];
  }

  // ---- Pages ----

  #entries(rows) {
    for (const row of rows) {
      row.number = `${row.position} of ${this.job.items}`;
      row.note = this.#likely(row);
      row.mark = row.item.verdict?.reviewer && row.item.verdict.reviewer !== this.#reviewer()
        ? row.item.verdict.reviewer.slice(0, 3) : "";
    }
    return rows;
  }

  /** What the ranking says of a row. */
  #likely({ score }) {
    if (score === null || this.job.kind === "audit") return "";
    return this.job.ranking === "looks" ? `alike ${score.toFixed(2)}` : `likely ${chance(score)}`;
  }

  async #open(place, current = 0) {
    this.#show(await this.rows.take(place, this.grid.capacity(SIZES[this.size])), current);
  }

  #show(page, current = 0) {
    this.#page = page;
    this.grid.show(this.#entries(page.rows), current);
    write(`place.${this.job.job}`, page.start);
    this.#tell();
    this.#foresee();
  }

  async #foresee() {
    const { next } = this.#page;
    if (!next) return;
    const { rows } = await this.rows.take(next, this.grid.capacity(SIZES[this.size])).catch(() => ({ rows: [] }));
    for (const { item } of rows) if (item.state !== "gone") image(cropAddress(item, this.grid.size));
    if (rows[0]) foresee(rows[0].item, this.#close, SIDE);
  }

  #turn(direction) {
    this.#turning ??= this.#turnNow(direction).finally(() => (this.#turning = null));
  }

  async #turnNow(direction) {
    try {
      const { start, next } = this.#page, n = this.grid.capacity(SIZES[this.size]);
      if (direction > 0 && !next) return this.#atEnd();
      if (direction < 0 && start.chunk === 0 && start.offset === 0) return say("this is the first page");
      const page = direction > 0 ? await this.rows.take(next, n) : await this.rows.takeBefore(start, n);
      if (direction > 0 && page.rows.length === 0) return this.#atEnd();
      const open = page.rows.findIndex((row) => !row.item.verdict);
      this.#show(page, Math.max(0, open));
      this.#focus();
      this.hunt.ask();
    } catch (error) {
      note(error.message, true);
    }
  }

  async #atEnd() {
    const open = await this.rows.findOpen({ chunk: 0, offset: 0 });
    if (open) return note("This is the last page; O goes back to what is still open.");
    this.hunt.ask();
    note(`All of job ${this.job.job} is reviewed: ${plural(this.job.mistakes, "mistake")} in ${
      plural(this.job.items, "item")}.`);
  }

  async #toOpen() {
    const { next } = this.#page;
    const place = (next && (await this.rows.findOpen(next))) ?? (await this.rows.findOpen({ chunk: 0, offset: 0 }));
    if (!place) return this.#atEnd();
    await this.#open(place);
    this.#focus();
  }

  #reflow() {
    clearTimeout(this.flowing);
    this.flowing = setTimeout(async () => {
      const { start } = this.#page, row = this.grid.entry;
      await this.#open(start);
      const index = this.#page.rows.indexOf(row);
      if (index > 0) this.grid.go(index);
    }, 80);
  }

  #resize(step) {
    const size = Math.min(SIZES.length - 1, Math.max(0, this.size + step));
    if (size === this.size) return;
    this.size = size;
    write("tile", size);
    this.#reflow();
  }

  #move(dx, dy, extend) {
    if (this.grid.step(dx, dy, extend) || extend) return;
    if (dx + dy > 0 && this.#page.next) this.#turn(1);
    else if (dx + dy < 0) this.#turn(-1);
  }

  // ---- Verdicts ----

  #reviewer() {
    return document.querySelector("#head .who input")?.value.trim() || undefined;
  }

  /** Verdicts on rows: [[row, {verdict, should_be, kind, count}], …]. */
  #record(list, redoing = false) {
    if (list.length === 0) return;
    const before = new Map();
    const keep = (row) => before.has(row) || before.set(row, row.item.verdict);
    const reviewer = this.#reviewer();
    for (const [row, verdict] of list) {
      keep(row);
      row.item.verdict = verdict.verdict === "none" ? null : { ...verdict, reviewer };
      if (verdict.verdict !== "ok" || row.item.unit !== "asset") continue;
      for (const shape of this.rows.ofAsset(row.item.asset)) // an image that is ok says so of its shapes
        if (!shape.item.verdict) {
          keep(shape);
          shape.item.verdict = { verdict: "ok", reviewer };
        }
    }
    const task = { job: this.job.job, reviewer, verdicts: list.map(([row, verdict]) => ({ item: row.item.id,
      ...verdict })) };
    const entry = { task, before, list };
    task.done = () => this.#settle(entry);
    task.failed = (error) => {
      this.#settle(entry);
      for (const [row, verdict] of before) row.item.verdict = verdict;
      this.#history = this.#history.filter((one) => one !== entry);
      this.#redraw(before.keys());
      note(`Not recorded: ${error.message}`, true);
    };
    this.#history.push(entry);
    if (!redoing) this.#undone = [];
    this.#hold(entry, 1);
    this.#redraw(before.keys());
    queue.judge(task);
  }

  /** While a call is under way, what the server says of its rows may be older than what they show. */
  #hold({ before }, change) {
    for (const row of before.keys()) {
      const calls = (this.#busy.get(row) ?? 0) + change;
      if (calls > 0) this.#busy.set(row, calls);
      else this.#busy.delete(row);
    }
  }

  #settle(entry) {
    this.#hold(entry, -1);
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#poll(), 250);
  }

  #redraw(rows) {
    for (const row of rows) {
      const index = this.#page.rows.indexOf(row);
      if (index < 0) continue;
      this.#entries([row]);
      this.grid.refresh(index);
    }
    this.#tell();
  }

  #targets() {
    return this.grid.targets().map((index) => this.#page.rows[index]);
  }

  #judge(verdict, more = {}) {
    const rows = this.#targets();
    this.#record(rows.map((row) => {
      const said = row.item.verdict;
      const kept = verdict === "ok" || verdict === "none" || !isMistake(said) ? {}
        : { should_be: said.should_be ?? undefined, kind: said.kind ?? undefined };
      return [row, { verdict, ...kept, ...more }];
    }));
    if (verdict !== "none") this.#advance(rows, verdict);
  }

  /** To the next open item of the page; where there is none, the page is turned. */
  #advance(rows, verdict) {
    const all = this.#page.rows, last = rows.length ? all.indexOf(rows.at(-1)) : this.grid.current;
    this.grid.clear();
    let next = all.findIndex((row, i) => i > last && !row.item.verdict);
    if (next < 0) next = all.findIndex((row) => !row.item.verdict);
    if (next >= 0) this.grid.go(next);
    else if (this.#page.next) this.#turn(1);
    else {
      this.grid.go(Math.min(last + 1, all.length - 1));
      this.#atEnd();
    }
    const item = this.grid.entry?.item;
    say(`${rows.length > 1 ? `${rows.length} times ` : ""}${verdict}. Now ${item?.label ?? item?.name ?? ""}`);
  }

  #withLabel(label) {
    const rows = this.#targets();
    write("recent", [label, ...read("recent", []).filter((one) => one !== label)].slice(0, 20));
    this.#showQuick();
    this.#record(rows.map((row) => [row, { verdict: row.item.verdict?.verdict === "minor" ? "minor" : "critical",
      should_be: label }]));
    this.#advance(rows, `should be ${label}`);
  }

  #focus() {
    (this.#large?.querySelector(".large") ?? this.grid).focus();
  }

  async #ask(title, not) {
    if (this.asking) return null;
    this.asking = true;
    const host = this.#large ?? this.parts.about.parentElement;
    const label = await askLabel(host, title, { recent: read("recent", []), not });
    this.asking = false;
    this.#focus();
    return label;
  }

  async #label() {
    const rows = this.#targets();
    if (rows.length === 0) return;
    const label = await this.#ask(rows.length > 1 ? `right label of ${rows.length} items` : "right label",
      rows[0].item.label);
    if (label) this.#withLabel(label);
  }

  #quick(index) {
    const label = read("recent", [])[index];
    if (label) this.#withLabel(label);
  }

  #same() {
    if (this.right) this.#withLabel(this.right);
    else note("This job has no pinned mistake with a right label.");
  }

  async #missing() {
    const row = this.grid.entry;
    const asset = row && this.rows.ofAsset(row.item.asset).find((one) => one.item.unit === "asset");
    if (!asset) return note("Only a job of whole pictures can say that something is missing.");
    const label = await this.#ask("what is missing on the picture");
    if (!label) return;
    const said = asset.item.verdict, again = said?.kind === "missing";
    this.#record([[asset, { verdict: "critical", kind: "missing", count: again ? said.count + 1 : 1,
      note: again && said.note ? `${said.note}, ${label}` : label }]]);
    say(`missing ${label}`);
  }

  #restOk() {
    const rows = this.#page.rows.filter((row) => !row.item.verdict);
    if (rows.length === 0) return this.#turn(1);
    this.#record(rows.map((row) => [row, { verdict: "ok" }]));
    this.grid.clear();
    note(`${plural(rows.length, "item")} ok; U takes it back, Space goes on.`);
  }

  #undo() {
    const entry = this.#history.pop();
    if (!entry) return note("There is nothing to take back on this page.");
    for (const [row, verdict] of entry.before) row.item.verdict = verdict;
    this.#undone.push(entry);
    this.#hold(entry, 1);
    this.#redraw(entry.before.keys());
    queue.undo(entry.task, this.#reviewer(), ({ kept }) => {
      this.#settle(entry);
      if (kept > 0) this.#reload(kept);
    }, (error) => {
      this.#settle(entry);
      this.#reload();
      note(`Not taken back: ${error.message}`, true);
    });
    const first = entry.list[0][0], index = this.#page.rows.indexOf(first);
    if (index >= 0) this.grid.go(index);
    say(`taken back: ${plural(entry.list.length, "verdict")}`);
    if (index < 0 || entry.list.length > 1) note(`Taken back: ${plural(entry.list.length, "verdict")}.`);
  }

  #redo() {
    const entry = this.#undone.pop();
    if (!entry) return;
    this.#record(entry.list, true);
    say(`done again: ${plural(entry.list.length, "verdict")}`);
  }

  async #kin() {
    const { item } = this.grid.entry ?? {};
    if (!isMistake(item?.verdict)) return note("First say what is wrong with it (2, 3 or L); then K finds its kin.");
    try {
      location.hash = await kinOf(item);
    } catch (error) {
      note(error.message, true);
    }
  }

  // ---- The large view ----

  #zoom() {
    this.#close = !this.#close;
    this.#looked();
  }

  #enlarge() {
    if (this.#large) return this.#large.close();
    if (!this.grid.entry) return;
    const view = h("div", { class: "large", tabindex: "-1", autofocus: true });
    const near = button("nearer", "Z", () => this.#zoom());
    this.#large = dialog("The item at hand", view, h("p", { class: "caption", role: "status" }), h("div",
      { class: "under" }, this.#foot(true), near));
    this.#large.classList.add("lets-keys", "wide");
    view.focus();
    this.#large.addEventListener("close", () => {
      this.#large = null;
      this.grid.focus();
      this.#looked();
    });
    this.#looked();
  }

  // ---- Others, and what the numbers say ----

  /** Shows what the server says, where the page had guessed wrong. */
  async #reload(kept = 0) {
    if (kept > 0) note(`${plural(kept, "verdict")} of somebody else, given since, stay.`);
    const { current } = this.grid;
    this.rows.forget();
    await this.#open(this.#page.start, current).catch((error) => note(error.message, true));
  }

  async #poll() {
    if (document.hidden || this.polling) return;
    this.polling = true;
    try {
      const changed = await this.rows.changes((row) => this.#busy.has(row));
      this.#redraw(changed);
    } catch {
      // The lamp tells when verdicts cannot be saved; a look that failed is just tried again.
    }
    this.polling = false;
  }
}

/** Makes the job of a mistake's kin; gives its address. */
export async function kinOf(item) {
  const { jobs } = await post("jobs", { likes: [item.id], n: BATCH });
  return `#/job/${jobs[0].job}`;
}

export async function review(host, { id }) {
  const view = new Review(host, await get(`jobs/${id}`));
  await view.begin();
  return () => view.end();
}
