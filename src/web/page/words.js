// Numbers and times as people read them, in the manner of the report's.

export const thousands = (n) => (n === null || n === undefined ? "–" : Math.round(n).toLocaleString("en"));

/** 0.0512 -> "5.1 %". */
export function percent(fraction) {
  if (fraction === null || fraction === undefined) return "–";
  const p = 100 * fraction;
  const digits = p === 0 || p === 100 ? 0 : p < 1 || p > 99 ? 2 : 1;
  return `${p.toFixed(digits)}\u00a0%`;
}

/** A fraction that was chosen, not measured: 0.95 -> "95 %", 0.005 -> "0.5 %". */
export const round = (fraction) => `${Number((100 * fraction).toPrecision(3))}\u00a0%`;

/** A probability, coarsely: it is an estimate. */
export const chance = (p) => (p < 0.0995 ? percent(p) : `${Math.round(100 * p)}\u00a0%`);

export const range = (lo, hi) => (lo === null || lo === undefined ? "–" : `${percent(lo)} to ${percent(hi)}`);

export const plural = (n, one, many = `${one}s`) => `${thousands(n)} ${n === 1 ? one : many}`;

/** What a command would call it, as people read it: "car->bicycle" -> "car → bicycle". */
export const arrows = (text) => text.replaceAll(/ ?-> ?/g, " → ");

export const day = (iso) => (iso ? iso.slice(0, 16).replace("T", " ") : "");

/** What a verdict says: "critical, should be skateboarder". */
export function verdictText(verdict) {
  if (!verdict?.verdict) return "not reviewed";
  const parts = [verdict.verdict];
  if (verdict.kind && !(verdict.kind === "label" && verdict.should_be))
    parts.push(verdict.count > 1 ? `${verdict.kind} ×${verdict.count}` : verdict.kind);
  if (verdict.should_be) parts.push(`should be ${verdict.should_be}`);
  return parts.join(", ");
}

export const isMistake = (verdict) => verdict?.verdict === "minor" || verdict?.verdict === "critical";
