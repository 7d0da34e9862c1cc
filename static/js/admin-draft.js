// <section data-draft="key" hidden> in a form: what is typed waits in this browser, under person and row, until the
// server has saved it. Where it did not (an expired sign-in, a closed tab), the section offers to put it back, together
// with the state it was typed against: another's change in between is still noticed.
const PAUSE = 300; // milliseconds between a change and its keeping

const read = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // a browser without storage: what was typed is in the form alone
  }
};
const write = (key, draft) => {
  try {
    if (draft) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  } catch {
    // as above
  }
};

// The answer to a save names what it has saved, for whichever page comes next.
function forgetSaved() {
  const saved = document.cookie.split("; ").find((one) => one.startsWith("saved=draft."));
  if (!saved) return;
  write(saved.slice("saved=".length), null);
  document.cookie = "saved=; path=/; max-age=0";
}

const isTick = (field) => field.type === "checkbox";
const valueOf = (field) => (isTick(field) ? field.checked : field.value);
const shownAtFirst = (field) => {
  if (isTick(field)) return field.defaultChecked;
  if (!field.options) return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
};

function put(field, value) {
  if (isTick(field)) field.checked = value;
  else field.value = value;
  for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
}

function follow(note) {
  const key = note.dataset.draft;
  const form = note.closest("form");
  const fields = () => [...form.elements].filter((one) => one.name && !["hidden", "file", "submit", "button"].includes(one.type));
  const seen = ["seen", "seen_at"].map((name) => form.elements[name]);
  const waiting = read(key)?.fields ?? {};
  const base = read(key)?.seen ?? null;
  let timer;

  // A page that shows what was refused holds nothing that is saved: all of it is kept.
  const isTyped = (field) => "refused" in note.dataset || valueOf(field) !== shownAtFirst(field);
  const keep = () => {
    clearTimeout(timer);
    const typed = fields().filter(isTyped).map((field) => [field.name, valueOf(field)]);
    const isOffered = !note.hidden;
    const kept = { ...(isOffered ? waiting : {}), ...Object.fromEntries(typed) };
    const against = isOffered ? base : seen.map((field) => field?.value);
    write(key, Object.keys(kept).length ? { fields: kept, seen: against } : null);
  };
  const decide = () => {
    note.hidden = true;
    form.querySelector("[data-markdown] textarea")?.focus();
  };

  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    });
  }
  form.addEventListener("submit", keep);
  addEventListener("pagehide", () => timer && keep());

  note.querySelector("[data-draft-restore]").addEventListener("click", () => {
    decide();
    for (const field of fields()) if (field.name in waiting) put(field, waiting[field.name]);
    seen.forEach((field, place) => { if (field && base?.[place]) field.value = base[place]; });
    keep();
  });
  note.querySelector("[data-draft-discard]").addEventListener("click", () => {
    decide();
    keep();
  });
  const differs = fields().some((field) => field.name in waiting && waiting[field.name] !== valueOf(field));
  if (!differs) return;
  note.hidden = false;
  note.querySelector("[role=status]").textContent = note.dataset.text; // said aloud, as it comes later than the page
}

forgetSaved();
for (const note of document.querySelectorAll("[data-draft]")) follow(note);
