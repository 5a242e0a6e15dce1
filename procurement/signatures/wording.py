"""What the pages say of a verdict: one big word, what it means, what to do next. French sources, marked."""

from procurement.core.text import _
from procurement.signatures.rules import Outcome
from signing.sealed.inventory import SignatureStatus
from signing.types import CheckStatus, Container, Coverage, Qualification, ScopeKind

#: Outcome -> the word, its kind (shape and colour of the look), what it means.
OUTCOMES: dict[Outcome, tuple[str, str, str]] = {
    Outcome.VALID: (
        _("Signature valable"),
        "ok",
        _("Le document est inchangé, le certificat est qualifié et valable à la date de signature."),
    ),
    Outcome.RESERVED: (
        _("Signature exacte, avec une réserve"),
        "warn",
        _(
            "La signature est exacte, mais un des points demandés par l’arrêté n’est pas acquis. Lisez-le avant d’accepter."
        ),
    ),
    Outcome.UNDETERMINED: (
        _("Impossible de conclure"),
        "warn",
        _("Rien ne prouve que la signature est mauvaise, et rien ne prouve qu’elle est bonne."),
    ),
    Outcome.INVALID: (
        _("Signature non valable"),
        "err",
        _("Cette signature ne peut pas être acceptée en l’état."),
    ),
    Outcome.NONE: (
        _("Aucune signature"),
        "info",
        _("Ce fichier peut être lu, et il ne contient pas de signature électronique."),
    ),
}
#: What to do, by outcome, where the verdict brings no advice of its own.
NEXT: dict[Outcome, str] = {
    Outcome.VALID: _("Comparez le nom du signataire avec la personne habilitée à engager l’entreprise."),
    Outcome.RESERVED: _(
        "Lisez le point en réserve, puis demandez une nouvelle signature s’il manque au marché."
    ),
    Outcome.UNDETERMINED: _("Demandez au signataire une signature faite avec un certificat qualifié."),
    Outcome.INVALID: _("Demandez au signataire de signer de nouveau le document."),
    Outcome.NONE: _(
        "Si la signature est dans un fichier à part, donnez ce fichier comme fichier signé et le document à côté."
    ),
}
QUESTIONS: dict[str, str] = {
    "identity": _("Qui a signé ?"),
    "certificate_category": _("Le certificat est-il qualifié ?"),
    "format": _("Le format est-il XAdES, CAdES ou PAdES ?"),
    "validity_at_signing": _("Le certificat était-il valable à la date de signature ?"),
    "integrity": _("Le document est-il inchangé ?"),
}
ANSWERS: dict[CheckStatus, tuple[str, str]] = {
    CheckStatus.PASSED: (_("Oui"), "ok"),
    CheckStatus.FAILED: (_("Non"), "err"),
    CheckStatus.UNKNOWN: (_("Pas de réponse"), "warn"),
    CheckStatus.HUMAN: (_("À vous de le dire"), "todo"),
}
CONTAINERS: dict[Container, str] = {
    Container.XML: _("Fichier XML"),
    Container.CMS: _("Fichier de signature CAdES ou CMS"),
    Container.PDF: _("Document PDF"),
    Container.ASIC_S: _("Conteneur ASiC-S"),
    Container.ASIC_E: _("Conteneur ASiC-E"),
    Container.ZIP: _("Archive ZIP"),
    Container.TIMESTAMP: _("Jeton d’horodatage"),
}
QUALIFICATIONS: dict[Qualification, str] = {
    Qualification.QESIG: _("Signature électronique qualifiée"),
    Qualification.ADESIG_QC: _("Signature avancée reposant sur un certificat qualifié"),
    Qualification.ADESIG: _("Signature avancée, certificat non qualifié"),
    Qualification.QESEAL: _("Cachet électronique qualifié"),
    Qualification.ADESEAL_QC: _("Cachet avancé reposant sur un certificat qualifié"),
    Qualification.ADESEAL: _("Cachet avancé, certificat non qualifié"),
}
COVERAGES: dict[Coverage, tuple[str, str]] = {
    Coverage.FULL: (_("Signé en entier"), "ok"),
    Coverage.PARTIAL: (_("Signé en partie"), "warn"),
    Coverage.NONE: (_("Non signé"), "todo"),
}
KINDS: dict[ScopeKind, str] = {
    ScopeKind.DOCUMENT: _("document"),
    ScopeKind.XML_ELEMENT: _("élément du fichier XML"),
    ScopeKind.XML_ROOT: _("tout le fichier XML"),
    ScopeKind.PDF_REVISION: _("version du PDF"),
    ScopeKind.ASIC_ENTRY: _("fichier du conteneur"),
    ScopeKind.MANIFEST_ENTRY: _("fichier nommé par un manifeste"),
    ScopeKind.CMS_CONTENT: _("contenu de la signature"),
}
#: Status of a file in a bid -> word and kind.
STATUSES: dict[SignatureStatus, tuple[str, str]] = {
    SignatureStatus.SIGNED_VALID: (_("Signature valable"), "ok"),
    SignatureStatus.SIGNED_INVALID: (_("Signature non valable"), "err"),
    SignatureStatus.SIGNED_UNDETERMINED: (_("Signé, à vérifier"), "warn"),
    SignatureStatus.NOT_SIGNED: (_("Pas de signature"), "todo"),
    SignatureStatus.ORPHAN_TOKEN: (_("Signature sans document"), "warn"),
    SignatureStatus.PRESENT_NOT_CHECKED: (_("Signature présente"), "info"),
}
