// Keep what is being typed: send a form marked data-pl-autosave="<address>" 1.5 s after the last change, and say so in
// its [data-pl-saved] line. The words come from the form: data-saving, data-saved ("... {time}"), data-unsaved.

const PAUSE = 1500;

export function improve(form) {
  const line = form.querySelector("[data-pl-saved]");
  const state = { timer: 0, dirty: false };

  const say = (text) => {
    if (line) line.textContent = text;
  };

  async function save() {
    state.dirty = false;
    say(form.dataset.saving);
    try {
      const answer = await fetch(form.dataset.plAutosave, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      say(form.dataset.saved.replace("{time}", new Date().toLocaleTimeString(document.documentElement.lang)));
    } catch {
      state.dirty = true;
      say(form.dataset.unsaved);
    }
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.type === "password") return;
    state.dirty = true;
    clearTimeout(state.timer);
    state.timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(state.timer);
    state.dirty = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (state.dirty) event.preventDefault();
  });
}
