// What somebody chose for the player stays in this browser. A private or strict one may refuse to keep anything, and
// throws: the choice then lasts as long as the page.
const chosen = new Map();

export function recall(name) {
  if (chosen.has(name)) return chosen.get(name);
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name, value) {
  chosen.set(name, String(value));
  try {
    localStorage.setItem(name, value);
  } catch {
    // as above
  }
}
