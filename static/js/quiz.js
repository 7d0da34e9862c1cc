// Saves answers while they are given: 2 s after a change, every 10 s while there are changes, and on hide.
// Without this script the form's own buttons do the same.
import { moveItems } from "./quiz-answers.js";
import { watchLeaving } from "./quiz-leaving.js";
import { listen, showWaiting } from "./quiz-listening.js";
import { Notices } from "./quiz-notices.js";
import { Question, QuestionMap, timeWords } from "./quiz-page.js";
import { Sender } from "./quiz-sender.js";
import { Store } from "./quiz-store.js";
import { Timer } from "./quiz-timer.js";

const [AFTER_CHANGE, WHILE_CHANGED] = [2000, 10000];
const form = document.querySelector("[data-quiz]");
const words = form.dataset;
const store = new Store(words.person, words.quiz);
const notices = new Notices(form);
const map = new QuestionMap(form);
const questions = new Map(
  [...form.querySelectorAll("[data-question]")].map((section) => [section.dataset.question, new Question(section)]),
);
const sender = new Sender(form, store, (what, id, detail) => hear[what](questions.get(id), detail, id));
let soon, atLatest;

const hear = {
  saving: (question) => question?.say(words.textSaving),
  saved(question, { response, revision, is_flagged, answered_at, deadline_at }, id) {
    notices.clear();
    timer.set(deadline_at);
    if (question && !store.get(id)) {
      question.settle({ response, revision, is_flagged });
      question.say(timeWords(words.textSaved, answered_at, words.timeZone), true);
    }
    const all = document.querySelector("[data-saved-all]");
    all.hidden = !store.isEmpty;
    all.querySelector("span").textContent = timeWords(words.textAllSaved, answered_at, words.timeZone);
  },
  offline(question) {
    question?.say(words.textRetrying);
    notices.offline();
  },
  "signed-out"(question) {
    question?.say("");
    notices.signedOut();
  },
  closed(question, { submitted_at }) {
    question?.say("");
    const late = Object.keys(store.waiting).map((id) => questions.get(id)?.number ?? "?");
    store.clear();
    notices.closed(timeWords(words.textClosed, submitted_at ?? Date.now(), words.timeZone), late.sort((a, b) => a - b));
  },
  refused: (question, problem) => question?.say(problem.detail || words.textRefused),
  conflict(question, { answer }) {
    question?.say("");
    if (question) notices.ask(question.section, () => wait(question, answer.revision), () => take(question, answer));
  },
};

const timer = new Timer(form, submitNow, (attempt) => sender.close(attempt));

// The time is over: what waits goes along, within the grace that the server gives.
async function submitNow() {
  notices.timeOver();
  if (await sender.submit()) {
    store.clear();
    location.assign(words.result);
  }
}

function take(question, answer) {
  store.drop(question.id);
  question.show(answer);
  question.settle(answer);
  map.mark(question);
}

// What is chosen now waits from this moment on, above every revision known here.
function wait(question, known = 0) {
  const revision = Math.max(known, question.revision, store.get(question.id)?.revision ?? 0) + 1;
  store.put(question.id, { response: question.response, is_flagged: question.flag.checked, revision });
  map.mark(question);
  clearTimeout(soon);
  soon = setTimeout(send, AFTER_CHANGE);
  atLatest ??= setTimeout(send, WHILE_CHANGED);
}

function send() {
  clearTimeout(soon);
  clearTimeout(atLatest);
  atLatest = undefined;
  sender.flush();
}

listen(form, questions, wait);
moveItems(form);
watchLeaving(form, store, sender, notices, questions);
map.follow([...questions.values()]);
showWaiting(store, questions, map);
for (const saver of form.querySelectorAll("[data-save-button]")) saver.hidden = true;
sender.flush();
