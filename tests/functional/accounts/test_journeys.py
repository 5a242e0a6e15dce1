"""From nothing to an account: registration, invitation, forgotten password, second factor, another address."""

import re

import pytest
from webtest import TestApp, TestResponse

from procurement.accounts import queries
from procurement.accounts.rules import OrganisationKind
from procurement.accounts.service.second_factor import code_at
from procurement.core import journal, mail
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.jobs import JobContext
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from procurement.core.worker import Worker
from tests.factories.accounts import (
    PASSWORD,
    Account,
    Made,
    create_buyer,
    create_company,
    create_person,
    give_second_factor,
    make_siret,
    sign_in,
)

OTHER = "une autre suite de mots"
MORVAN = "90000101700012"


def form_with(page: TestResponse, name: str) -> object:
    """Return the form that holds a field."""
    return next(form for form in page.forms.values() if name in form.fields)


def form_to(page: TestResponse, action: str) -> object:
    return next(form for form in page.forms.values() if form.action == action)


def fill(page: TestResponse, status: int = 303, **values: str) -> TestResponse:
    form = form_with(page, next(iter(values)))
    for name, value in values.items():
        form[name] = value
    return form.submit(status=status)


def links_to(database: Database, recipient: str) -> list[str]:
    """Return the links of the messages to somebody, newest first, as paths."""
    with database.read() as session:
        texts = [item.text for item in mail.recent(session) if item.recipient == recipient]
    found = (re.search(r"http://localhost(/\S*/\S{43})", text) for text in texts)
    return [match[1] for match in found if match]


def errors(page: TestResponse) -> list[str]:
    return [item.get_text(" ", strip=True) for item in page.html.select(".pl-error-summary li")]


@pytest.fixture
def buyer(database: Database, clock: SandboxClock) -> Made:
    with database.write() as session:
        return create_buyer(session, clock.now(), name="Ville de Valcombe-sur-Orle")


# ---- Registration ----
def apply_for(app: TestApp, siret: str, email: str) -> None:
    page = fill(app.get("/inscription"), siret=siret).follow()
    if "legal_name" in page.forms[next(reversed(page.forms))].fields:
        page = fill(
            page, legal_name="Sarl Nouvelle", address="1 rue Neuve", postal_code="01000", city="Bourg"
        ).follow()
    else:
        page = form_with(page, "siret").submit(status=303).follow()
    fill(page, name="Lucie Morvan", email=email)


def test_company_registers_itself(app: TestApp, database: Database) -> None:
    page = fill(app.get("/inscription"), siret="900 001 017 00012").follow()
    assert "Charpentes Morvan et fils" in page.text
    assert "26980 Saint-Aubin-les-Saules" in page.text
    page = form_with(page, "siret").submit(status=303).follow()
    fill(page, name="Lucie Morvan", email="lucie@morvan.example")
    with database.read() as session:
        assert queries.organisation_by_siret(session, MORVAN, OrganisationKind.COMPANY) is None
    link = links_to(database, "lucie@morvan.example")[0]
    page = fill(app.get(link), new=PASSWORD, again=PASSWORD).follow()
    assert page.request.path == "/tableau-de-bord"
    assert "Vous agissez pour Charpentes Morvan et fils" in page.html.select_one(".pl-header").get_text(
        " ", strip=True
    )
    app.get(link, status=410)
    with database.read() as session:
        found = queries.organisation_by_siret(session, MORVAN, OrganisationKind.COMPANY)
        assert found is not None
        assert found.origin == "registry"
        held = queries.members(session, found.id)[0].roles
        assert [role.role for role in held] == ["company_administrator", "depositor"]
        assert journal.verify(session).ok


