// <ul data-password-rules data-min-length="8"> inside a field: each rule is ticked once what is typed fits it.
// The server decides; rules without a test here (too common, too similar) stay unticked.
const tests = {
  password_too_short: (text, list) => [...text.normalize("NFC")].length >= Number(list.dataset.minLength),
  password_no_upper: (text) => /[\p{Lu}\p{Lt}\p{Lo}]/u.test(text),
  password_no_digit: (text) => /\p{Nd}/u.test(text),
  password_no_special: (text) => /[^\p{L}\p{M}\p{Nd}\p{Z}\p{C}]/u.test(text),
};

for (const list of document.querySelectorAll("[data-password-rules]")) {
  const input = list.closest(".field").querySelector("input");
  const show = () => {
    for (const rule of list.querySelectorAll("[data-rule]")) {
      const met = Boolean(tests[rule.dataset.rule]?.(input.value, list));
      rule.toggleAttribute("data-met", met);
      rule.querySelector("[data-state]").textContent = met ? `, ${list.dataset.textMet}` : "";
    }
  };
  input.addEventListener("input", show);
  show();
}
