// One item seen large: the whole picture with its box, those of its neighbours faintly, and what is known of it.

import { get, picture } from "./api.js";
import { data, h } from "./dom.js";
import { image, outline, shown } from "./pictures.js";
import { day, verdictText } from "./words.js";

const CLOSE = 1; // context of the close view: as much again on each side

function addressOf(item, close, size) {
  return close && item.box ? picture(item, size, { context: CLOSE }) : picture(item, size, { whole: 1 });
}

/** Fetches what `look` would show. */
export const foresee = (item, close, size) => item.state !== "gone" && image(addressOf(item, close, size));

/** The picture, no larger than its place. others: boxes of the same image. */
export function look(item, { close = false, size = 800, others = [] } = {}) {
  const part = shown(item, !close, CLOSE);
  const frame = h("span", { class: "frame", style: { "aspect-ratio": `${part.w} / ${part.h}`,
    "--shape": part.w / part.h } }, image(addressOf(item, close, size)));
  if (item.width) {
    for (const other of others)
      if (other.id !== item.id && other.box) frame.append(outline(other.box, part, "other"));
    if (item.box) frame.append(outline(item.box, part, "box"));
  }
  return frame;
}

/** What is known of it, to be filled in when it comes: attributes and verdicts so far. */
export function facts(item) {
  const list = h("dl", { class: "facts" });
  const put = (name, value) => value && list.append(h("dt", null, name), h("dd", null, data(value)));
  put("item", item.name);
  put("size", item.box ? `${Math.round(item.box[2])} × ${Math.round(item.box[3])} px`
    : item.width ? `${item.width} × ${item.height} px` : "");
  get(`items/${item.id}`).then(({ attributes, history }) => {
    for (const { key, value } of attributes) if (key !== "label") put(key, value);
    for (const verdict of history)
      put(day(verdict.time), `${verdict.verdict ? verdictText(verdict) : "taken back"}${
        verdict.reviewer ? `, ${verdict.reviewer}` : ""}`);
  }).catch(() => {});
  return list;
}
