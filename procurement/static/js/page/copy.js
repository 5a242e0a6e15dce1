// Copy the text of an element (a fingerprint, a reference); the button shows itself only where copying works.

export function improve(button) {
  const source = document.getElementById(button.dataset.plCopy);
  if (!source || !navigator.clipboard) return;
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent.replace(/\s+/g, "").trim());
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = label;
    }, 4000);
  });
}
