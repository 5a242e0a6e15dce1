// Send one field and say what became of it: saved at a time, kept beside another's, refused with the reason, or not yet sent.

export const AGAIN = 8000;

export function say(line, text, tone = "") {
  line.textContent = text;
  line.dataset.tone = tone;
}

// Returns the JSON of the answer when it was saved, else null; the line says why. `retry` is called later when the
// connection failed.
export async function send(address, body, words, line, retry) {
  say(line, words.saving);
  let answer;
  try {
    const token = document.querySelector("meta[name='csrf-token']").content;
    answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json", "X-CSRF-Token": token } });
  } catch {
    say(line, words.unsaved, "warn");
    setTimeout(retry, AGAIN);
    return null;
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) {
    const time = new Date(told.saved_at).toLocaleTimeString(document.documentElement.lang);
    say(line, words.savedText.replace("{time}", time));
    return told;
  }
  if (answer.status === 412) showConflict(line, words, told.conflict);
  else say(line, told.detail ?? words.unsaved, "warn");
  return null;
}

function showConflict(line, words, address) {
  say(line, `${words.conflict} `, "warn");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words.compare;
  line.append(link);
}
