// A file goes up by itself, with a progress bar, to the API; its form then carries only the choice.
// Without scripts the file goes with the form.
const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.split("=")[1] ?? "";
const token = (form) => form?.querySelector("[name=csrfmiddlewaretoken]")?.value || cookie("__Host-csrf") || cookie("csrf");

function send(box, file, form) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    box.querySelector("[data-upload-cancel]").onclick = () => request.abort();
    request.addEventListener("abort", () => reject(new Error(box.dataset.cancelled)));
    const body = new FormData();
    body.append("file", file);
    const about = form?.querySelector(`[data-alt-for="${box.querySelector("input").name}"]`)?.value;
    if (about) body.append("alt_text", about);
    if (box.dataset.name) body.append("original_name", box.dataset.name); // a file's own name may tell too much
    request.open("POST", box.dataset.url);
    request.setRequestHeader("X-CSRFToken", token(form));
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) box.querySelector("progress").value = (event.loaded / event.total) * 100;
    });
    request.addEventListener("error", () => reject(new Error(box.dataset.failed)));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status === 201) resolve(answer);
      else reject(new Error(answer.errors?.[0]?.message || answer.detail || box.dataset.failed));
    });
    request.send(body);
  });
}

function say(box, text, bad = false) {
  const note = box.querySelector(".upload__note");
  note.textContent = text;
  note.hidden = !text;
  note.classList.toggle("upload__note--bad", bad);
}

function choose(form, name, file) {
  const select = form.querySelector(`select[name="${name}"], select[name$="-${name}"]`);
  if (!select) return;
  select.append(new Option(file.original_name, file.id, true, true));
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

// The theme writes the name of a chosen file into the next text field it finds. Ours say it themselves.
for (const input of document.querySelectorAll("[data-upload] input[type=file]")) input.hasChangeListener = true;

document.addEventListener("change", async (event) => {
  const input = event.target;
  const box = input.closest?.("[data-upload]");
  if (!box || !input.files?.length) return;
  if (input.files[0].size > Number(box.dataset.limit)) {
    input.value = "";
    say(box, box.dataset.toolarge, true);
    return;
  }
  const form = input.form;
  const bar = box.querySelector("progress");
  const going = box.querySelector(".upload__going");
  const buttons = [...document.querySelectorAll(`[type=submit]`)].filter((button) => button.form === form);
  buttons.forEach((button) => { button.disabled = true; });
  going.hidden = false;
  bar.value = 0;
  say(box, box.dataset.sending);
  try {
    const file = await send(box, input.files[0], form);
    input.value = "";
    if (box.dataset.select) choose(form, box.dataset.select, file);
    say(box, `${file.original_name}: ${box.dataset.done}`);
    box.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail: file }));
  } catch (error) {
    input.value = "";
    say(box, error.message, true);
  } finally {
    going.hidden = true;
    buttons.forEach((button) => { button.disabled = false; });
  }
});

// Dropping beside the button is as good as on it.
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const box = event.target.closest?.("[data-upload]");
    if (!box || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    box.classList.toggle("upload--over", kind === "dragover");
    if (kind !== "drop" || !event.dataTransfer.files.length) return;
    const input = box.querySelector("input[type=file]");
    const only = new DataTransfer();
    only.items.add(event.dataTransfer.files[0]);
    input.files = only.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
