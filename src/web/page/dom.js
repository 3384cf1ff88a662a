// Elements are built, never parsed from text: whatever a data set is named can only ever be text.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element: h("p", {class: "soft", onclick: …}, "text", child, [more]). null and false are left out. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A button with the key that does the same. */
export function button(text, key, onclick, more = {}) {
  return h("button", { type: "button", onclick, ...more }, text, key && h("kbd", { "aria-hidden": "true" }, key));
}

/** Text of a data set, whose writing direction must not turn what is around it. */
export const data = (text) => h("bdi", null, text ?? "");

/** Tells a screen reader. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** A line that is shown for a while; `bad` ones until they are clicked away. */
export function note(text, bad = false) {
  const line = h("div", { class: bad ? "note bad" : "note" }, h("span", null, text));
  line.append(h("button", { type: "button", "aria-label": "dismiss", onclick: () => line.remove() }, "×"));
  const notes = document.getElementById("notes");
  while (notes.childElementCount > 3) notes.firstElementChild.remove();
  notes.append(line);
  notes.hidePopover();
  notes.showPopover(); // above a dialog that is open
  if (!bad) setTimeout(() => line.remove(), 4000);
}

/** A dialog that is removed when it closes. */
export function dialog(title, ...children) {
  const box = h("dialog", { "aria-label": title }, h("header", null, h("h2", null, title),
    h("button", { type: "button", "aria-label": "close", onclick: () => box.close() }, "×")), children);
  box.addEventListener("close", () => box.remove());
  box.addEventListener("click", (event) => event.target === box && box.close());
  document.body.append(box);
  box.showModal();
  return box;
}
