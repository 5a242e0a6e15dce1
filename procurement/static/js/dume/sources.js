// Follow the sources while some have not answered: the page says where each one stands, without being loaded again.

const EVERY = 2000;
const list = document.querySelector("[data-sources]");

function said(list, pending) {
  if (pending === 0) return list.dataset.done;
  return pending === 1 ? list.dataset.one : list.dataset.many.replace("#", String(pending));
}

async function follow(list) {
  const answer = await fetch(list.dataset.sources, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  const changed = found.sources.some((one) => {
    const row = list.querySelector(`[data-source="${CSS.escape(one.source)}"]`);
    return row?.dataset.status !== one.status;
  });
  if (changed) await redraw(list);
  document.querySelector("[data-sources-said]").textContent = said(list, found.pending);
  list.dataset.pending = String(found.pending);
  if (found.pending > 0) setTimeout(() => follow(list), EVERY);
  else document.querySelector("[data-refresh]")?.remove();
}

// The server draws each row, in the reader's language: the list of the page is taken over as it is.
async function redraw(list) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-sources]");
  if (fresh) list.replaceChildren(...fresh.children);
}

if (list && Number(list.dataset.pending) > 0) setTimeout(() => follow(list), EVERY);
