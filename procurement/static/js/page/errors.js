// Bring the keyboard and the screen reader to the error summary, and each of its links to its field.

export function improve(summary) {
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target?.matches("main")) return; // The error is about the form as a whole.
    const field = target?.matches("input, select, textarea") ? target : target?.querySelector("input, select, textarea");
    if (!field) return;
    event.preventDefault();
    (field.closest(".pl-field, fieldset") ?? field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}
