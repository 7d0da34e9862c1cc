// The way to the server, with the CSRF token as it is now: logging in again, in another tab, changes it.
export class Door {
  constructor(form) {
    this.form = form;
  }

  get token() {
    const { csrfCookie } = this.form.dataset;
    const pair = document.cookie.split("; ").find((one) => one.startsWith(`${csrfCookie}=`));
    return pair?.slice(csrfCookie.length + 1) ?? "";
  }

  send(method, path, body, keepalive = false) {
    return fetch(`${this.form.dataset.url}/${path}`, {
      method,
      keepalive,
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
      body: JSON.stringify(body),
    });
  }

  // The end of the attempt, with answers that were not acknowledged; null where there is no connection.
  handIn(entries, keepalive) {
    const answers = entries.map(([question, { response, revision, is_flagged }]) => ({ question, response, revision, is_flagged }));
    return this.send("POST", "submit", { answers }, keepalive).catch(() => null);
  }

  // The form's own buttons take the same token along.
  refresh() {
    if (this.token) this.form.elements.csrfmiddlewaretoken.value = this.token;
  }
}

export const isSignedOut = (answer, { code }) => answer?.status === 401 || code === "csrf_failed";
export const later = (pause) => new Promise((resolve) => setTimeout(resolve, pause));
