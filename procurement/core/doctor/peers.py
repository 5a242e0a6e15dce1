"""Checks of what Pli leans on: object store, mail, time-stamp authority, PDF."""

import hashlib
import uuid
from datetime import datetime, timedelta

from cryptography import x509

from procurement.core import pdf
from procurement.core.clock import GUARD_TOLERANCE
from procurement.core.doctor.report import Check, Installation, Status, ok
from procurement.core.mail import MailDelayed, Mailer
from procurement.core.seal import Sealer, SealUnavailable
from procurement.core.storage import KeyTaken, Storage
from procurement.core.text import _
from procurement.core.timestamp import Timestamper, TimestampUnavailable
from signing.certificates import subject_name

#: Renew certificates before this.
EXPIRY = timedelta(days=30)
#: A qualified seal takes weeks to get: its end is told earlier.
SEAL_EXPIRY = timedelta(days=60)


def store(site: Installation) -> list[Check]:
    """Write, read back and fail to overwrite an object of our own, then remove it."""
    storage: Storage = site.runtime.find(Storage)
    key, body = f"doctor/{uuid.uuid4().hex}", b"pli doctor"
    storage.put(key, [body])
    try:
        intact = b"".join(storage.open(key)) == body
        try:
            storage.put(key, [b"overwritten"])
            once = False
        except KeyTaken:
            once = b"".join(storage.open(key)) == body
    finally:
        storage.delete(key)
    return [_store_reads(intact=intact), _store_once(once=once)]


def _store_reads(*, intact: bool) -> Check:
    if intact:
        return ok("store.roundtrip", value=True)
    fix = _("L’espace de stockage ne rend pas ce qu’il a reçu. N’acceptez aucun dépôt et vérifiez le disque.")
    return Check("store.roundtrip", Status.FAIL, value=False, fix=fix)


def _store_once(*, once: bool) -> Check:
    if once:
        return ok("store.write_once", value=True)
    fix = _(
        "L’espace de stockage laisse remplacer un objet : un pli scellé pourrait être écrasé. Choisissez un "
        "serveur S3 qui respecte If-None-Match."
    )
    return Check("store.write_once", Status.FAIL, value=False, fix=fix)


def mail(site: Installation) -> list[Check]:
    """Connect to the mail server and sign in."""
    settings = site.runtime.settings
    mailer: Mailer = site.runtime.find(Mailer)
    where = "outbox" if settings.mail == "outbox" else f"{settings.mail_host}:{settings.mail_port}"
    try:
        mailer.check()
    except MailDelayed as error:
        fix = _(
            "Le serveur de courriel %(where)s ne répond pas comme attendu (%(error)s). Vérifiez pli.mail_host, "
            "pli.mail_port, pli.mail_security et le mot de passe."
        )
        return [Check("mail.reachable", Status.FAIL, where, None, fix, {"where": where, "error": str(error)})]
    return [ok("mail.reachable", where)]


def timestamp(site: Installation) -> list[Check]:
    """Have a digest stamped; compare the authority's time with ours."""
    timestamper: Timestamper = site.runtime.find(Timestamper)
    before = site.runtime.clock.now()
    try:
        token = timestamper.stamp(hashlib.sha256(b"pli doctor").digest())
    except TimestampUnavailable as error:
        fix = _(
            "L’autorité d’horodatage ne donne pas de jeton valable (%(error)s). Vérifiez pli.timestamp_url et "
            "pli.timestamp_ca_file."
        )
        return [Check("timestamp.reachable", Status.FAIL, fix=fix, params={"error": str(error)})]
    after = site.runtime.clock.now()
    outside = max(before - token.gen_time, token.gen_time - after, timedelta(0)).total_seconds()
    return [
        ok("timestamp.reachable", token.authority),
        _qualified(qualified=token.qualified),
        _agreement(outside),
        _expiry(site, timestamper.certificates()),
    ]


def _qualified(*, qualified: bool) -> Check:
    if qualified:
        return ok("timestamp.qualified", value=True)
    fix = _(
        "Les jetons ne sont pas qualifiés (eIDAS, article 42) : les reçus le disent. Prenez une autorité qualifiée, "
        "puis réglez pli.timestamp_qualified = true."
    )
    return Check("timestamp.qualified", Status.WARN, value=False, fix=fix)


def _agreement(outside: float) -> Check:
    if outside <= GUARD_TOLERANCE:
        return ok("clock.authority", outside, GUARD_TOLERANCE)
    fix = _("L’heure de l’autorité d’horodatage et celle de cette machine diffèrent de %(seconds)s s.")
    return Check("clock.authority", Status.FAIL, outside, GUARD_TOLERANCE, fix, {"seconds": outside})


def _expiry(site: Installation, certificates: list[bytes]) -> Check:
    ends = min(x509.load_der_x509_certificate(found).not_valid_after_utc for found in certificates)
    left = ends - site.runtime.clock.now()
    if left > EXPIRY:
        return ok("timestamp.certificates", left.days, EXPIRY.days)
    fix = _(
        "Un certificat de pli.timestamp_ca_file expire le %(day)s. Demandez le suivant à l’autorité et ajoutez-le."
    )
    status = Status.FAIL if left <= timedelta(0) else Status.WARN
    return Check(
        "timestamp.certificates", status, left.days, EXPIRY.days, fix, {"day": ends.date().isoformat()}
    )


def seal(site: Installation) -> list[Check]:
    """Seal a few bytes; look at the day on which the seal's certificate expires."""
    sealer: Sealer = site.runtime.find(Sealer)
    try:
        chain = sealer.chain()
        sealer.seal_cms(b"pli doctor")
    except SealUnavailable as error:
        fix = _(
            "Le cachet de la plateforme ne signe pas (%(error)s). Les reçus et procès-verbaux attendent leur cachet. "
            "Vérifiez les réglages pli.seal."
        )
        return [Check("seal.usable", Status.FAIL, value=False, fix=fix, params={"error": str(error)})]
    certificate = x509.load_der_x509_certificate(chain[0])
    return [ok("seal.usable", subject_name(certificate)), _seal_expiry(site, certificate.not_valid_after_utc)]


def _seal_expiry(site: Installation, ends: datetime) -> Check:
    left = ends - site.runtime.clock.now()
    if left > SEAL_EXPIRY:
        return ok("seal.certificate", left.days, SEAL_EXPIRY.days)
    fix = _(
        "Le certificat du cachet de la plateforme expire le %(day)s. Commandez le suivant, puis changez pli.seal_file "
        "ou le jeton."
    )
    params = {"day": ends.date().isoformat()}
    return Check("seal.certificate", Status.WARN, left.days, SEAL_EXPIRY.days, fix, params)


def pdf_renderer(site: Installation) -> list[Check]:
    """Print a sample page."""
    if not pdf.available():
        fix = _("Les reçus et procès-verbaux n’auront pas de PDF. Installez : pip install 'pli[pdf]'")
        return [Check("pdf.available", Status.WARN, value=False, fix=fix)]
    page = pdf.render("doctor", {}, title="Pli", language="fr", date=site.runtime.clock.now())
    return [ok("pdf.available", len(page))]
