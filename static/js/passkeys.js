// <form data-passkey="create|get" data-options='{…}' or data-options-url="…"> with input[name=credential] and a button
// [data-passkey-button] hidden: asks the device for a passkey, then sends the form. webauthnJSON comes with allauth.
const { webauthnJSON } = globalThis;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[data-passkey-button]");
  const trouble = form.querySelector("[data-passkey-trouble]");
  if (!webauthnJSON?.supported()) {
    form.querySelector("[data-passkey-missing]").hidden = false;
    continue;
  }
  button.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    trouble.hidden = true;
    try {
      const options = await optionsOf(form);
      const credential = await webauthnJSON[form.dataset.passkey](options);
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      trouble.textContent = trouble.dataset.textFailed;
      trouble.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}
