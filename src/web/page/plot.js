// Plots as SVG: intervals of slices, and the course of the score. They look as those of `kin report --html` do, and go
// by the same square root of a rate, so that one half-wrong slice does not squeeze all others into a corner.

import { s } from "./dom.js";
import { percent, range, round } from "./words.js";

const TICKS = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];

/** Places rates from 0 to `most` on 0 .. 100. */
export function rateScale(most) {
  const top = TICKS.find((tick) => tick >= most) ?? 1;
  const at = (rate) => 100 * Math.sqrt(Math.min(Math.max(rate, 0), top) / top);
  const ticks = [];
  for (const tick of TICKS)
    if (tick <= top && (ticks.length === 0 || at(tick) - at(ticks.at(-1)) >= 17)) ticks.push(tick);
  return { at, ticks, top };
}

const line = (kind, x1, x2, y1, y2) => s("line", { class: kind, x1: `${x1}%`, x2: `${x2}%`, y1, y2 });

/** One interval with its rate; base: the rate of all. standing: "noisy", "thin" or "". */
export function interval(scale, rate, base, standing) {
  const at = scale.at;
  return s("svg", { class: `interval ${standing}`, height: "18", width: "100%", role: "img",
    "aria-label": `${percent(rate.value)}, between ${range(rate.lo, rate.hi)}` },
  scale.ticks.map((tick) => line("rule", at(tick), at(tick), 0, 18)),
  base !== null && line("base", at(base), at(base), 0, 18),
  line("range", at(rate.lo), at(rate.hi), 9, 9),
  s("circle", { class: "dot", cx: `${at(rate.value)}%`, cy: "9", r: "4.5" }));
}

export function axis(scale) {
  return s("svg", { class: "axis", height: "17", width: "100%", "aria-hidden": "true" }, scale.ticks.map((tick) =>
    s("text", { x: `${scale.at(tick)}%`, y: "13", "text-anchor": tick === 0 ? "start" : scale.at(tick) > 92 ? "end"
      : "middle" }, round(tick))));
}

function steps(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => (high - low) / one <= most) ?? 10 * power;
  const list = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step / 1e6; value += step) list.push(value);
  return list;
}

/** The score over the audited images in their random order, its confidence sequence, and what was agreed. */
export function course(points, threshold) {
  const W = 900, H = 260, left = 62, right = 14, top = 10, bottom = 42;
  const late = points.slice(Math.floor(points.length / 4)), last = points.at(-1);
  const values = [last.lo, last.hi, threshold, ...late.map((point) => point.score)].filter((value) => value !== null);
  const room = Math.max(0.01, 0.4 * (Math.max(...values) - Math.min(...values)));
  const low = Math.max(0, Math.min(...values) - room), high = Math.min(1, Math.max(...values) + room);
  const x = (tasks) => left + ((W - left - right) * tasks) / last.tasks;
  const y = (score) => top + ((H - top - bottom) * (high - Math.min(Math.max(score, low), high))) / (high - low);
  const path = (key) => points.map((point) => `${x(point.tasks).toFixed(1)},${y(point[key]).toFixed(1)}`);
  return s("svg", { viewBox: `0 0 ${W} ${H}`, class: "course", role: "img",
    "aria-label": `score ${percent(last.score)} after ${last.tasks} images, between ${range(last.lo, last.hi)}` },
  steps(low, high, 5).map((value) => [
    s("line", { class: "rule", x1: left, x2: W - right, y1: y(value), y2: y(value) }),
    s("text", { x: left - 8, y: y(value) + 4.5, "text-anchor": "end" }, round(value))]),
  steps(0, last.tasks, 10).map((value) => s("text", { x: x(value), y: H - bottom + 18, "text-anchor": "middle" },
    Math.round(value))),
  s("text", { x: (left + W - right) / 2, y: H - 6, "text-anchor": "middle" }, "audited images, in random order"),
  s("polygon", { class: "band", points: [...path("hi"), ...path("lo").reverse()].join(" ") }),
  threshold !== null && [
    s("line", { class: "limit", x1: left, x2: W - right, y1: y(threshold), y2: y(threshold) }),
    s("text", { class: "strong", x: W - right, y: y(threshold) - 6, "text-anchor": "end" },
      `agreed ${round(threshold)}`)],
  s("polyline", { class: "mean", points: path("score").join(" ") }));
}
