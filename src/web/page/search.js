// Searching: items like some and unlike others, from the data set or from a picture that was dropped or pasted.

import { get, post, upload } from "./api.js";
import { button, data, h, note, say } from "./dom.js";
import { jobButton } from "./figures.js";
import { Grid, SIZES } from "./grid.js";
import { read, write } from "./keep.js";
import { keys } from "./keys.js";
import { labels } from "./labels.js";
import { facts, look } from "./look.js";
import { crop } from "./pictures.js";
import { chance, plural, thousands, verdictText } from "./words.js";

const MOST = 120; // hits
const PAGE = 120; // items while browsing

class Search {
  #likes = []; // {item} or {upload, address}
  #unlikes = [];
  #after = null; // of the next page while browsing
  #asked = 0;

  constructor(host, labels, attributes, shapes) {
    this.shapes = shapes;
    this.grid = new Grid("items found", { current: (entry) => this.#look(entry), hover: (entry) =>
      entry && this.#look(entry), open: () => this.#like() });
    this.parts = { likes: h("div", { class: "examples" }), unlikes: h("div", { class: "examples" }),
      told: h("p", { class: "soft", role: "status" }), look: h("div", { class: "look" }), about: h("div",
        { class: "about" }), jobs: h("span", { class: "jobs-of" }),
      more: button("more", null, () => this.#browse(true)) };
    host.replaceChildren(this.#form(labels, attributes), h("div", { class: "stage" },
      h("div", { class: "found" }, this.parts.told, this.grid.element, this.parts.more),
      h("aside", { "aria-label": "the item at hand" }, this.parts.look, this.parts.about)));
    keys("search", this.#keys());
    this.host = host;
    this.paste = (event) => this.#take(event.clipboardData?.files, event);
    this.over = (event) => {
      event.preventDefault();
      host.classList.add("dropping");
    };
    this.drop = (event) => {
      host.classList.remove("dropping");
      this.#take(event.dataTransfer?.files, event);
    };
    this.away = (event) => event.relatedTarget ?? host.classList.remove("dropping");
    document.addEventListener("paste", this.paste);
    document.addEventListener("dragover", this.over);
    document.addEventListener("drop", this.drop);
    document.addEventListener("dragleave", this.away);
  }

  end() {
    document.removeEventListener("paste", this.paste);
    document.removeEventListener("dragover", this.over);
    document.removeEventListener("drop", this.drop);
    document.removeEventListener("dragleave", this.away);
    for (const { address } of [...this.#likes, ...this.#unlikes]) if (address) URL.revokeObjectURL(address);
  }

  async begin(id) {
    if (id) {
      const { item } = await get(`items/${id}`);
      this.#likes.push({ item });
    }
    await this.run();
    this.grid.focus();
  }

  #form(labels, attributes) {
    const again = () => this.run();
    const select = (options, title) => h("select", { "aria-label": title, onchange: again }, options);
    this.label = select([h("option", { value: "same" }, "that of the example"),
      h("option", { value: "any" }, "any label"),
      labels.map((one) => h("option", { value: `=${one.label}` }, one.label))], "label");
    this.unit = select([h("option", { value: "" }, "as the example"), h("option", { value: "shape" }, "shapes"),
      h("option", { value: "asset" }, "whole pictures")], "what to find");
    this.by = select([h("option", { value: "" }, "same mistake, where known"),
      h("option", { value: "looks" }, "looks only")], "rank by");
    this.where = select([h("option", { value: "" }, "anything"), attributes.filter((one) => one.key !== "label" &&
      one.count <= 60).map((one) => h("optgroup", { label: one.key }, one.values.map((value) =>
      h("option", { value: `${one.key}=${value}` }, `${one.key} = ${value}`))))], "attribute");
    this.unreviewed = h("input", { type: "checkbox", onchange: again });
    const file = h("input", { type: "file", accept: "image/*", class: "unseen", tabindex: "-1", "aria-hidden": "true",
      onchange: () => this.#take(file.files) });
    return h("div", { class: "asked" }, h("h1", { class: "unseen" }, "Search"),
      h("div", { class: "row" }, h("label", null, "label", this.label), h("label", null, "where", this.where),
        this.shapes && h("label", null, "find", this.unit), h("label", null, "rank by", this.by),
        h("label", { class: "check" }, this.unreviewed, "not reviewed yet"),
        button("a picture of your own…", null, () => file.click()), file),
      h("div", { class: "row wants" }, h("b", null, "like"), this.parts.likes, h("b", null, "unlike"),
        this.parts.unlikes, this.parts.jobs));
  }

  #keys() {
    const move = (dx, dy) => (event) => this.grid.step(dx, dy, event.shiftKey);
    return [
      { keys: ["ArrowLeft"], show: ["←"], does: "go to the item before; with Shift: select", run: move(-1, 0) },
      { keys: ["ArrowRight"], show: ["→"], does: "to the next item", run: move(1, 0) },
      { keys: ["ArrowUp"], show: ["↑"], does: "to the row above", run: move(0, -1) },
      { keys: ["ArrowDown"], show: ["↓"], does: "to the row below", run: move(0, 1) },
      { keys: ["Enter"], show: ["↵"], does: "more like this one", run: () => this.#like() },
      { keys: ["l", "+"], does: "more like this one, too", run: () => this.#add(this.#likes) },
      { keys: ["d", "-"], does: "different from this one", run: () => this.#add(this.#unlikes) },
      { keys: ["0", "Delete"], show: ["0"], does: "forget the examples", run: () => this.#forget() },
      { keys: ["j"], does: "make it a job", run: () => this.parts.jobs.querySelector("button")?.click() },
      { keys: ["g"], shift: false, does: "larger", run: () => this.#resize(1) },
      { keys: ["g"], shift: true, show: ["Shift G"], does: "smaller", run: () => this.#resize(-1) },
      { keys: ["Escape"], show: ["Esc"], does: "select nothing", run: () => this.grid.clear() },
      { keys: ["?"], does: "these keys", run: () => {} },
    ];
  }

  // ---- What to be like ----

  #chosen() {
    return this.grid.targets().map((index) => this.grid.entries[index].item);
  }

  #like() {
    const [item] = this.#chosen();
    if (!item) return;
    this.#likes = [{ item }];
    this.#unlikes = [];
    this.run();
  }

  #add(list) {
    const other = list === this.#likes ? this.#unlikes : this.#likes;
    for (const item of this.#chosen()) {
      const same = (one) => one.item?.id === item.id;
      if (other.some(same)) other.splice(other.findIndex(same), 1);
      if (!list.some(same)) list.push({ item });
    }
    this.run();
  }

  #forget() {
    this.#likes = [];
    this.#unlikes = [];
    this.run();
  }

  async #take(files, event) {
    const file = [...(files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event?.preventDefault();
    try {
      const { upload: name } = await upload(file);
      this.#likes.push({ upload: name, address: URL.createObjectURL(file) });
      if (this.label.value === "same") this.label.value = "any"; // a picture from outside has no label
      await this.run();
    } catch (error) {
      note(error.message, true);
    }
  }

  #examples(list, none) {
    if (list.length === 0) return [h("span", { class: "soft" }, none)];
    return list.map((one) => h("span", { class: "example" }, one.item ? crop(one.item, 56)
      : h("img", { src: one.address, alt: "your picture" }), h("button", { type: "button",
      "aria-label": `forget ${one.item?.name ?? "your picture"}`, onclick: () => {
        list.splice(list.indexOf(one), 1);
        this.run();
      } }, "×")));
  }

  // ---- What is found ----

  /** The search as the server takes it. */
  #wish() {
    const name = ({ item, upload: picture }) => (item ? item.id : { upload: picture });
    const label = this.label.value, [key, ...value] = this.where.value.split("=");
    return { likes: this.#likes.map(name), unlikes: this.#unlikes.map(name), by: this.by.value || undefined,
      any_label: label === "any" || undefined, label: label.startsWith("=") ? label.slice(1) : undefined,
      where: key ? { [key]: value.join("=") } : undefined, unreviewed: this.unreviewed.checked || undefined,
      unit: this.unit.value || (this.shapes && this.#likes.every((one) => one.upload) ? "shape" : undefined) };
  }

  async run() {
    const asked = ++this.#asked;
    this.parts.likes.replaceChildren(...this.#examples(this.#likes, "drop or paste a picture, or choose an item"));
    this.parts.unlikes.replaceChildren(...this.#examples(this.#unlikes, "none"));
    this.parts.jobs.replaceChildren(); // a job is made of what is shown
    this.host.setAttribute("aria-busy", "true");
    try {
      if (this.#likes.length === 0) return await this.#browse();
      const found = await post("find", { ...this.#wish(), n: MOST });
      if (asked !== this.#asked) return;
      this.#show(found.matches.map(({ item, score, probability, why }, i) => ({ item, why, number: i + 1,
        note: probability === null ? `alike ${score.toFixed(2)}` : `likely ${chance(probability)}` })));
      this.parts.more.hidden = true;
      this.parts.jobs.replaceChildren(jobButton("make it a job", this.#wish(), true));
      this.#tell(`${plural(found.matches.length, "item")} of ${thousands(found.searched)}, ${found.should_be
        ? `most likely ${found.given} that should be ${found.should_be} first` : "most alike first"}${
        found.label ? `, labelled ${found.label}` : ""}`);
    } catch (error) {
      if (asked === this.#asked) this.#tell(error.message);
    } finally {
      if (asked === this.#asked) this.host.removeAttribute("aria-busy");
    }
  }

  async #browse(more = false) {
    const { label, where, unreviewed, unit } = this.#wish();
    const { items, next } = await get("items", { label, where: where && this.where.value, unit, count: PAGE,
      after: more ? this.#after : null });
    const entries = items.filter((item) => !unreviewed || !item.verdict).map((item) => ({ item,
      note: item.name.split("/").at(-1) }));
    if (more) this.grid.extend(entries);
    else this.#show(entries);
    this.#after = next;
    this.parts.more.hidden = next === null;
    this.parts.jobs.replaceChildren();
    this.#tell(this.grid.entries.length === 0 ? "There is nothing like that. Ask for less."
      : "All items. Enter, or a double click, finds more like the one at hand.");
  }

  #tell(text) {
    this.parts.told.replaceChildren(data(text));
    say(text);
  }

  #show(entries) {
    this.grid.capacity(SIZES[Math.min(read("tile", 2), SIZES.length - 1)], true);
    this.grid.show(entries);
    this.grid.element.parentElement.scrollTop = 0;
  }

  #resize(step) {
    write("tile", Math.min(SIZES.length - 1, Math.max(0, read("tile", 2) + step)));
    this.#show(this.grid.entries);
  }

  #look(entry) {
    if (!entry) return;
    const { item, why, note: text } = entry;
    this.parts.look.replaceChildren(look(item, { size: 640 }));
    this.parts.about.replaceChildren(h("p", null, h("b", null, data(item.label ?? "whole picture")), " · ",
      h("span", { class: item.verdict?.verdict ?? "soft" }, verdictText(item.verdict)),
      h("span", { class: "soft" }, text && item.name.endsWith(text) ? ""
        : [` · ${text}`, why].filter(Boolean).join(": "))),
    h("div", { class: "row" }, button("more like this", "↵", () => this.#like()),
      button("like", "L", () => this.#add(this.#likes)), button("unlike", "D", () => this.#add(this.#unlikes))));
    clearTimeout(this.facts);
    this.facts = setTimeout(() => this.parts.about.append(facts(item)), 250);
  }
}

export async function search(host, { query }) {
  const [known, { attributes }, { items }] = await Promise.all([labels(), get("attributes"),
    get("items", { unit: "shape", count: 1 })]);
  const view = new Search(host, known, attributes, items.length > 0);
  await view.begin(Number(query.get("like")) || null);
  return () => view.end();
}
