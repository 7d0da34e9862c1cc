// On the result page: nothing waits any more for this attempt, and the page can be printed.
import { Store } from "./quiz-store.js";

const result = document.querySelector("[data-quiz-result]");
new Store(result.dataset.person, result.dataset.quizResult).clear();
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
