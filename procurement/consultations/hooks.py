"""Where upper rooms have their word: guards of publication, sections of the task list, news.

An upper room registers implementations in its ``includeme``; all are called in the transaction of the deed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from procurement.consultations.errors import Refusal
from procurement.consultations.rules import ConsultationView, SectionState
from procurement.core import services
from procurement.core.security import Identity


class PublishGuard(Protocol):
    """Say what forbids a publication; an empty list lets it pass."""

    def check(self, session: Session, consultation: ConsultationView, now: datetime) -> list[Refusal]:
        """Return the reasons against publishing now."""
        ...


class TaskListSection(Protocol):
    """A section that an upper room adds to the task list; ``route`` takes ``reference``."""

    @property
    def key(self) -> str:
        """Return a stable word."""
        ...

    @property
    def title(self) -> str:
        """Return the marked French title."""
        ...

    @property
    def route(self) -> str:
        """Return the name of the page's route."""
        ...

    def state(self, session: Session, consultation: ConsultationView, now: datetime) -> SectionState:
        """Return how far the section is."""
        ...


class Published(Protocol):
    """Hear of a publication."""

    def published(
        self, session: Session, consultation: ConsultationView, *, by: Identity, now: datetime
    ) -> None:
        """Do what follows."""
        ...


class DeadlineChanged(Protocol):
    """Hear of a deadline moved later; ``before`` is the old one."""

    def deadline_changed(
        self,
        session: Session,
        consultation: ConsultationView,
        *,
        before: datetime,
        by: Identity,
        now: datetime,
    ) -> None:
        """Do what follows."""
        ...


class Opened(Protocol):
    """Hear that bids were opened."""

    def opened(
        self, session: Session, consultation: ConsultationView, *, by: Identity | None, at: datetime
    ) -> None:
        """Do what follows."""
        ...


@dataclass
class Hooks:
    """What the upper rooms registered."""

    guards: list[PublishGuard] = field(default_factory=list)
    sections: list[TaskListSection] = field(default_factory=list)
    on_published: list[Published] = field(default_factory=list)
    on_deadline_changed: list[DeadlineChanged] = field(default_factory=list)
    on_opened: list[Opened] = field(default_factory=list)


def install(registry: Any) -> Hooks:
    """Make the list of hooks one of the application's services, once."""
    try:
        return found(registry)
    except KeyError:
        services.register(registry, Hooks, Hooks())
        return found(registry)


def found(registry: Any) -> Hooks:
    """Return the application's hooks."""
    held: Hooks = services.find(registry, Hooks)
    return held


def add_guard(config: Any, guard: PublishGuard) -> None:
    """Ask ``guard`` before each publication."""
    install(config.registry).guards.append(guard)


def add_section(config: Any, section: TaskListSection) -> None:
    """Show ``section`` in the task list of each draft."""
    install(config.registry).sections.append(section)


def on_published(config: Any, listener: Published) -> None:
    """Tell ``listener`` of each publication."""
    install(config.registry).on_published.append(listener)


def on_deadline_changed(config: Any, listener: DeadlineChanged) -> None:
    """Tell ``listener`` of each deadline moved."""
    install(config.registry).on_deadline_changed.append(listener)


def on_opened(config: Any, listener: Opened) -> None:
    """Tell ``listener`` of each opening."""
    install(config.registry).on_opened.append(listener)
