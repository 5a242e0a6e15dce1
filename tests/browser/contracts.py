"""The contract documents that the pages of drafting show on the demonstration's server; made through the verbs."""

from dataclasses import replace
from datetime import date
from typing import Any

from clauses import hooks, queries, service
from clauses.models import Draft
from clauses.queries.releases import in_force
from clauses.rules.model import Layer, Library
from procurement.accounts import queries as accounts
from procurement.cli.demo import contracts as library
from procurement.consultations import queries as consultations
from procurement.core import services
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from tests.factories import clause_pages

_CLAUSE = "rc.objet"
_MORE = "Le présent règlement complète l’avis."


def ids(runtime: Runtime, city: Any, reference: str) -> dict[str, str]:
    """Make documents of the consultation ``reference``: one being written with a conflict, one handed over, one on an old release."""
    source = services.find(runtime.registry, hooks.FactSource)
    now, by = runtime.clock.now(), _who(city)
    library.load(runtime)
    with runtime.database.write() as session:
        consultation = consultations.view(session, reference)
        common: dict[str, Any] = {"source": source, "by": by, "now": now}

        def begin(canvas: str) -> Any:
            beginning = service.Beginning(canvas=canvas, consultation_id=consultation.id)
            return service.start_draft(session, beginning, **common)

        written, handed_over, old = begin("rc"), begin("ae"), begin("rc")
        lost = _work(session, written.id, by, now)
        row = session.get(Draft, handed_over.id)
        # Its questions are not of interest here: only how the page of a document that waits looks.
        row.submitted_at, row.submitted_by = now, None
        current = in_force(session, now.date())
        known = queries.edition(session, current.id).library
        body = f"{known.clauses[_CLAUSE].body.strip()}\n\n{_MORE}"
        service.save_text(session, old.id, _CLAUSE, body, revision=0, by=by, now=now)
        _adapt(session, current.library_id, by, now)
        habits = _habits(session, consultation.id, source, by, now)
    _publish_next(runtime, known)
    return {
        "contract": str(written.id), "contract_submitted": str(handed_over.id), "contract_old": str(old.id),
        "contract_usual": str(habits),
        "contract_conflict": str(lost), "contract_consultation": str(consultation.id),
    }  # fmt: skip


def _who(city: Any) -> Identity:
    return Identity(
        person_id=city.id, name="Nadia Colin", email="achats@ville.example", organisation_id=city.id,
        organisation_kind="buyer", siret=city.siret,
    )  # fmt: skip


def _work(session: Any, draft_id: Any, by: Identity, now: Any) -> Any:
    """Answer, write, remark; answer once more over the same revision and return what lost."""
    asked = queries.desk_of(session, draft_id).questions
    facts = queries.desk_of(session, draft_id).edition.library.facts
    fact = next(one.fact for one in asked if facts[one.fact].type == "bool")
    service.save_answer(session, draft_id, fact, "oui", revision=0, by=by, now=now)
    late = service.save_answer(session, draft_id, fact, "non", revision=0, by=by, now=now)
    service.comment(session, draft_id, "À relire avec le service juridique.", clause=_CLAUSE, by=by, now=now)
    assert late.conflict is not None
    return late.conflict.id


def _habits(session: Any, consultation_id: Any, source: Any, by: Identity, now: Any) -> Any:
    """Keep usual answers of the city's buyer; return a document that begins with them."""
    by = _person(session, by)
    for fact, value in (
        ("delai_questions_jours", "8"),
        ("interdiction_cumul", "oui"),
        ("taches_essentielles", "non"),
    ):
        service.keep_usual(session, fact, value, on=now.date(), by=by, now=now)
    beginning = service.Beginning(canvas="rc", consultation_id=consultation_id)
    return service.start_draft(session, beginning, source=source, by=by, now=now).id


def _person(session: Any, by: Identity) -> Identity:
    """Return the city's buyer as the person who signs in."""
    keeper = accounts.person_by_email(session, by.email)
    assert keeper is not None
    return replace(by, person_id=keeper.id)


def _adapt(session: Any, above: Any, by: Identity, now: Any) -> None:
    """Begin the city's layer with a cover page, and an adaptation which the next release will have drift."""
    by = _person(session, by)
    layer = service.ensure_layer(session, Layer.ENTITY, parent_id=above, title="Ville", by=by, now=now)
    wording = service.Wording(clause=_CLAUSE, mode="append", body=_MORE)
    service.adapt(session, layer.id, wording, on=now.date(), by=by, now=now)
    clause_pages.logo_page(session, layer.id, by, now)


def _publish_next(runtime: Runtime, known: Library) -> None:
    """Release the library once more, with other words in one clause."""
    changed = known.clauses[_CLAUSE]
    body = f"Ce règlement fixe les règles de la consultation.\n\n{changed.body}"
    clauses = {**known.clauses, _CLAUSE: replace(changed, body=body)}
    said = service.Announcement(
        version="2026.2", valid_from=date(2026, 1, 2), analyser="essai", changelog=("Objet précisé.",)
    )
    with runtime.database.write() as session:
        signed = service.sign(replace(known, clauses=clauses), said, sealer=runtime.find(Sealer))
        service.publish(session, signed, by=None, now=runtime.clock.now())
