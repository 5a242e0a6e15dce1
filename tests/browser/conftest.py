"""The demonstration's server that the browser tests share."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page

from tests.browser import stage


@pytest.fixture(scope="session")
def demo(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stage.Demo]:
    """Serve the demonstration, with consultations in every state. Tests read it; they do not move its clock far."""
    with stage.whole(tmp_path_factory.mktemp("demo"), chromium) as found:
        yield found


@pytest.fixture(scope="session")
def pages(demo: stage.Demo) -> Callable[[str | None], Page]:
    """Return the one page that a person of the demonstration keeps open; contexts are slow to make."""
    opened: dict[str | None, Page] = {}

    def page_of(person: str | None) -> Page:
        if person not in opened:
            opened[person] = demo.context(person, reduced_motion="reduce").new_page()
        return opened[person]

    return page_of


@pytest.fixture
def console() -> Iterator[Callable[[Page], list[str]]]:
    """Return a listener of a page's errors, which hears until the test ends."""
    heard: list[tuple[Page, str, Callable[..., None]]] = []

    def listen(page: Page) -> list[str]:
        errors: list[str] = []

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                errors.append(message.text)

        def on_error(error: Error) -> None:
            errors.append(str(error))

        for event, handler in (("console", on_console), ("pageerror", on_error)):
            page.on(event, handler)  # type: ignore[call-overload]  # the overloads know literals only
            heard.append((page, event, handler))
        return errors

    yield listen
    for page, event, handler in heard:
        page.remove_listener(event, handler)
