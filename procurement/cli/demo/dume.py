"""The DUMEs of the demonstration: a buyer asks with one press, a company answers page by page, as a person would."""

import re
import time
from typing import Any

from procurement.cli.demo.actors import PATIENCE, Buyer, Company, Offer
from procurement.cli.demo.browser import Answer, Browser, StepFailed

#: Most times a part is filled in again because its answers brought further questions up.
_ROUNDS = 6
_COMPANY = {
    "telephone": "04 76 00 00 00",
    "website": "https://entreprise.example",
    "size": "small",
}
_BUYER = {"telephone": "01 40 00 00 00", "website": "https://acheteur.example"}


def ask(buyer: Buyer, reference: str) -> str:
    """Begin the usual DUME of a draft, say whom to call, validate it; return its identifier."""
    page = f"/acheteur/consultations/{reference}/dume"
    begun = buyer.drafter.post_form(f"{page}/commencer", {"mode": "simplifie"}, form=page)
    address = _path(begun)
    buyer.drafter.post_form(f"{address}/acheteur", _BUYER)
    done = buyer.drafter.post_form(f"{address}/relire", {})
    if "Le DUME est validé" not in done.text:
        raise StepFailed(f"the request is not validated: {done.text[:900]}")
    return address.rsplit("/", 1)[1]


def respond(company: Company, request: str, *, role: str = "sole-tenderer") -> tuple[str, int]:
    """Answer a request: SIRET, sources, what they lack; validate. Return the identifier and how many sources answered."""
    begun = company.browser.post_form(f"/dume/mes-dume/nouveau/{request}", {"role": role})
    number = re.sub(r"/dume/mes-dume/([^/]+).*", r"\1", _path(begun))
    return number, complete(company, number)


def complete(company: Company, id_dume: str) -> int:
    """Fill a response in and validate it; return how many sources gave something."""
    browser, base = company.browser, f"/dume/mes-dume/{id_dume}"
    browser.post_form(f"{base}/siret", {"siret": company.organisation.siret})
    obtained = _sources(browser, base)
    for _round in range(_ROUNDS):
        _fill(company, base)
        done = browser.post_form(f"{base}/relire", {}, expect=None)
        if "Votre DUME est validé" in done.text:
            return obtained
        # The last source has answered, but what it proposes may come a moment later.
        time.sleep(0.5)
    raise StepFailed(f"the response is not validated: {done.text[:900]}")


def _fill(company: Company, base: str) -> None:
    """Confirm and complete what is there, the company first, then part by part."""
    _company(company.browser, base, company)
    home = company.browser.get(base)
    for address in sorted({link.split("?")[0] for link in home.links(f"{base}/partie/")}):
        _part(company.browser, address.removeprefix(company.browser.base_url))


def file_of(company: Company, reference: str, id_dume: str) -> bytes:
    """Return the file of a validated response as the deposit page fetches it."""
    return company.browser.get(f"/consultations/{reference}/depot/dume/{id_dume}").body


def put_in(letter: Offer, id_dume: str, content: bytes) -> None:
    """Add the file of a response to a candidature."""
    name = f"DUME-{id_dume}.{'zip' if content.startswith(b'PK') else 'xml'}"
    letter.files[name] = content
    letter.dume[name] = id_dume


def _path(answer: Answer) -> str:
    return re.sub(r"^https?://[^/]+", "", answer.url.split("?")[0])


def _sources(browser: Browser, base: str) -> int:
    """Wait until every source has answered; return how many gave something."""
    limit = time.monotonic() + PATIENCE
    while True:
        found = browser.get(f"{base}/sources.json").json()
        if not found["pending"]:
            return sum(one["status"] == "obtained" for one in found["sources"])
        if time.monotonic() > limit:
            raise StepFailed(f"sources are still asked after {PATIENCE} s: {found}")
        time.sleep(0.2)


def _company(browser: Browser, base: str, company: Company) -> None:
    """Confirm what the sources say of the company, and complete it."""
    page = browser.get(f"{base}/entreprise")
    if any(str(form.action or "").endswith("/confirmer") for form in page.tree.forms):
        page = browser.post_form(f"{base}/confirmer", {}, form=f"{base}/entreprise")
    person = company.organisation.who("depositor")
    fields: dict[str, Any] = {**_COMPANY, "contact": person.name, "email": person.email}
    page = browser.get(f"{base}/entreprise")
    for control in page.tree.xpath("//main//input[contains(@name, '-family_name')]"):
        if control.get("value"):
            fields[control.get("name").replace("family_name", "country")] = "FRA"
    known = {"name": company.organisation.slug, "city": "Valcombe-sur-Orle"}
    fields |= {
        name: value
        for name, value in known.items()
        if not page.tree.xpath(f"//main//input[@name='{name}']/@value")
    }
    browser.post_form(f"{base}/entreprise", fields)


def _part(browser: Browser, address: str) -> None:
    """Answer every question of a part that waits, then those that the answers bring up; confirm what is proposed."""
    for _round in range(_ROUNDS):
        page = browser.get(f"{address}?controle=1")
        fields: dict[str, Any] = {"puis": "confirmer" if "Cette valeur est juste" in page.text else "liste"}
        for item in page.tree.xpath("//*[contains(concat(' ', @class, ' '), ' pl-field--error ')]"):
            fields |= _answers(item)
        page = browser.post_form(address, fields, form=f"{address}?controle=1")
        if "appellent d’autres questions" not in page.text:
            return


def _answers(item: Any) -> dict[str, str]:
    """Return an answer for each control of a field that waits for one."""
    found: dict[str, str] = {}
    for control in item.xpath(".//input | .//select | .//textarea"):
        name = control.get("name")
        if name and name != "confirme" and not name.endswith("|currency"):
            found[name] = _answer(control, name)
    return found


def _answer(control: Any, name: str) -> str:
    kind = control.get("type", control.tag)
    if kind == "radio":
        return "no"
    if kind == "date":
        return "2025-12-31" if name.endswith("end") else "2025-01-01"
    if control.tag == "select":
        return str(control.xpath(".//option/@value")[-1])
    return "2025" if control.get("inputmode") else "Sans objet"