def test_unknown_siret_is_declared_by_the_person(app: TestApp, database: Database) -> None:
    siret = make_siret(9_000_001)
    apply_for(app, siret, "a@nouvelle.example")
    fill(app.get(links_to(database, "a@nouvelle.example")[0]), new=PASSWORD, again=PASSWORD)
    page = app.get("/organisation")
    assert "Nom et adresse déclarés" in page.text
    assert page.html.h1.get_text(strip=True) == "Sarl Nouvelle"
    fill(app.get("/organisation/modifier"), legal_name="Sarl Renommée")
    assert app.get("/organisation").html.h1.get_text(strip=True) == "Sarl Renommée"


def test_a_name_or_a_siren_gives_a_list(app: TestApp) -> None:
    by_name = fill(app.get("/inscription"), status=200, siret="morvan")
    by_siren = fill(app.get("/inscription"), status=200, siret="900 001 017")
    for page in (by_name, by_siren):
        assert [link.get_text() for link in page.html.select(".pl-result a")] == ["Charpentes Morvan et fils"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Écrivez le SIRET de l’établissement qui répondra."),
        ("1234", "Un SIRET compte 14 chiffres."),
        ("90000101700013", "Ce SIRET contient une erreur de frappe : sa clé n’est pas la bonne."),
        (
            "90001424200011",
            "Cet établissement est fermé depuis le registre du 01/01/2027. Donnez le SIRET d’un établissement ouvert.",
        ),
    ],
)
def test_a_wrong_siret_gets_a_sentence_and_stays(app: TestApp, typed: str, sentence: str) -> None:
    page = fill(app.get("/inscription"), status=422, siret=typed)
    assert errors(page) == [sentence]
    assert form_with(page, "siret")["siret"].value == typed


def test_a_registered_company_is_joined_by_invitation_only(
    app: TestApp, database: Database, clock: SandboxClock
) -> None:
    with database.write() as session:
        made = create_company(session, clock.now())
    page = fill(app.get("/inscription"), status=409, siret=made.siret)
    assert errors(page) == [
        "Cette entreprise a déjà un compte. Demandez une invitation à la personne qui l’administre."
    ]


def test_two_registrations_of_one_company_give_one(app: TestApp, database: Database) -> None:
    apply_for(app, MORVAN, "premiere@morvan.example")
    apply_for(app, MORVAN, "seconde@morvan.example")
    first, second = (links_to(database, f"{who}@morvan.example")[0] for who in ("premiere", "seconde"))
    fill(app.get(first), new=PASSWORD, again=PASSWORD)
    app.reset()
    page = fill(app.get(second), status=409, new=PASSWORD, again=PASSWORD)
    assert errors(page) == ["Cette organisation est déjà inscrite sous ce SIRET."]
    with database.read() as session:
        assert queries.person_by_email(session, "seconde@morvan.example") is None


def test_somebody_with_an_account_adds_a_company(app: TestApp, database: Database, buyer: Made) -> None:
    who = buyer.people["drafter"]
    apply_for(app, MORVAN, who.email)
    link = links_to(database, who.email)[0]
    page = app.get(link)
    assert "new" not in {name for form in page.forms.values() for name in form.fields}
    sign_in(app, who, target=link)
    page = next(form for form in app.get(link).forms.values() if not form.action).submit(status=303).follow()
    assert "Vous agissez pour Charpentes Morvan et fils" in page.html.select_one(".pl-header").get_text(
        " ", strip=True
    )
    page = app.get("/organisation/changer")
    form_with(page, "organisation").submit(status=303)
    assert "Ville de Valcombe-sur-Orle" in app.get("/organisation").html.h1.get_text()


# ---- Invitations ----
def invite(app: TestApp, buyer: Made, email: str, role: str = "publisher") -> None:
    sign_in(app, buyer.people["administrator"])
    form = form_with(app.get("/equipe/invitation"), "email")
    form["name"], form["email"] = "Marc Lebrun", email
    next(box for box in form.fields["roles"] if box._value == role).checked = True
    form.submit(status=303)


