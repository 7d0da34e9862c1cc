// <button data-show-password aria-controls="id" hidden>: shows and hides what was typed. Without a script it stays hidden.
for (const button of document.querySelectorAll("[data-show-password]")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  if (!input) continue;
  const set = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.hidden = false;
  button.addEventListener("click", () => set(input.type === "password"));
  input.form?.addEventListener("submit", () => set(false)); // so that the browser offers to keep it as a password
}
