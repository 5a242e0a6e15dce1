"""Every page of the application: who looks at it, where it is, and in which states it is shown."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import APIResponse, Page, Response

from tests.browser.stage import FREE_SIRET, Demo

ADMINISTRATOR = "administratrice@ministere.example"
DRAFTER = "redactrice@ministere.example"
OPENER = "ouvreuse@ministere.example"
OBSERVER = "observateur@ministere.example"
CITY = "achats@ville.example"
HOSPITAL = "achats@hopital.example"
BIDDER = "contact@medilog.example"
SENDER = "contact@kermadec.example"
BUILDER = "contact@bati-orle.example"
NOBODY_YET = "contact@numerique.example"

Act = Callable[[Page], object]


@dataclass(frozen=True)
class Case:
    """One page in one state. ``path`` takes the demonstration's numbers; ``before`` leads there, ``after`` acts on it."""

    route: str
    path: str
    person: str | None = None
    state: str = "filled"
    before: Act | None = None
    after: Act | None = None
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.route}-{self.state}"

    def show(self, page: Page, demo: Demo, language: str = "fr") -> Response:
        """Lead a page to this state and return the answer to the last navigation."""
        answers: list[Response] = []

        def hear(response: Response) -> None:
            if response.request.is_navigation_request() and response.frame == page.main_frame:
                answers.append(response)

        page.on("response", hear)
        if self.before:
            self.before(page)
        page.goto(self._address(demo, language))
        if self.after:
            self.after(page)
        page.wait_for_load_state()
        page.remove_listener("response", hear)
        return answers[-1]

    def sent(self, page: Page, demo: Demo) -> Response | APIResponse:
        """Return the page in this state as the server sends it; what nobody has to act on is not drawn for that."""
        if self.before or self.after:
            return self.show(page, demo)
        return page.request.get(self._address(demo, "fr"))

    def _address(self, demo: Demo, language: str) -> str:
        # The session remembers a language: each visit asks for its own.
        path = self.path.format(**demo.ids)
        return f"{path}{'&' if '?' in path else '?'}lang={language}"


def send_empty(page: Page) -> None:
    """Empty the page's form and send it, as somebody who overlooked it all would."""
    form = page.locator("main form[method='post']").first
    for box in form.locator(
        "input:is([type='text'],[type='email'],[type='password'],[type='number']),textarea"
    ).all():
        box.fill("")
    with page.expect_navigation():
        form.locator("button[type='submit']").first.click()


def send(**values: str) -> Act:
    """Return the act of filling some fields in and sending their form."""

    def act(page: Page) -> None:
        form = page.locator("main form[method='post']").first
        for name, value in values.items():
            form.locator(f"[name='{name}']").fill(value)
        with page.expect_navigation():
            form.locator("button[type='submit']").first.click()

    return act


def choose_company(page: Page) -> None:
    """Walk the first steps of a registration."""
    page.goto(f"/inscription/entreprise?siret={FREE_SIRET}")
    page.locator("main form button[type='submit']").first.click()
    page.wait_for_load_state()


def give_password(page: Page) -> None:
    """Pass the first factor of somebody who has two."""
    page.goto("/connexion")
    send(email="ouvreur@hopital.example", password="demonstration-pli-2027")(page)  # the demonstration's


def send_signed(page: Page) -> None:
    """Verify a signed PDF on the public page."""
    from signing.produce.params import Level, Profile
    from tests.signing import signed

    pdf = signed.sign(Profile.PADES, Level.B_LT)
    page.locator("#file").set_input_files({"name": "acte.pdf", "mimeType": "application/pdf", "buffer": pdf})
    with page.expect_navigation():
        page.locator("main form[enctype] button[type='submit']").click()
    unfold(page)


def ask_for_code(page: Page) -> None:
    """Have a one-time code for a signing job shown."""
    with page.expect_navigation():
        page.locator("#code").click()


