// The time left, by the server's clock: its Date header corrects this device's. Added minutes come with every save
// and with the look that is taken each 45 seconds. At zero what is here is submitted; the server would do it anyway.
const LOOK = 45000;
const JITTER = 5000;
const MINUTE = 60000;
const pad = (value) => String(value).padStart(2, "0");

function clock(left) {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${pad(minutes)}` : minutes}:${pad(seconds % 60)}`;
}

export class Timer {
  constructor(form, onZero, onClosed) {
    this.box = document.querySelector("[data-timer]");
    this.url = form.dataset.url;
    this.onZero = onZero;
    this.onClosed = onClosed;
    this.skew = 0;
    if (this.box) this.#start();
  }

  #start() {
    this.value = this.box.querySelector("[data-timer-value]");
    this.said = document.querySelector("[data-timer-said]");
    this.startedAt = Date.parse(this.box.dataset.started);
    if (this.box.dataset.deadline) this.set(this.box.dataset.deadline);
    else this.isKnown = true; // whatever comes is news
    this.look();
    setInterval(() => this.look(), LOOK);
    setInterval(() => this.#tick(), 1000);
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  get left() {
    return this.deadline - (Date.now() + this.skew);
  }

  // Announced once each: half, a fifth, a twentieth of the time, and the last minute.
  set(deadline) {
    if (!this.box || !deadline || Date.parse(deadline) === this.deadline) return;
    this.deadline = Date.parse(deadline);
    this.box.hidden = false;
    const total = this.deadline - this.startedAt;
    const marks = [0.5 * total, 0.2 * total, 0.05 * total, MINUTE];
    this.marks = marks.filter((mark) => mark < this.left).sort((a, b) => b - a);
    this.isOver = false;
    if (this.isKnown) this.#say(); // minutes were added while the page was open
    this.isKnown = true;
    this.#tick();
  }

  async look() {
    let answer;
    try {
      answer = await fetch(this.url, { headers: this.etag ? { "If-None-Match": this.etag } : {}, cache: "no-store" });
    } catch {
      return;
    }
    const date = Date.parse(answer.headers.get("Date"));
    if (date) this.skew = date - Date.now();
    if (!answer.ok) return;
    this.etag = answer.headers.get("ETag");
    const attempt = await answer.json().catch(() => ({}));
    if (attempt.status && attempt.status !== "in_progress") this.onClosed(attempt);
    else this.set(attempt.deadline_at);
  }

  #say() {
    this.said.textContent = this.box.dataset.text.replace("%s", clock(this.left));
  }

  #tick() {
    if (!this.deadline) return;
    this.value.textContent = clock(this.left);
    this.box.classList.toggle("timer--low", this.left < 5 * MINUTE);
    if (this.left <= this.marks[0]) {
      while (this.left <= this.marks[0]) this.marks.shift();
      this.#say();
    }
    if (this.left > 0 || this.isOver) return;
    this.isOver = true;
    setTimeout(() => this.isOver && this.onZero(), JITTER * Math.random());
  }
}
