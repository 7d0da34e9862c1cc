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

  #write() {
    try {
      if (this.isEmpty) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify(this.waiting));
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
    this.#write();
  }

  hold(question) {
    if (this.waiting[question]) this.put(question, { ...this.waiting[question], held: true });
  }

  // Acknowledged up to `revision`: what was changed after that goes on waiting.
  drop(question, revision = Infinity) {
    if (!this.waiting[question] || this.waiting[question].revision > revision) return;
    delete this.waiting[question];
    this.#write();
  }

  clear() {
    this.waiting = {};
    this.#write();
  }
}
