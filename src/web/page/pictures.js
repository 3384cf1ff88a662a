// Pictures that were or will soon be seen, kept decoded: a page of them is there in the frame after the key.

import { picture } from "./api.js";
import { h } from "./dom.js";

const MOST = 700;
const kept = new Map(); // address -> <img>, least recently used first

export function image(address) {
  let img = kept.get(address);
  if (img?.isConnected) return img.cloneNode(); // it is shown elsewhere, where it has to stay
  if (img) kept.delete(address);
  else {
    img = h("img", { alt: "", draggable: "false", decoding: "sync" });
    img.addEventListener("error", () => {
      kept.delete(address);
      img.classList.add("broken");
    });
    img.src = address;
    img.ready = img.decode().catch(() => {});
  }
  kept.set(address, img);
  if (kept.size > MOST) kept.delete(kept.keys().next().value);
  return img;
}

/** The part of the image that a picture of it shows. */
export function shown(item, whole, context = 0.5) {
  if (!item.width || whole || !item.box) return { x: 0, y: 0, w: item.width || 1, h: item.height || 1 };
  const [x, y, w, h] = item.box;
  const left = Math.max(0, x - context * w), top = Math.max(0, y - context * h);
  return { x: left, y: top, w: Math.min(item.width, x + w + context * w) - left,
    h: Math.min(item.height, y + h + context * h) - top };
}

/** A box over a picture that shows `part`: an empty element placed in per cent. */
export function outline(box, part, kind) {
  const [x, y, w, height] = box;
  return h("i", { class: kind, "aria-hidden": "true", style: {
    left: `${(100 * (x - part.x)) / part.w}%`, top: `${(100 * (y - part.y)) / part.h}%`,
    width: `${(100 * w) / part.w}%`, height: `${(100 * height) / part.h}%` } });
}

const cropPart = (item) => (item.crop
  ? { x: item.crop[0], y: item.crop[1], w: item.crop[2], h: item.crop[3] } : { x: 0, y: 0, w: 1, h: 1 });

// Sizes in steps, so that a window that is a little wider does not ask for everything again.
const step = (size) => Math.min(4096, Math.ceil((size * Math.min(2, devicePixelRatio || 1)) / 80) * 80);

export const cropAddress = (item, size) => picture(item, step(size));

/** An item's crop with its box, no larger than width x height: a frame that fits the picture exactly. */
export function crop(item, width, height = width) {
  const part = cropPart(item), scale = Math.min(width / part.w, height / part.h), size = Math.max(width, height);
  return h("span", { class: "frame", style: item.crop
    ? { width: `${Math.max(8, part.w * scale)}px`, height: `${Math.max(8, part.h * scale)}px` } : {} },
  item.state === "failed" || item.state === "gone"
    ? h("span", { class: "lost" }, item.reason ?? item.state) : image(cropAddress(item, size)),
  item.box && item.crop && outline(item.box, part, "box"));
}
