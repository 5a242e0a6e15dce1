"""Receipts and minutes on paper (PDF/UA-1, PDF/A-3a), with their JSON attached."""

from collections.abc import Mapping
from typing import Any

from procurement.bids import wording
from procurement.bids.models import BidDeposit, BidOpening
from procurement.bids.rules import EnvelopeState, Kind
from procurement.core import i18n, pdf
from procurement.core.text import _
from procurement.core.web.filters import instant_in, size_in
from procurement.signatures.wording import STATUSES
from signing import jcs
from signing.receipt import Evidence, Receipt, parse
from signing.sealed.inventory import SignatureStatus


class Words:
    """Translate for one document."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, message: str, **params: Any) -> str:
        """Translate a marked sentence."""
        return i18n.translate(message, self.language, **params)

    def instant(self, value: Any) -> str:
        """Return an instant with milliseconds and its zone."""
        return instant_in(value, self.language, millis=True)

    def place(self, kind: str, lot: int) -> str:
        """Return ``Offre, lot 2``."""
        word = self(wording.KINDS[Kind(kind)])
        return self(_("%(kind)s, lot %(lot)s"), kind=word, lot=lot) if lot else word


def receipt_pdf(row: BidDeposit, body: bytes, *, language: str) -> bytes:
    """Return the receipt: the five mandatory contents, the fingerprints of every file, the time-stamp."""
    receipt = parse(body)
    attachments = {"receipt.json": body}
    if row.tsr is not None:
        attachments["receipt.tsr"] = row.tsr
    words = Words(language)
    title = words(_("Reçu de dépôt"))
    data = {**_receipt_data(receipt, words), **_stamp(row, words)}
    return pdf.render(
        "receipt", data, title=title, language=language, date=row.received_at, attachments=attachments
    )


def _receipt_data(receipt: Receipt, words: Words) -> dict[str, Any]:
    evidence = receipt.evidence
    return {
        "reference": str(evidence.deposit),
        "received_label": words(_("Reçu le")),
        "received_at": words.instant(receipt.received_at),
        **_parties(receipt, words),
        **_documents(receipt, words),
        "pli_label": words(_("Empreinte du pli (pli.json, SHA-256)")),
        "pli_sha256": evidence.pli_sha256.hex(),
        **_remarks(evidence, words),
    }


def _parties(receipt: Receipt, words: Words) -> dict[str, Any]:
    evidence = receipt.evidence
    return {
        "parties_title": words(_("Le dépôt")),
        "parties": [
            [words(_("Déposant")), _party(receipt.depositor.name, receipt.depositor.siret)],
            [words(_("Acheteur")), _party(receipt.buyer.name, receipt.buyer.siret)],
            [words(_("Consultation")), receipt.title],
            [words(_("Objet")), receipt.object],
            [words(_("Date limite")), words.instant(evidence.deadline)],
            [words(_("Dépôt")), str(evidence.deposit)],
        ],
    }


def _documents(receipt: Receipt, words: Words) -> dict[str, Any]:
    files = receipt.evidence.files
    return {
        "documents_title": words(_("Documents déposés")),
        "documents_heads": [words(_("Document")), words(_("Pli")), words(_("Taille"))],
        "documents": [
            [line.name, words.place(line.kind.value, line.lot), size_in(line.size, words.language)]
            for line in receipt.documents
        ],
        "hashes_title": words(_("Empreintes des fichiers chiffrés")),
        "hashes_heads": [words(_("Document")), words(_("Empreinte (arbre SHA-256)"))],
        "hashes": [
            [line.name, file.sealed.ct_root.hex()]
            for line, file in zip(receipt.documents, files, strict=True)
        ],
    }


def _remarks(evidence: Evidence, words: Words) -> dict[str, Any]:
    """Return what only some receipts say: lateness, missing documents, a clock that was guarded."""
    late = words(_("Ce dépôt est arrivé après la date limite. Il est conservé fermé."))
    guarded = words(
        _(
            "Heure gardée : l’horloge du serveur avait sauté ; l’heure indiquée est celle de l’horloge de garde."
        )
    )
    return {
        "late": late if evidence.late else "",
        "late_title": words(_("Hors délai")),
        "missing_title": words(_("Pièces demandées absentes")),
        "missing": list(evidence.missing_pieces),
        "clock": guarded if evidence.clock == "guarded" else "",
        "clock_title": words(_("Heure")),
    }


def _party(name: str, siret: str | None) -> str:
    return f"{name} (SIRET {siret})" if siret else name


def _stamp(row: BidDeposit, words: Words) -> dict[str, Any]:
    """Return the lines on the time-stamp; one that is not qualified says so in capitals."""
    title = words(_("Horodatage"))
    if row.stamped_at is None:
        pending = words(
            _(
                "En cours : le service d’horodatage n’a pas encore répondu. Le dépôt est acquis ; ce reçu sera complété."
            )
        )
        return {"stamp_title": title, "stamp": [], "stamp_note": pending}
    qualified = words(_("Qualifié (eIDAS)")) if row.stamp_qualified else words(_("NON QUALIFIÉ"))
    lines = [
        [words(_("Autorité")), row.stamp_authority or ""],
        [words(_("Date du jeton")), words.instant(row.stamped_at)],
        [words(_("Niveau")), qualified],
        [words(_("Empreinte horodatée (receipt.json, SHA-256)")), row.receipt_sha256],
    ]
    return {"stamp_title": title, "stamp": lines, "stamp_note": ""}


def minutes_pdf(opening: BidOpening, minutes: Mapping[str, Any], *, language: str) -> bytes:
    """Return the minutes of an opening: every envelope, opened or not, why, and the files that came out."""
    words = Words(language)
    lots = ", ".join(str(lot) for lot in minutes["lots"]) or words(_("tous"))
    consultation = minutes["consultation"]
    data = {
        "reference": consultation["reference"],
        "opened_label": words(_("Ouverture du")),
        "opened_at": words.instant(opening.at),
        "facts_title": words(_("L’ouverture")),
        "facts": [
            [words(_("Acheteur")), consultation["buyer"]],
            [words(_("Consultation")), f"{consultation['reference']} – {consultation['title']}"],
            [words(_("Plis ouverts")), words(wording.KINDS[opening.kind])],
            [words(_("Lots")), lots],
            [words(_("Ouverts par")), minutes["opened_by"]],
            [words(_("Identifiant")), minutes["opening"]],
        ],
        "envelopes_title": words(_("Plis concernés")),
        "envelopes_heads": [words(_("Candidat")), words(_("Pli")), words(_("Reçu le")), words(_("État"))],
        "envelopes": [_line(one, words) for one in minutes["envelopes"]],
        "files_heads": [words(text) for text in _FILE_HEADS],
        "opened": [_opened(one, words) for one in minutes["envelopes"] if one["files"]],
        "none": words(_("Aucun pli ne concerne cette ouverture.")) if not minutes["envelopes"] else "",
    }
    attachments = {"minutes.json": jcs.dumps(dict(minutes))}
    title = words(_("Procès-verbal d’ouverture des plis"))
    return pdf.render(
        "minutes", data, title=title, language=language, date=opening.at, attachments=attachments
    )


_FILE_HEADS = (_("Fichier"), _("Taille"), _("Empreinte"), _("Signature"))


def _signature(found: Mapping[str, Any] | None, words: Words) -> str:
    """Return what was found of a file's signature; minutes of earlier versions say nothing of it."""
    if found is None:
        return words(_("non vérifiée à l’établissement du procès-verbal"))
    parts = [words(STATUSES[SignatureStatus(found["status"])][0])]
    parts += [", ".join(found["signers"])] if found["signers"] else []
    parts += [words(_("Autre résultat qu’au dépôt"))] if found["mismatch"] else []
    return ". ".join(parts)


def _line(one: Mapping[str, Any], words: Words) -> list[str]:
    state = EnvelopeState(one["state"])
    word = words(wording.ENVELOPES[state])
    reason = ""
    if one["failure"] and state is not EnvelopeState.OPENED:
        reason = words(wording.failure(one["failure"]))
    elif state in wording.REASONS:
        reason = words(wording.REASONS[state])
    text = f"{word} : {reason}" if reason else word
    return [_candidate(one), words.place(one["kind"], one["lot"]), one["received_at"], text]


def _candidate(one: Mapping[str, Any]) -> str:
    who = one["candidate"]
    lead = f"{who['name']} ({who['siret']})"
    return f"{lead} + {', '.join(who['members'])}" if who["members"] else lead


def _opened(one: Mapping[str, Any], words: Words) -> dict[str, Any]:
    return {
        "title": f"{_candidate(one)}, {words.place(one['kind'], one['lot'])}",
        "files": [
            [
                file["name"],
                size_in(file["size"], words.language),
                f"{file['digest']['alg']} {file['digest']['value']}",
                _signature(file.get("signature"), words),
            ]
            for file in one["files"]
        ],
    }
