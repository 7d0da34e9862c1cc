import { readNumber } from "./quiz-numbers.js";

// How each type of question is read from the page and shown on it. A response is what the API takes; null: none.
const values = (section) => [...section.querySelectorAll("[data-answer]")];
const checked = (section) => values(section).filter((input) => input.checked).map((input) => Number(input.value));
const choose = (section, places) => {
  for (const input of values(section)) input.checked = places.includes(Number(input.value));
};

const typed = {
  read: (section) => (values(section)[0].value ? { text: values(section)[0].value } : null),
  show: (section, response) => (values(section)[0].value = response?.text ?? ""),
};

export const kinds = {
  single_choice: {
    read: (section) => (checked(section).length ? { option: checked(section)[0] } : null),
    show: (section, response) => choose(section, response ? [response.option] : []),
  },
  multiple_choice: {
    read: (section) => (checked(section).length ? { options: checked(section).sort((a, b) => a - b) } : null),
    show: (section, response) => choose(section, response?.options ?? []),
  },
  short_answer: typed,
  numeric: typed,
  essay: typed,
  fill_blank: {
    read(section) {
      const blanks = values(section).map((input) => input.value);
      return blanks.some((text) => text) ? { blanks } : null;
    },
    show: (section, response) => values(section).forEach((input, n) => (input.value = response?.blanks?.[n] ?? "")),
  },
  matching: {
    read(section) {
      const chosen = values(section).map((select, n) => [n + 1, select.value]);
      const pairs = Object.fromEntries(chosen.filter(([, letter]) => letter));
      return Object.keys(pairs).length ? { pairs } : null;
    },
    show: (section, response) =>
      values(section).forEach((select, n) => (select.value = response?.pairs?.[n + 1] ?? "")),
  },
  ordering: {
    // Until it was touched an order stands as it was drawn and is no answer.
    read: (section) =>
      section.querySelector("[data-keep-box]").hidden
        ? { order: values(section).map((input) => Number(input.value)) }
        : null,
    show(section, response) {
      const list = section.querySelector("[data-order]");
      for (const place of response?.order ?? []) list.append(list.querySelector(`[data-item="${place}"]`));
      section.querySelector("[data-keep-box]").hidden = Boolean(response);
      number(list);
    },
  },
};
kinds.true_false = kinds.single_choice;

function number(list) {
  const items = [...list.children];
  items.forEach((item, n) => {
    item.querySelector("[data-rank]").textContent = n + 1;
    item.querySelector("[data-move='-1']").disabled = n === 0;
    item.querySelector("[data-move='1']").disabled = n === items.length - 1;
  });
}

// Up and down without a page load; the focus stays on the item that moves.
export function moveItems(form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move], [data-keep]");
    if (!button) return;
    event.preventDefault();
    const section = button.closest("[data-question]");
    section.querySelector("[data-keep-box]").hidden = true;
    const item = button.closest("[data-item]");
    if (item) {
      if (button.dataset.move === "1") item.nextElementSibling?.after(item);
      else item.previousElementSibling?.before(item);
      number(item.parentElement);
      const again = button.disabled ? item.querySelector("[data-move]:not(:disabled)") : button;
      again?.focus();
    }
    section.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// What stands below a field: how the number is read, how many words there are.
export function hint(section) {
  const [readAs, count] = ["[data-read-as]", "[data-words-count]"].map((name) => section.querySelector(name));
  const text = values(section)[0]?.value ?? "";
  if (readAs) {
    const number = readNumber(text);
    readAs.textContent = number !== null ? readAs.dataset.text.replace("%s", number) : text.trim() ? readAs.dataset.textNone : "";
  }
  if (count) count.textContent = count.dataset.text.replace("%s", text.split(/\s+/).filter(Boolean).length);
}
