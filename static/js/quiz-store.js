// Answers that the server has not acknowledged wait in this browser, under person and attempt, with their revision.
export class Store {
  constructor(person, attempt) {
    this.key = `quiz:${person}:${attempt}`;
    this.waiting = this.#read();
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.key)) ?? {};
    } catch {
      return {};
    }
  }

  // One question at a time, and never over a newer answer: another tab keeps its own there.
  #write(question, revision) {
    const kept = this.#read();
    if (kept[question]?.revision > revision) return;
    if (this.waiting[question]) kept[question] = this.waiting[question];
    else delete kept[question];
    this.#keep(kept);
  }

  #keep(kept) {
    try {
      if (Object.keys(kept).length) localStorage.setItem(this.key, JSON.stringify(kept));
      else localStorage.removeItem(this.key);
    } catch {
      // a browser without storage: the answers wait in this page
    }
  }

  get isEmpty() {
    return Object.keys(this.waiting).length === 0;
  }

  // Those that may be sent now; a held one waits for a decision of the student.
  get due() {
    return Object.entries(this.waiting).filter(([, entry]) => !entry.held);
  }

  get(question) {
    return this.waiting[question];
  }

  put(question, entry) {
    this.waiting[question] = entry;
    this.#write(question, entry.revision);
  }

  hold(question) {
    if (this.waiting[question]) this.put(question, { ...this.waiting[question], held: true });
  }

  // Acknowledged up to `revision`: what was changed after that goes on waiting.
  drop(question, revision = Infinity) {
    if (!this.waiting[question] || this.waiting[question].revision > revision) return;
    delete this.waiting[question];
    this.#write(question, revision);
  }

  clear() {
    this.waiting = {};
    this.#keep({});
  }
}
