// A grid of items: one of them current, several perhaps selected, by keys, mouse or finger. It knows nothing of jobs or
// searches; whoever uses it says what stands below a picture.

import { data, h } from "./dom.js";
import { crop } from "./pictures.js";
import { isMistake, verdictText } from "./words.js";

const GAP = 6;
const CAPTION = 40;
export const SIZES = [88, 120, 160, 210, 280, 380];
const MARKS = { ok: "✓", minor: "!", critical: "✗" };

export class Grid {
  current = 0;
  entries = [];
  #tiles = [];
  #selected = new Set();
  #anchor = 0;
  #columns = 1;
  #size = SIZES[2]; // width of a tile
  #view = SIZES[2]; // height of its picture
  #scrolls = false;
  #band = null;
  #pointed = null; // entry below the mouse

  /**
   * entries: {item, note, mark} and what else the owner likes. on: {current(entry), hover(entry), open(entry),
   * selection(count)}, each of them optional.
   */
  constructor(label, on = {}) {
    this.on = on;
    this.element = h("div", { class: "grid", role: "listbox", "aria-multiselectable": "true", "aria-label": label });
    this.element.addEventListener("pointerdown", (event) => this.#press(event));
    this.element.addEventListener("pointermove", (event) => this.#move(event));
    this.element.addEventListener("pointerup", () => this.#release());
    this.element.addEventListener("pointercancel", () => this.#release());
    this.element.addEventListener("pointerleave", () => {
      this.#pointed = null;
      this.on.hover?.(null);
    });
    this.element.addEventListener("dblclick", (event) => {
      if (this.#indexOf(event.target) >= 0) this.on.open?.(this.entry);
    });
  }

  get entry() {
    return this.entries[this.current];
  }

  /** The longer side of a tile's picture. */
  get size() {
    return Math.max(this.#size, this.#view);
  }

  /** The place that there is for tiles. */
  #room() {
    const style = getComputedStyle(this.element);
    return { width: this.element.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight),
      height: this.element.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom) };
  }

  /** How many tiles of about this size fill the place at hand best; of a grid that `scrolls` its width counts. */
  capacity(size, scrolls = false) {
    const { width, height } = (this.room = this.#room());
    const fewest = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
    const ways = [fewest, fewest + 1].map((columns) => {
      const tile = Math.floor((width + GAP) / columns) - GAP;
      const rows = Math.max(1, Math.round((height + GAP) / (tile + CAPTION + GAP)));
      const view = scrolls ? tile : Math.max(40, Math.floor((height + GAP) / rows) - GAP - CAPTION);
      const seen = Math.min(tile, view);
      return { columns, rows, tile, view, used: scrolls ? -Math.abs(tile - size) : columns * rows * seen * seen };
    });
    const best = ways[1].used > ways[0].used ? ways[1] : ways[0];
    this.#columns = best.columns;
    this.#scrolls = scrolls;
    this.#size = best.tile;
    this.#view = best.view;
    return best.columns * best.rows;
  }

  /** Whether the place has changed since `capacity` was asked. */
  get moved() {
    const { width, height } = this.#room(), { room } = this;
    return Boolean(room) && Math.abs(width - room.width) + Math.abs(height - room.height) > 2;
  }

  show(entries, current = 0) {
    this.entries = entries;
    this.#selected.clear();
    this.element.style.setProperty("--columns", this.#columns);
    this.element.style.setProperty("--tile", `${this.#size}px`);
    this.element.style.setProperty("--view", `${this.#view}px`);
    this.#tiles = entries.map((entry, i) => this.#tile(entry, i));
    this.element.replaceChildren(...this.#tiles);
    this.current = Math.min(current, Math.max(0, entries.length - 1));
    this.#anchor = this.current;
    this.#mark();
    this.on.selection?.(0);
    if (this.entry) this.on.current?.(this.entry);
  }

  /** Appends to a grid that scrolls. */
  extend(entries) {
    const first = this.entries.length;
    this.entries.push(...entries);
    const tiles = entries.map((entry, i) => this.#tile(entry, first + i));
    this.#tiles.push(...tiles);
    this.element.append(...tiles);
    if (first === 0) this.show(this.entries);
  }

  /** After an entry has changed: its picture and the focus stay. */
  refresh(index) {
    const tile = this.#tiles[index];
    tile.replaceChildren(tile.firstChild);
    this.#face(tile, index);
    this.#dress(index);
  }

  #tile(entry, index) {
    const tile = h("div", { role: "option", id: `tile-${index}`, tabindex: "-1", data: { index } },
      h("span", { class: "view" }, crop(entry.item, this.#size, this.#view)));
    this.#face(tile, index, entry);
    return tile;
  }

  /** What is said of the item, beside its picture. */
  #face(tile, index, entry = this.entries[index]) {
    const { item } = entry, verdict = item.verdict, grade = verdict?.verdict ?? "none";
    tile.className = `tile ${grade} ${item.unit}`;
    tile.setAttribute("aria-label", this.#describe(entry, index));
    tile.append(...[grade !== "none" && h("span", { class: "mark", "aria-hidden": "true" }, MARKS[grade]),
      entry.mark && h("span", { class: "corner", "aria-hidden": "true" }, entry.mark),
      h("span", { class: "text", "aria-hidden": "true" },
        h("b", null, item.label ? data(item.label) : item.unit === "asset" ? "whole picture" : "no label"),
        isMistake(verdict) && (verdict.should_be || verdict.kind)
          ? h("span", { class: "right" }, verdict.should_be ? "→ " : "", data(verdict.should_be ?? verdict.kind))
          : h("span", { class: "soft" }, entry.note ?? ""))].filter(Boolean));
  }

  #describe(entry, index) {
    const { item } = entry;
    return [`${entry.number ?? index + 1}`, item.label ?? (item.unit === "asset" ? "whole picture" : "no label"),
      verdictText(item.verdict), entry.note, item.name].filter(Boolean).join(", ");
  }

  #dress(index) {
    const tile = this.#tiles[index];
    if (!tile) return;
    const chosen = this.#selected.size > 0 ? this.#selected.has(index) : index === this.current;
    tile.classList.toggle("current", index === this.current);
    tile.classList.toggle("selected", this.#selected.has(index));
    tile.setAttribute("aria-selected", String(chosen));
    tile.tabIndex = index === this.current ? 0 : -1;
  }

  #mark() {
    for (let i = 0; i < this.#tiles.length; i++) this.#dress(i);
  }

  focus() {
    this.#tiles[this.current]?.focus({ preventScroll: true });
  }

  /** Goes to an item; with `extend` all between the anchor and it are selected. */
  go(index, extend = false) {
    if (index < 0 || index >= this.entries.length) return false;
    const before = this.current;
    this.current = index;
    if (extend) this.#range(this.#anchor, index);
    else if (this.#selected.size > 0) this.clear();
    if (!extend) this.#anchor = index;
    this.#dress(before);
    this.#dress(index);
    this.focus();
    if (this.#scrolls) this.#tiles[index].scrollIntoView({ block: "nearest" });
    this.on.current?.(this.entry);
    return true;
  }

  /** By columns and rows; false where the grid ends. */
  step(dx, dy, extend = false) {
    const next = this.current + dx + dy * this.#columns;
    if (dy > 0 && next >= this.entries.length) {
      const last = this.entries.length - 1; // the last row may be short
      const below = Math.floor(last / this.#columns) > Math.floor(this.current / this.#columns);
      return below && this.go(last, extend);
    }
    return this.go(next, extend);
  }

  #range(from, to) {
    this.#select(new Set(Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => Math.min(from, to) + i)));
  }

  #select(indices) {
    this.#selected = indices;
    this.#mark();
    this.on.selection?.(indices.size);
  }

  selectAll() {
    this.#select(new Set(this.entries.keys()));
  }

  clear() {
    this.#anchor = this.current;
    if (this.#selected.size > 0) this.#select(new Set());
  }

  /** What a key is for: the selection, else the current one. */
  targets() {
    if (this.entries.length === 0) return [];
    return this.#selected.size > 0 ? [...this.#selected].sort((a, b) => a - b) : [this.current];
  }

  get selection() {
    return this.#selected.size;
  }

  // ---- Mouse and finger ----

  #indexOf(target) {
    const tile = target.closest?.(".tile");
    return tile ? Number(tile.dataset.index) : -1;
  }

  #press(event) {
    if (event.button !== 0) return;
    const index = this.#indexOf(event.target);
    if (event.ctrlKey || event.metaKey) {
      if (index < 0) return;
      const chosen = new Set(this.#selected.size > 0 ? this.#selected : [this.current]);
      if (!chosen.delete(index)) chosen.add(index);
      this.#select(chosen);
      return;
    }
    if (index >= 0) this.go(index, event.shiftKey);
    event.preventDefault(); // keeps the focus on the tile, and text unselected
    this.#band = { x: event.clientX, y: event.clientY, id: event.pointerId, box: null };
  }

  #move(event) {
    const band = this.#band;
    if (!band) return this.#hover(event);
    const left = Math.min(band.x, event.clientX), top = Math.min(band.y, event.clientY);
    const width = Math.abs(event.clientX - band.x), height = Math.abs(event.clientY - band.y);
    if (!band.box && width + height < 12) return;
    if (!band.box) {
      band.box = h("div", { class: "band" });
      document.body.append(band.box);
      this.element.setPointerCapture(band.id);
    }
    Object.assign(band.box.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    const inside = new Set();
    this.#tiles.forEach((tile, i) => {
      const place = tile.getBoundingClientRect();
      if (place.left < left + width && place.right > left && place.top < top + height && place.bottom > top)
        inside.add(i);
    });
    if (inside.size > 0) this.#select(inside);
  }

  /** Only a mouse that moves points at something: tiles that appear below it do not count. */
  #hover(event) {
    const index = this.#indexOf(event.target);
    if (index < 0 || event.pointerType !== "mouse" || (event.movementX === 0 && event.movementY === 0)) return;
    if (this.#pointed !== this.entries[index]) this.on.hover?.(this.entries[index]);
    this.#pointed = this.entries[index];
  }

  #release() {
    this.#band?.box?.remove();
    this.#band = null;
  }
}
