// Follow the sources while some have not answered: the page says where each one stands, without being loaded again.

const EVERY = 2000;
const list = document.querySelector("[data-sources]");

function said(list, pending) {
  if (pending === 0) return list.dataset.done;
  return pending === 1 ? list.dataset.one : list.dataset.many.replace("#", String(pending));
}

// Write what one source says now; its badge is a copy of one that the page holds for each colour.
function write(list, one) {
  const row = list.querySelector(`[data-source="${CSS.escape(one.source)}"]`);
  if (!row || row.dataset.status === one.status) return;
  const badge = document.querySelector(`template[data-status-of="${CSS.escape(one.kind)}"]`).content.cloneNode(true);
  badge.firstElementChild.lastChild.textContent = one.word;
  row.querySelector(".pl-status").replaceWith(badge);
  row.querySelector(".pl-hint")?.remove();
  if (one.more) {
    const hint = document.createElement("span");
    hint.className = "pl-hint";
    hint.textContent = one.more;
    row.append(hint);
  }
  row.dataset.status = one.status;
}

async function follow(list) {
  const answer = await fetch(list.dataset.sources, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  for (const one of found.sources) write(list, one);
  const line = document.querySelector("[data-sources-said]");
  // A screen reader hears the line when it changes: nothing is said again while nothing has moved.
  if (line.textContent !== said(list, found.pending)) line.textContent = said(list, found.pending);
  list.dataset.pending = String(found.pending);
  if (found.pending > 0) setTimeout(() => follow(list), EVERY);
  else document.querySelector("[data-refresh]")?.remove();
}

if (list && Number(list.dataset.pending) > 0) setTimeout(() => follow(list), EVERY);
