// Tells the server how far the reader has come. What it has not confirmed stays in this browser (localStorage)
// and goes with the next beat: five minutes without a connection lose nothing.
import { subtract, unite, wholeSeconds } from "./intervals.js";

const EVERY = 15; // seconds
const PAIRS = 50; // at most in one beat
const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

export class Beats {
  // element: data-beat is the address, data-lesson names the reader's row; position(): whole seconds or null
  constructor(element, { position = () => null, onAnswer = () => {} } = {}) {
    this.url = element.dataset.beat;
    this.key = `beats:${element.dataset.lesson}`;
    this.position = position;
    this.onAnswer = onAnswer;
    this.seconds = 0;
    this.watched = [];
    this.sending = false;
    this.load();
    addEventListener("pagehide", () => this.send(true));
    document.addEventListener("visibilitychange", () => document.hidden && this.send(true));
  }

  load() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "{}");
      this.seconds = Number(kept.seconds) || 0;
      this.watched = Array.isArray(kept.watched) ? kept.watched : [];
    } catch {
      // a browser without storage keeps what it has in memory
    }
  }

  keep() {
    try {
      const empty = !this.seconds && !this.watched.length;
      if (empty) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify({ seconds: this.seconds, watched: this.watched }));
    } catch {
      // as above
    }
  }

  // Call once a second while the reader is really there.
  tick() {
    this.seconds += 1;
    if (this.seconds % EVERY === 0) this.send();
  }

  saw(start, end) {
    if (end > start) this.watched = unite([...this.watched, [start, end]]);
  }

  async send(leaving = false) {
    this.keep();
    if (!this.url || (this.sending && !leaving)) return;
    this.sending = true;
    const body = new FormData();
    const seconds = Math.min(this.seconds, 86400);
    const position = this.position();
    body.set("seconds", seconds);
    body.set("watched", JSON.stringify(wholeSeconds(this.watched).slice(0, PAIRS)));
    if (position !== null) body.set("position", position);
    try {
      const headers = { "X-CSRFToken": token, "X-Requested-With": "beat" };
      const response = await fetch(this.url, { method: "POST", body, headers, keepalive: true });
      if (response.ok && !response.redirected) this.take(await response.json());
      else if (response.status === 422) this.forget();
      else if (response.status < 500 && response.status !== 429) this.url = "";
    } catch {
      // offline: it stays and goes with the next
    }
    this.sending = false;
  }

  take(answer) {
    this.seconds = Math.max(0, this.seconds - answer.seconds);
    this.watched = subtract(this.watched, answer.watched).filter(([start, end]) => end - start >= 1);
    this.keep();
    this.onAnswer(answer);
  }

  forget() {
    this.seconds = 0;
    this.watched = [];
    this.keep();
  }
}