def test_invitation_opens_an_account(app: TestApp, database: Database, buyer: Made) -> None:
    invite(app, buyer, "marc@ville.example")
    app.reset()
    link = links_to(database, "marc@ville.example")[0]
    page = app.get(link)
    assert "Rejoindre Ville de Valcombe-sur-Orle" in page.html.h1.get_text()
    page = fill(page, name="Marc Lebrun", new=PASSWORD, again=PASSWORD).follow()
    assert page.request.path == "/tableau-de-bord"
    app.get(link, status=410)
    with database.read() as session:
        names = [person.name for person in queries.people_with_role(session, buyer.id, "publisher")]
    assert "Marc Lebrun" in names


def test_invited_opener_is_led_to_the_second_factor(app: TestApp, database: Database, buyer: Made) -> None:
    invite(app, buyer, "marc@ville.example", "opener")
    app.reset()
    page = app.get(links_to(database, "marc@ville.example")[0])
    assert fill(page, name="Marc", new=PASSWORD, again=PASSWORD).location.endswith("/compte/securite")


def test_invitation_expires(app: TestApp, database: Database, buyer: Made, clock: SandboxClock) -> None:
    invite(app, buyer, "marc@ville.example")
    app.reset()
    link = links_to(database, "marc@ville.example")[0]
    clock.advance(days=14)
    app.get(link, status=410)


def test_second_invitation_replaces_the_first(app: TestApp, database: Database, buyer: Made) -> None:
    invite(app, buyer, "marc@ville.example")
    app.reset()
    invite(app, buyer, "marc@ville.example")
    app.reset()
    newest, oldest = links_to(database, "marc@ville.example")
    app.get(oldest, status=410)
    app.get(newest, status=200)


def test_withdrawn_invitation_serves_no_more(app: TestApp, database: Database, buyer: Made) -> None:
    invite(app, buyer, "marc@ville.example")
    page = app.get("/equipe")
    next(form for form in page.forms.values() if form.action.endswith("/retrait")).submit(status=303)
    app.get(links_to(database, "marc@ville.example")[0], status=410)


def test_invitation_is_for_the_address_that_was_invited(
    app: TestApp, database: Database, buyer: Made, clock: SandboxClock
) -> None:
    invite(app, buyer, "marc@ville.example")
    app.reset()
    with database.write() as session:
        other = create_company(session, clock.now()).people["depositor"]
    page = sign_in(app, other, target=links_to(database, "marc@ville.example")[0])
    assert "Cette invitation est adressée à une autre personne" in page.text
    token = page.html.select_one("meta[name=csrf-token]")["content"]
    app.post(page.request.path, {"csrf_token": token}, status=422)
    with database.read() as session:
        assert queries.grants_of(session, other.id, buyer.id) == ()


def test_person_of_another_organisation_accepts_and_keeps_both(
    app: TestApp, database: Database, buyer: Made, clock: SandboxClock
) -> None:
    with database.write() as session:
        other = create_company(session, clock.now()).people["depositor"]
    invite(app, buyer, other.email)
    app.reset()
    page = sign_in(app, other, target=links_to(database, other.email)[0])
    page = next(form for form in page.forms.values() if not form.action).submit(status=303).follow()
    assert "Vous agissez pour Ville de Valcombe-sur-Orle" in page.html.select_one(".pl-header").get_text(
        " ", strip=True
    )
    with database.read() as session:
        assert len(queries.organisations_of(session, other.id)) == 2


# ---- Forgotten password ----
def ask_reset(app: TestApp, email: str) -> TestResponse:
    return fill(app.get("/mot-de-passe/oublie"), status=200, email=email)


def test_forgotten_password(
    app: TestApp, runtime: Runtime, database: Database, buyer: Made, worker: Worker
) -> None:
    who = buyer.people["drafter"]
    other = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost"})
    sign_in(other, who)
    ask_reset(app, who.email.upper())
    worker.run_all()
    link = links_to(database, who.email)[0]
    fill(app.get(link), new=OTHER, again=OTHER)
    app.get(link, status=410)
    other.get("/tableau-de-bord", status=303)
    sign_in(app, Account(who.id, who.name, who.email, OTHER))


