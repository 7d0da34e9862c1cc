// Sends what waits, one answer after another. Tells `listen(what, question, detail)`: saving, saved, offline,
// signed-out, conflict, closed, refused. After a network error, 429 or 5xx it tries again, with growing pauses.
import { Door, isSignedOut, later } from "./quiz-door.js";
import { secondsOn } from "./quiz-time.js";

const [FIRST_PAUSE, LONGEST_PAUSE] = [1000, 60000];

export class Sender {
  constructor(form, store, listen) {
    this.door = new Door(form);
    this.store = store;
    this.listen = listen;
    this.failures = 0;
    this.isClosed = false;
  }

  #request(question, { response, revision, is_flagged }, keepalive = false) {
    const body = { response, revision, is_flagged, time_spent_seconds: secondsOn(question) };
    return this.door.send("PUT", `answers/${question}`, body, keepalive);
  }

  // Everything that waits, and the end, in one request; tried again until the server has taken it. An answer that it
  // refuses is left out; whoever was logged out logs in again first.
  async submit() {
    const due = this.store.due;
    const answer = await this.door.handIn(due);
    const problem = (answer?.ok ? null : await answer?.json().catch(() => null)) ?? {};
    if (isSignedOut(answer, problem)) this.listen("signed-out");
    else if (answer?.status === 422 && due.length) return this.#leaveOut(due, problem);
    else if (answer && answer.status < 500 && answer.status !== 429) return true;
    await later(FIRST_PAUSE * 2 ** Math.min(this.failures++, 5) * (0.5 + Math.random()));
    return this.submit();
  }

  #leaveOut(due, { errors = [] }) {
    const refused = due.filter((_, n) => errors.some(({ field }) => field.startsWith(`answers.${n}.`)));
    for (const [question] of refused.length ? refused : due) this.store.hold(question);
    return this.submit();
  }

  // Closed elsewhere: what waits is handed in once more, for staff to see; nothing is sent any more.
  close(attempt, question) {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.store.due.length) this.door.handIn(this.store.due, true);
    this.listen("closed", question, attempt);
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
    const answer = await this.#request(question, entry).catch(() => null);
    if (!answer) return this.#later("offline", question);
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
    if (isSignedOut(answer, body)) return this.#later("signed-out", question);
    if (body.code === "attempt_closed") {
      this.close(body, question);
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
