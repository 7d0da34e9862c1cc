// The taking page: one object for each question on it, and the map beside them. The words come from data-text-*.
import { hint, kinds } from "./quiz-answers.js";

const fill = (text, s, t = "") => text.replace("%s", s).replace("%t", t);
const says = (value) =>
  typeof value === "object" && value !== null ? Object.values(value).some(says) : Boolean(String(value ?? "").trim());

export class Question {
  constructor(section) {
    this.section = section;
    this.id = section.dataset.question;
    this.number = section.dataset.number;
    this.kind = kinds[section.dataset.kind];
    this.flag = section.querySelector("[data-flag]");
    this.fields = Object.fromEntries(
      ["revision", "was", "wasFlagged"].map((name) => [
        name,
        section.querySelector(`[data-${name.replace("F", "-f")}]`),
      ]),
    );
  }

  get response() {
    return this.kind.read(this.section);
  }

  get isAnswered() {
    return says(this.response);
  }

  get revision() {
    return Number(this.fields.revision.value);
  }

  hint() {
    hint(this.section);
  }

  show({ response, is_flagged }) {
    this.kind.show(this.section, response);
    this.flag.checked = is_flagged;
    this.hint();
  }

  // What is stored now: a plain form post sends only what differs from it.
  settle({ response, revision, is_flagged }) {
    this.fields.revision.value = revision;
    this.fields.was.value = JSON.stringify(response ?? null);
    this.fields.wasFlagged.value = is_flagged ? "1" : "0";
  }

  say(words, isGood = false) {
    const status = this.section.querySelector("[data-saved]");
    status.querySelector("[data-sign]").hidden = !isGood;
    status.querySelector("[data-words]").textContent = words;
  }
}

export class QuestionMap {
  constructor(form) {
    this.form = form;
    this.places = [...form.querySelectorAll("[data-map]")];
  }

  mark(question) {
    const [isAnswered, isFlagged] = [question.isAnswered, question.flag.checked];
    const place = this.places.find((item) => item.dataset.map === question.number);
    place.classList.toggle("is-answered", isAnswered);
    place.classList.toggle("is-flagged", isFlagged);
    const words = this.form.dataset;
    const label = [fill(words.textQuestion, question.number), isAnswered ? words.textAnswered : words.textNotAnswered];
    place.setAttribute("aria-label", [...label, ...(isFlagged ? [words.textFlagged] : [])].join(", "));
    const count = this.places.filter((item) => item.classList.contains("is-answered")).length;
    this.form.querySelector("[data-count]").textContent = fill(words.textCount, count, words.total);
  }

  // Which question is in sight, as one scrolls; with one question a page the page itself says it.
  follow(questions) {
    const see = (seen) => seen.filter((one) => one.isIntersecting).forEach((one) => this.#go(one.target.dataset.number));
    const inSight = new IntersectionObserver(see, { rootMargin: "-25% 0px -65% 0px" });
    if (questions.length > 1) for (const question of questions) inSight.observe(question.section);
  }

  #go(number) {
    for (const place of this.places) {
      if (place.dataset.map === number) place.setAttribute("aria-current", "step");
      else place.removeAttribute("aria-current");
    }
  }
}

export const timeWords = (text, at, timeZone) =>
  fill(text, new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }));
