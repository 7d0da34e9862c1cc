// What the student has to know or decide, in words that come from data-text-*.
function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn btn--small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function alert(words, ...actions) {
  const box = document.createElement("div");
  box.className = "alert alert--warn";
  const text = document.createElement("div");
  text.className = "stack stack--tight";
  const sentence = document.createElement("p");
  sentence.textContent = words;
  text.append(sentence);
  if (actions.length) {
    const row = document.createElement("div");
    row.className = "row";
    row.append(...actions);
    text.append(row);
  }
  box.append(text);
  return box;
}

export class Notices {
  constructor(form) {
    this.words = form.dataset;
    this.place = form.querySelector("[data-notice]");
  }

  clear() {
    this.place.replaceChildren();
    delete this.shown;
  }

  #show(what, ...content) {
    if (this.shown === what) return;
    this.shown = what;
    this.place.replaceChildren(...content);
  }

  #link(words, url, isNew) {
    const made = document.createElement("a");
    made.href = url;
    made.textContent = words;
    if (isNew) made.target = "_blank";
    return made;
  }

  offline() {
    this.#show("offline", alert(this.words.textOffline));
  }

  signedOut() {
    this.#show("signed-out", alert(this.words.textSignedOut, this.#link(this.words.textLogIn, this.words.login, true)));
  }

  closed(sentence, late) {
    const lost = late.length ? ` ${this.words.textNotCounted.replace("%s", late.join(", "))}` : "";
    this.#show("closed", alert(sentence + lost, this.#link(this.words.textResult, this.words.result)));
  }

  timeOver() {
    this.#show("over", alert(this.words.textTimeOver));
  }

  // Two devices answered: the student says which one it is.
  ask(section, keep, take) {
    section.querySelector("[data-conflict]")?.remove();
    const decide = (act) => () => {
      box.remove();
      act();
    };
    const { textConflict, textKeep, textTake } = this.words;
    const box = alert(textConflict, button(textKeep, decide(keep)), button(textTake, decide(take)));
    box.dataset.conflict = "";
    box.setAttribute("role", "alert");
    section.append(box);
  }
}