def unfold(page: Page) -> None:
    """Open everything that folds."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


def empty(route: str, path: str, person: str | None = None, before: Act | None = None) -> Case:
    """Return the case of a form that came back with its errors."""
    return Case(route, path, person, "error", before, send_empty, status=422)


_DRAFT = "/acheteur/consultations/{draft}"
PUBLIC = [
    Case("home", "/"),
    Case("home", "/", state="menu", after=unfold),
    Case("core.help", "/aide"),
    Case("core.how", "/comment-ca-marche"),
    Case("core.prerequisites", "/prerequis"),
    Case("core.styleguide", "/styleguide"),
    Case("core.error_help", "/aide/erreurs/bid.too_early"),
    Case("core.outbox", "/boite-envoi"),
    Case("core.outbox_message", "{outbox_message}"),
    *(Case("core.page", f"/pages/{slug}", state=slug) for slug in ("mentions-legales", "donnees-personnelles")),
    *(Case("core.page", f"/pages/{slug}", state=slug) for slug in ("contact", "accessibilite", "plan-du-site")),
    *(Case("core.page", f"/pages/{slug}", state=slug) for slug in ("ecoconception", "conditions", "cookies")),
    *(Case("core.page", f"/pages/{slug}", state=slug) for slug in ("etat-du-service", "code-source")),
    Case("consultations.search", "/recherche?etat=toutes"),
    Case("consultations.search", "/recherche?q=introuvable", state="empty"),
    Case("consultations.search", "/recherche?q=nettoyage&etat=toutes&limite_du=pas-une-date", state="error"),
    Case("consultations.show", "/consultations/{lots}"),
    Case("consultations.show", "/consultations/{open}", state="one-lot"),
    Case("consultations.show", "/consultations/{closed}", state="closed"),
    Case("consultations.show", "/consultations/{opened}", state="opened"),
    Case("consultations.identify", "/consultations/{lots}/retrait"),
    empty("consultations.identify", "/consultations/{lots}/retrait"),
    Case("bids.workstation", "/poste"),
    Case("signatures.verify", "/signatures/verifier"),
    Case("signatures.job", "/signatures/demandes/{signing_job}", CITY),
    Case("signatures.job", "/signatures/demandes/{signing_job}", CITY, state="code", after=ask_for_code),
    empty("signatures.verify", "/signatures/verifier"),
    Case("signatures.verify", "/signatures/verifier", state="verdict", after=send_signed),
]  # fmt: skip
SIGN_IN = [
    Case("accounts.sign_in", "/connexion"),
    empty("accounts.sign_in", "/connexion"),
    Case("accounts.code", "/connexion/code", before=give_password),
    empty("accounts.code", "/connexion/code", before=give_password),
    Case("accounts.forgotten", "/mot-de-passe/oublie"),
    empty("accounts.forgotten", "/mot-de-passe/oublie"),
    Case("accounts.reset", "{reset}"),
    empty("accounts.reset", "{reset}"),
    Case("accounts.invitation", "{invitation}"),
    empty("accounts.invitation", "{invitation}"),
    Case("accounts.register", "/inscription"),
    empty("accounts.register", "/inscription"),
    Case("accounts.register", "/inscription", state="several", after=send(siret="900001017")),
    Case("accounts.register_company", f"/inscription/entreprise?siret={FREE_SIRET}"),
    Case("accounts.register_person", "/inscription/personne", before=choose_company),
    empty("accounts.register_person", "/inscription/personne", before=choose_company),
    Case("accounts.register_sent", "/inscription/courriel"),
    Case("accounts.register_confirm", "{register_confirm}"),
    empty("accounts.register_confirm", "{register_confirm}"),
]
ACCOUNT = [
    Case("accounts.dashboard", "/tableau-de-bord", CITY),
    Case("accounts.dashboard", "/tableau-de-bord", BIDDER, "company"),
    Case("accounts.account", "/compte", OBSERVER),
    empty("accounts.account", "/compte", OBSERVER),
    Case("accounts.email", "/compte/adresse", OBSERVER),
    empty("accounts.email", "/compte/adresse", OBSERVER),
    Case("accounts.email_confirm", "{email_confirm}", OBSERVER),
    Case("accounts.password", "/compte/mot-de-passe", OBSERVER),
    empty("accounts.password", "/compte/mot-de-passe", OBSERVER),
    Case("accounts.security", "/compte/securite", OBSERVER),
    Case("accounts.security", "/compte/securite", OPENER, "second-factor"),
    Case("accounts.second_factor", "/compte/securite/activer", OBSERVER),
    empty("accounts.second_factor", "/compte/securite/activer", OBSERVER),
    Case("accounts.second_factor_remove", "/compte/securite/retirer", OPENER),
    empty("accounts.second_factor_remove", "/compte/securite/retirer", OPENER),
    Case("accounts.recovery_codes", "/compte/securite/codes", OPENER),
    empty("accounts.recovery_codes", "/compte/securite/codes", OPENER),
    Case("accounts.sessions", "/compte/sessions", OBSERVER),
    Case("accounts.switch", "/organisation/changer", ADMINISTRATOR),
    Case("accounts.organisation", "/organisation", ADMINISTRATOR),
    Case("accounts.organisation_edit", "/organisation/modifier", ADMINISTRATOR),
    Case("accounts.services", "/organisation/services", ADMINISTRATOR),
    empty("accounts.services", "/organisation/services", ADMINISTRATOR),
    Case("accounts.service", "/organisation/services/{service}", ADMINISTRATOR),
    empty("accounts.service", "/organisation/services/{service}", ADMINISTRATOR),
    Case("accounts.team", "/equipe", ADMINISTRATOR),
    Case("accounts.invite", "/equipe/invitation", ADMINISTRATOR),
    empty("accounts.invite", "/equipe/invitation", ADMINISTRATOR),
    Case("accounts.member", "/equipe/{member}", ADMINISTRATOR),
]
BUYER = [
    Case("consultations.buyer_list", "/acheteur/consultations", CITY),
    Case("consultations.create", "/acheteur/consultations/nouvelle", CITY),
    empty("consultations.create", "/acheteur/consultations/nouvelle", CITY),
    Case("consultations.manage", _DRAFT, CITY, "draft"),
    Case("consultations.manage", "/acheteur/consultations/{lots}", CITY, "open"),
    Case("consultations.manage", "/acheteur/consultations/{closed}", CITY, "closed"),
    Case("consultations.identity", f"{_DRAFT}/identite", CITY),
    empty("consultations.identity", f"{_DRAFT}/identite", CITY),
    Case("consultations.procedure", f"{_DRAFT}/procedure", CITY),
    Case("consultations.lots", f"{_DRAFT}/lots", CITY),
    Case("consultations.lot", f"{_DRAFT}/lots/1", CITY),
    Case("consultations.lot_new", f"{_DRAFT}/lots/nouveau", CITY),
    empty("consultations.lot_new", f"{_DRAFT}/lots/nouveau", CITY),
    Case("consultations.dates", f"{_DRAFT}/dates", CITY),
    Case("consultations.dates", f"{_DRAFT}/dates", CITY, "error", after=send(closes_at_date=""), status=422),
    Case("consultations.deposit_rules", f"{_DRAFT}/depot", CITY),
    empty("consultations.deposit_rules", f"{_DRAFT}/depot", CITY),
    Case("consultations.documents", f"{_DRAFT}/documents", CITY),
    Case("consultations.document_edit", f"{_DRAFT}/documents/{{document}}", CITY),
    Case("consultations.preview", f"{_DRAFT}/apercu", CITY),
    Case("consultations.check", f"{_DRAFT}/verification", CITY),
    Case("consultations.published", "/acheteur/consultations/{lots}/publiee", CITY),
    Case("consultations.history", "/acheteur/consultations/{lots}/historique", CITY),
    Case("consultations.register", "/acheteur/consultations/{lots}/retraits", CITY),
    Case("notices.import", "/acheteur/avis/importer", DRAFTER),
    empty("notices.import", "/acheteur/avis/importer", DRAFTER),
    Case("notices.report", "/acheteur/avis/{notice}", DRAFTER),
]
BIDS = [
    Case("bids.deposit", "/consultations/{lots}/depot", NOBODY_YET, after=unfold),
    Case("bids.deposit", "/consultations/{deposited}/depot", BIDDER, "replace"),
    Case("bids.deposit", "/consultations/{closed}/depot", NOBODY_YET, "closed"),
    Case("bids.deposits", "/depots", BIDDER),
    Case("bids.deposits", "/depots", SENDER, "draft"),
    Case("bids.deposits", "/depots", NOBODY_YET, "empty"),
    Case("bids.receipt", "/depots/{deposit}", BIDDER),
    Case("bids.withdrawal", "/depots/{deposit}/retrait", BIDDER),
    Case("bids.keys", "/organisation/cles", ADMINISTRATOR),
    Case("bids.key_ceremony", "/organisation/cles/nouvelle", ADMINISTRATOR),
    Case("bids.rehearsal", "/cles/{key}/epreuve", OPENER),
    Case("bids.keyset", "/consultations/{draft}/cles", CITY),
    Case("bids.openings", "/consultations/{closed}/ouvertures", "ouvreur@ville.example"),
    Case("bids.openings", "/consultations/{opened}/ouvertures", OPENER, "opened"),
    Case("bids.openings", "/consultations/{open}/ouvertures", OPENER, "too-early"),
    Case("bids.opening", "/ouvertures/{opening}", OPENER),
    Case("bids.opened", "/ouvertures/{opening}/plis/{envelope}", OPENER),
    Case("bids.opened_signature", "/ouvertures/{opening}/plis/{envelope}/signatures/1", OPENER),
    Case("bids.deposit", "/consultations/{lots}/depot", BUILDER, "dume"),
    Case("bids.comparison", "/consultations/{opened}/comparaison", OPENER),
    Case("bids.comparison", "/consultations/{closed}/comparaison", "ouvreur@ville.example", "empty"),
    Case("bids.comparison", "/consultations/{lots}/comparaison", "ouvreur@ville.example", "too-early"),
    Case("bids.register", "/consultations/{closed}/registre", CITY),
    Case("bids.register", "/consultations/{open}/registre", OPENER, "too-early"),
]
_REQUEST, _RESPONSE = "/dume/brouillon/{dume_request}", "/dume/brouillon/{dume_response}"
DUME = [
    Case("dume.tools", "/dume"),
    Case("dume.new_request", "/dume/demande"),
    empty("dume.new_request", "/dume/demande"),
    Case("dume.import", "/dume/importer"),
    empty("dume.import", "/dume/importer"),
    Case("dume.respond", "/dume/repondre"),
    Case("dume.check", "/dume/verifier"),
    Case("dume.convert", "/dume/convertir"),
    Case("dume.merge", "/dume/fusionner"),
    Case("dume.home", _REQUEST, state="request"),
    Case("dume.criteria", f"{_REQUEST}/criteres"),
    Case("dume.conversion", f"{_REQUEST}/conversion/1.0.2"),
    Case("dume.report", "/dume/brouillon/{dume_imported}/rapport"),
    Case("dume.home", _RESPONSE),
    Case("dume.home", "/parcours/{dume_handover}", state="handover"),
    Case("dume.siret", f"{_RESPONSE}/siret"),
    empty("dume.siret", f"{_RESPONSE}/siret"),
    Case("dume.sources", f"{_RESPONSE}/sources"),
    Case("dume.company", f"{_RESPONSE}/entreprise"),
    empty("dume.company", f"{_RESPONSE}/entreprise"),
    Case("dume.part", f"{_RESPONSE}/partie/iii-a"),
    Case("dume.part", f"{_RESPONSE}/partie/iv-b", state="missing", after=unfold),
    Case("dume.part", f"{_RESPONSE}/partie/iv-b?controle=1", state="error"),
    Case("dume.changes", f"{_RESPONSE}/changements"),
    Case("dume.evidences", f"{_RESPONSE}/pieces"),
    Case("dume.review", f"{_RESPONSE}/relire"),
    Case("dume.review", f"{_RESPONSE}/relire", None, "error", after=send(), status=422),
    Case("dume.remove", f"{_RESPONSE}/supprimer"),
    Case("dume.own_list", "/dume/mes-dume", BIDDER),
    Case("dume.own_start", "/dume/mes-dume/nouveau/{dume_published}", BIDDER),
    Case("dume.home", "/dume/mes-dume/{dume_own}", BIDDER, "own"),
]
ERRORS = [
    Case("errors", "/nulle-part", state="404", status=404),
    Case("errors", "/equipe", BIDDER, "company"),
]
_REQUEST = "/acheteur/dume/{desk_request}"
_GROUP = "/groupement/espace/{desk_group}"
_CLIENT = "/organisation/api/{desk_client}"
DESKS = [
    Case("consultations.dume", f"{_DRAFT}/dume", CITY),
    Case("consultations.dume", "/acheteur/consultations/{lots}/dume", CITY, "without"),
    Case("dume.request", _REQUEST, CITY),
    Case("dume.request", "/acheteur/dume/{desk_imported}", CITY, "valid"),
    Case("dume.request", "/acheteur/dume/{dume_published}", CITY, "published"),
    Case("dume.request_buyer", f"{_REQUEST}/acheteur", CITY),
    empty("dume.request_buyer", f"{_REQUEST}/acheteur", CITY),
    Case("dume.request_criteria", f"{_REQUEST}/criteres", CITY),
    Case("dume.request_criterion", f"{_REQUEST}/criteres/gen-year-to", CITY),
    Case("dume.request_review", f"{_REQUEST}/relire", CITY),
    Case("dume.request_review", "/acheteur/dume/{desk_lacking}/relire", CITY, "lacking"),
    Case("dume.request_report", "/acheteur/dume/{desk_imported}/rapport", CITY, after=unfold),
    Case("dume.public", "/dume/publie/{dume_published}"),
    Case("dume.consortia", "/groupement", BIDDER),
    Case("dume.consortium_start", "/groupement/nouveau/{desk_alone}", BIDDER),
    empty("dume.consortium_start", "/groupement/nouveau/{desk_alone}", BIDDER),
    Case("dume.consortium", _GROUP, BIDDER),
    Case("dume.consortium_invite", f"{_GROUP}/inviter", BIDDER),
    empty("dume.consortium_invite", f"{_GROUP}/inviter", BIDDER),
    Case("dume.invitation", "/groupement/{desk_invitation}"),
    Case("dume.invitation", "/groupement/{desk_invitation}", SENDER, "member"),
    Case("dume.invitation", "/groupement/{desk_invitation}", CITY, "buyer"),
    Case("dume.clients", "/organisation/api", CITY),
    Case("dume.client_new", "/organisation/api/nouveau", CITY),
    empty("dume.client_new", "/organisation/api/nouveau", CITY),
    Case("dume.client", _CLIENT, CITY),
    Case("dume.client_settings", f"{_CLIENT}/reglages", CITY),
    Case("dume.client_key_new", f"{_CLIENT}/cles", CITY),
    Case("dume.client_log", f"{_CLIENT}/journal", CITY),
    Case("dume.client_try", f"{_CLIENT}/essai", CITY),
    Case("dume.client_webhooks", f"{_CLIENT}/webhooks", CITY),
    Case("dume.client_webhook_new", f"{_CLIENT}/webhooks/nouveau", CITY),
    empty("dume.client_webhook_new", f"{_CLIENT}/webhooks/nouveau", CITY),
    Case("dume.client_webhook", f"{_CLIENT}/webhooks/{{desk_webhook}}", CITY),
    Case("dume.mandates", "/organisation/mandats", CITY),
    Case("dume.mandate_new", "/organisation/mandats/nouveau", CITY),
    empty("dume.mandate_new", "/organisation/mandats/nouveau", CITY),
    Case("dume.sandbox_key", "/dume/cle"),
    empty("dume.sandbox_key", "/dume/cle"),
    Case("dume.sandbox_key", "/dume/cle", state="secret", after=send(email="essai@editeur.example")),
]
_CONTRACT = "/acheteur/redaction/{contract}"
_HABITS = "/acheteur/redaction/{contract_usual}"
CLAUSES = [
    Case("clauses.home", "/acheteur/redaction", CITY),
    Case("clauses.drafts", "/acheteur/redaction/consultations/{contract_consultation}", CITY),
    empty("clauses.drafts", "/acheteur/redaction/consultations/{contract_consultation}", CITY),
    Case("clauses.draft", _CONTRACT, CITY),
    Case("clauses.chapter", f"{_CONTRACT}/chapitres/1", CITY, after=unfold),
    Case("clauses.chapter", f"{_CONTRACT}/chapitres/5?parcours=criteres&etape=1", CITY, "walk", after=unfold),
    Case("clauses.chapter", "/acheteur/redaction/{contract_submitted}/chapitres/1", CITY, "closed"),
    Case("clauses.clause", f"{_CONTRACT}/clauses/rc.objet", CITY),
    Case("clauses.clause", "/acheteur/redaction/{contract_old}/clauses/rc.objet", CITY, "edited"),
    Case("clauses.checks", f"{_CONTRACT}/controles", CITY),
    Case("clauses.checks", "/acheteur/redaction/{contract_submitted}/controles", CITY, "submitted"),
    Case("clauses.chapter", f"{_HABITS}/chapitres/3", CITY, "usual", after=unfold),
    Case("clauses.checks", f"{_HABITS}/controles", CITY, "usual"),
    Case("clauses.usual", "/acheteur/redaction/reponses-habituelles", CITY),
    Case("clauses.usual_answer", "/acheteur/redaction/reponses-habituelles/delai_questions_jours", CITY),
    empty("clauses.usual_answer", "/acheteur/redaction/reponses-habituelles/delai_questions_jours", CITY),
    Case("clauses.facts", f"{_CONTRACT}/donnees", CITY),
    Case("clauses.conflicts", f"{_CONTRACT}/conflits", CITY),
    Case("clauses.conflict", f"{_CONTRACT}/conflits/{{contract_conflict}}", CITY),
    Case("clauses.duplicate", f"{_CONTRACT}/dupliquer", CITY),
    Case("clauses.compare", f"{_CONTRACT}/comparer?avec={{contract_old}}", CITY),
    Case("clauses.upgrade", "/acheteur/redaction/{contract_old}/mise-a-niveau", CITY),
    Case("clauses.readback", f"{_CONTRACT}/relecture", CITY),
    Case("clauses.history", f"{_CONTRACT}/historique", CITY, after=unfold),
    Case("clauses.preview", f"{_CONTRACT}/apercu", CITY),
    Case("clauses.layer", "/acheteur/redaction/adaptations", CITY),
    Case("clauses.layer_clause", "/acheteur/redaction/adaptations/clauses/rc.objet", CITY),
    Case("clauses.layer_release", "/acheteur/redaction/adaptations/publier", CITY),
    Case("clauses.layer_cover", "/acheteur/redaction/adaptations/gardes/CCAP", CITY),
    Case("clauses.layer_cover", "/acheteur/redaction/adaptations/gardes/AE", CITY, "empty"),
    Case("clauses.walkthroughs", "/acheteur/redaction/parcours", CITY),
    Case("clauses.walkthrough", "/acheteur/redaction/parcours/criteres", CITY),
    Case("clauses.library", "/clauses"),
    Case("clauses.library", "/clauses?q=introuvable", state="empty"),
    Case("clauses.library_clause", "/clauses/ccap.sociale.obligatoire"),
    Case("clauses.article", "/clauses/articles/CCP:L2112-2-1"),
    Case("clauses.releases", "/clauses/versions"),
]
CASES = [*PUBLIC, *SIGN_IN, *ACCOUNT, *BUYER, *BIDS, *DUME, *DESKS, *CLAUSES, *ERRORS]

#: Page routes that show no HTML page of their own, each with the reason.
NO_PAGE = {
    "bids.comparison_csv": "a CSV file",
    "bids.comparison_proof": "a proof of an opened DUME",
    "bids.minutes": "a PDF or JSON file",
    "bids.opened_archive": "a ZIP file",
    "bids.opened_evidence": "a ZIP file",
    "bids.opened_evidence_stamp": "a time-stamp file",
    "bids.opened_file": "a file of a bid",
    "clauses.export": "the document itself: DOCX, ODT, PDF or HTML",
    "clauses.redline": "a DOCX file",
    "clauses.layer_logo": "a picture",
    "consultations.archive": "a ZIP file",
    "consultations.contracts": "leads to the documents of the clause room",
    "consultations.calendar": "an iCalendar file",
    "consultations.document": "a tender document",
    "consultations.document_read": "a tender document",
    "consultations.hashes": "a list of digests",
    "consultations.manifest": "a JSON file",
    "consultations.register_csv": "a CSV file",
    "consultations.search_atom": "an Atom feed",
    "consultations.search_csv": "a CSV file",
    "core.timestamp_authority": "a PEM file",
    "core.seal_authority": "a PEM file",
    "dume.copy": "a copy of the document: XML, PDF, HTML, JSON or ZIP",
    "dume.evidence": "a proof",
    "dume.public_copy": "a copy of the request: XML, PDF or HTML",
    "dume.request_copy": "a copy of the request: XML, PDF or HTML",
    "notices.file": "the notice itself",
    "signatures.job_document": "a document to sign",
    "signatures.job_file": "a signed file",
}