def test_forgotten_password_tells_nobody_who_has_an_account(
    app: TestApp, database: Database, buyer: Made, worker: Worker
) -> None:
    known = ask_reset(app, buyer.people["drafter"].email)
    unknown = ask_reset(app, "personne@ailleurs.example")
    assert known.html.main.get_text(" ", strip=True) == unknown.html.main.get_text(" ", strip=True)
    worker.run_all()
    assert links_to(database, "personne@ailleurs.example") == []


def test_reset_link_lives_an_hour(
    app: TestApp, database: Database, buyer: Made, worker: Worker, clock: SandboxClock
) -> None:
    ask_reset(app, buyer.people["drafter"].email)
    worker.run_all()
    clock.advance(hours=1)
    app.get(links_to(database, buyer.people["drafter"].email)[0], status=410)


@pytest.mark.parametrize(
    ("new", "again", "sentence"),
    [
        ("court", "court", "Ce mot de passe compte 5 caractères. Il en faut au moins 12."),
        (
            "motdepasse1234",
            "motdepasse1234",
            "Ce mot de passe est parmi les plus essayés. Choisissez par exemple quatre mots sans rapport.",
        ),
        (OTHER, "autre chose que cela", "Les deux mots de passe diffèrent. Écrivez deux fois le même."),
    ],
)
def test_weak_password_gets_a_sentence(
    app: TestApp, database: Database, buyer: Made, worker: Worker, new: str, again: str, sentence: str
) -> None:
    ask_reset(app, buyer.people["drafter"].email)
    worker.run_all()
    link = links_to(database, buyer.people["drafter"].email)[0]
    assert errors(fill(app.get(link), status=422, new=new, again=again)) == [sentence]
    app.get(link, status=200)


# ---- Second factor ----
def enrol(app: TestApp, clock: SandboxClock) -> list[str]:
    """Turn the second factor on and return the recovery codes."""
    page = fill(app.get("/compte/securite"), current=PASSWORD).follow()
    assert page.html.select_one("svg.pl-qr") is not None
    assert "style=" not in str(page.html.select_one("svg.pl-qr"))
    import base64

    key = base64.b32decode(page.html.select_one("figcaption .pl-proof").get_text().replace(" ", ""))
    page = fill(page, status=200, code=code_at(key, clock.now()))
    return [item.get_text() for item in page.html.select("#codes li")]


def test_second_factor_makes_an_opener_effective(
    app: TestApp, database: Database, buyer: Made, clock: SandboxClock
) -> None:
    page = sign_in(app, buyer.people["opener"])
    assert "Votre rôle d’ouvreur attend un second facteur" in page.text
    codes = enrol(app, clock)
    assert len(set(codes)) == 10
    assert "Votre rôle d’ouvreur attend" not in app.get("/compte/securite").text
    assert "Activez votre second facteur" not in app.get("/tableau-de-bord").text
    with database.read() as session:
        assert queries.recovery_codes_left(session, buyer.people["opener"].id) == 10


def test_recovery_code_serves_once(app: TestApp, buyer: Made, clock: SandboxClock) -> None:
    who = buyer.people["opener"]
    sign_in(app, who)
    code = enrol(app, clock)[0]
    for expected in (303, 422):
        app.reset()
        fill(app.get("/connexion"), email=who.email, password=PASSWORD)
        fill(app.get("/connexion/code"), status=expected, code=code.lower())


def test_second_factor_needs_the_password_and_a_right_code(app: TestApp, buyer: Made) -> None:
    sign_in(app, buyer.people["drafter"])
    page = fill(app.get("/compte/securite"), status=422, current="pas le bon mot de passe")
    assert errors(page) == ["Ce n’est pas votre mot de passe actuel. Rien n’a été modifié."]
    page = fill(app.get("/compte/securite"), current=PASSWORD).follow()
    assert fill(page, status=422, code="000000").html.select_one("svg.pl-qr") is not None


