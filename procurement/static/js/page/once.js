// Send a form once: a second press within five seconds is not sent again. The server answers a repeated form with the
// same page in any case; this only spares the wait.

export function improve(form) {
  let sentAt = 0;
  form.addEventListener("submit", (event) => {
    const now = performance.now();
    if (sentAt > 0 && now - sentAt < 5000) {
      event.preventDefault();
      return;
    }
    // Another listener may have refused this submission; then it does not count.
    if (!event.defaultPrevented) sentAt = now;
  });
  window.addEventListener("pageshow", () => {
    sentAt = 0;
  });
}
