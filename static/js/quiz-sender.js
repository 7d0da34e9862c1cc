// Sends what waits, one answer after another. Tells `listen(what, question, detail)`: saving, saved, offline,
// signed-out, conflict, closed, refused. After a network error, 429 or 5xx it tries again, with growing pauses.
const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 60000];

export class Sender {
  constructor(form, store, listen) {
    this.base = form.dataset.url;
    this.cookie = form.dataset.csrfCookie;
    this.store = store;
    this.listen = listen;
    this.failures = 0;
    this.isClosed = false;
  }

  #fetch(method, path, body, keepalive = false) {
    const token = document.cookie.split("; ").find((pair) => pair.startsWith(`${this.cookie}=`));
    return fetch(`${this.base}/${path}`, {
      method,
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token?.slice(this.cookie.length + 1) ?? "" },
      body: JSON.stringify(body),
    });
  }

  #request(question, { response, revision, is_flagged }, keepalive = false) {
    return this.#fetch("PUT", `answers/${question}`, { response, revision, is_flagged }, keepalive);
  }

  // Everything that waits, and the end, in one request; tried again until the server has answered.
  async submit() {
    const waiting = Object.entries(this.store.waiting);
    const answers = waiting.map(([question, { response, revision, is_flagged }]) => ({ question, response, revision, is_flagged }));
    const answer = await this.#fetch("POST", "submit", { answers }).catch(() => null);
    if (answer && answer.status < 500 && answer.status !== 429) return true;
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * 2 ** Math.min(this.failures++, 5) * (0.5 + Math.random())));
    return this.submit();
  }

  // Closed elsewhere: nothing is sent any more.
  close(attempt) {
    if (this.isClosed) return;
    this.isClosed = true;
    this.listen("closed", undefined, attempt);
  }

  // The page goes out of sight and may not come back: everything at once, whoever hears the answers.
  hurry() {
    if (this.isClosed) return;
    for (const [question, entry] of this.store.due) this.#request(question, entry, true).catch(() => {});
  }

  async flush() {
    if (this.isBusy || this.isClosed) return;
    clearTimeout(this.timer);
    this.isBusy = true;
    let goesOn = true;
    while (goesOn && this.store.due.length) goesOn = await this.#send(...this.store.due[0]);
    this.isBusy = false;
  }

  async #send(question, entry) {
    this.listen("saving", question);
    let answer;
    try {
      answer = await this.#request(question, entry);
    } catch {
      return this.#later("offline", question);
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      this.failures = 0;
      this.store.drop(question, entry.revision);
      this.listen("saved", question, { ...entry, ...body });
      return true;
    }
    return this.#refused(answer, body, question);
  }

  #refused(answer, body, question) {
    const { status } = answer;
    if (status === 429 || status >= 500) return this.#later("offline", question, answer.headers.get("Retry-After"));
    if (status === 401 || body.code === "csrf_failed") return this.#later("signed-out", question);
    if (body.code === "attempt_closed") {
      this.isClosed = true;
      this.listen("closed", question, body);
      return false;
    }
    this.store.hold(question);
    this.listen(body.code === "stale_revision" ? "conflict" : "refused", question, body);
    return true;
  }

  #later(what, question, seconds) {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.failures++) * (0.5 + Math.random());
    this.timer = setTimeout(() => this.flush(), Math.max(pause, 1000 * (Number(seconds) || 0)));
    this.listen(what, question);
    return false;
  }
}