def test_second_factor_is_taken_away(
    app: TestApp, database: Database, runtime: Runtime, buyer: Made, clock: SandboxClock
) -> None:
    with database.write() as session:
        who = give_second_factor(session, runtime.find(KeyVault), buyer.people["opener"], clock.now())
    sign_in(app, who, now=clock.now())
    fill(app.get("/compte/securite/retirer"), current=PASSWORD)
    assert "Votre rôle d’ouvreur attend un second facteur" in app.get("/compte/securite").text


def test_new_recovery_codes_replace_the_old(app: TestApp, buyer: Made, clock: SandboxClock) -> None:
    sign_in(app, buyer.people["drafter"])
    old = enrol(app, clock)
    page = fill(app.get("/compte/securite/codes"), status=200, current=PASSWORD)
    new = [item.get_text() for item in page.html.select("#codes li")]
    assert set(old).isdisjoint(new)


# ---- One's own account ----
def test_other_address_counts_once_its_link_is_followed(
    app: TestApp, database: Database, buyer: Made
) -> None:
    who = buyer.people["drafter"]
    sign_in(app, who)
    fill(app.get("/compte/adresse"), status=200, email="nouvelle@ville.example", current=PASSWORD)
    assert who.email in app.get("/compte").text
    page = app.get(links_to(database, "nouvelle@ville.example")[0])
    next(form for form in page.forms.values() if not form.action).submit(status=303)
    assert "nouvelle@ville.example" in app.get("/compte").text
    with database.read() as session:
        told = [item.subject for item in mail.recent(session) if item.recipient == who.email]
    assert told == ["Votre adresse a changé sur Pli"]


def test_address_of_another_account_is_not_given_away(app: TestApp, database: Database, buyer: Made) -> None:
    sign_in(app, buyer.people["drafter"])
    taken, free = buyer.people["publisher"].email, "libre@ville.example"
    pages = [
        fill(app.get("/compte/adresse"), status=200, email=item, current=PASSWORD) for item in (taken, free)
    ]
    assert pages[0].html.main.get_text(" ", strip=True) == pages[1].html.main.get_text(" ", strip=True)
    assert links_to(database, taken) == []


def test_password_change_ends_other_sessions(app: TestApp, runtime: Runtime, buyer: Made) -> None:
    who = buyer.people["drafter"]
    other = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost"})
    sign_in(other, who)
    sign_in(app, who)
    fill(app.get("/compte/mot-de-passe"), current=PASSWORD, new=OTHER, again=OTHER)
    other.get("/tableau-de-bord", status=303)
    app.get("/tableau-de-bord", status=200)


def test_language_follows_the_account(app: TestApp, database: Database, buyer: Made) -> None:
    sign_in(app, buyer.people["drafter"])
    fill(app.get("/compte"), name="Nouveau Nom", language="en")
    assert app.get("/compte").html.html["lang"] == "en"
    with database.read() as session:
        found = queries.person(session, buyer.people["drafter"].id)
    assert found is not None
    assert (found.name, found.language) == ("Nouveau Nom", "en")


def test_person_without_organisation_is_told_what_to_do(
    app: TestApp, database: Database, clock: SandboxClock
) -> None:
    with database.write() as session:
        alone = create_person(session, clock.now())
    page = sign_in(app, alone)
    assert "Vous n’agissez pour aucune organisation" in page.text
    app.get("/equipe", status=403)


def test_reset_job_twice_leaves_one_good_link(
    runtime: Runtime, database: Database, buyer: Made, app: TestApp
) -> None:
    from procurement.accounts.service.account import send_reset

    context: JobContext = runtime.jobs
    for _run in range(2):
        send_reset(context, {"email": buyer.people["drafter"].email, "language": "fr"})
    newest, oldest = links_to(database, buyer.people["drafter"].email)
    app.get(newest, status=200)
    app.get(oldest, status=410)
