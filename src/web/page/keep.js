// What the page remembers on this machine: sizes, names, the theme, verdicts that could not be sent yet. A browser that
// allows no storage just forgets.

export function read(name, otherwise = null) {
  try {
    const text = localStorage.getItem(`kin.${name}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function write(name, value) {
  try {
    if (value === null || value === undefined) localStorage.removeItem(`kin.${name}`);
    else localStorage.setItem(`kin.${name}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: nothing that the page needs.
  }
}
