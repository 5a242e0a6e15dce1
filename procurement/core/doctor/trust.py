"""Checks of the trust store: are there trusted lists, how old are they, was its log left alone."""

from procurement.core.doctor.report import Check, Installation, Status, ok
from procurement.core.text import _
from signing.errors import Unverifiable
from signing.trust import age, log, store
from signing.trust.model import TrustSnapshot


def lists(site: Installation) -> list[Check]:
    """Look at the lists that say which certificates are qualified; nothing is fetched."""
    directory = site.runtime.settings.trusted_lists_directory
    try:
        snapshot = store.load_snapshot(directory)
    except Unverifiable as error:
        fix = _("Le dossier %(folder)s est abîmé (%(error)s). Rechargez les listes : pli trust update")
        detail = {"folder": str(directory), "error": error.detail}
        return [Check("trust.lists", Status.FAIL, None, None, fix, detail)]
    return [_loaded(snapshot), *([_age(site, snapshot)] if snapshot.lists else []), _log(site)]


def _loaded(snapshot: TrustSnapshot) -> Check:
    if snapshot.lists:
        return ok("trust.lists", len(snapshot.lists), 1)
    fix = _(
        "Aucune liste de confiance n’est chargée : aucune signature ne peut être dite qualifiée. Lancez : "
        "pli trust update --from https://ec.europa.eu/tools/lotl/eu-lotl.xml"
    )
    return Check("trust.lists", Status.WARN, 0, 1, fix)


def _age(site: Installation, snapshot: TrustSnapshot) -> Check:
    now, most = site.runtime.clock.now(), site.runtime.settings.trust_list_days
    oldest = max(snapshot.lists, key=lambda info: age.days_old(info, snapshot, now))
    days = age.days_old(oldest, snapshot, now)
    overdue = [info for info in snapshot.lists if info.next_update and info.next_update < now]
    if days <= most and not overdue:
        return ok("trust.age", days, most)
    stale = oldest if days > most else overdue[0]
    fix = _(
        "La liste de confiance %(territory)s est périmée (émise il y a %(days)s jours). Rechargez les listes : "
        "pli trust update"
    )
    params = {"territory": stale.territory, "days": age.days_old(stale, snapshot, now)}
    return Check("trust.age", Status.WARN, days, most, fix, params)


def _log(site: Installation) -> Check:
    bad = log.first_bad(site.runtime.settings.trusted_lists_directory)
    if bad is None:
        return ok("trust.log", value=True)
    fix = _(
        "La ligne %(line)s du registre de confiance (log.jsonl) a été modifiée ou ôtée. Comparez avec une sauvegarde, "
        "et vérifiez les certificats par : pli trust list"
    )
    return Check("trust.log", Status.FAIL, value=False, fix=fix, params={"line": bad})
