"""The table of limits: named constants of the source, their values read at run time, and a sentence each."""

from datetime import timedelta
from importlib import import_module

_UNITS = (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))
_SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

#: (module, constant, unit, what it bounds); settings of the operator stand in settings.md.
LIMITS = (
    ("procurement.accounts.rules", "PASSWORD_MIN", "characters", "shortest password"),
    ("procurement.accounts.rules", "PASSWORD_MAX", "characters", "longest password"),
    ("procurement.accounts.rules", "EMAIL_MAX", "characters", "longest address"),
    ("procurement.accounts.rules", "RESET_LIFE", "", "a link to set a new password works this long"),
    ("procurement.accounts.rules", "EMAIL_LIFE", "", "a link to confirm a new address works this long"),
    (
        "procurement.accounts.rules",
        "REGISTRATION_LIFE",
        "",
        "a link to finish a registration works this long",
    ),
    ("procurement.accounts.rules", "CODE_LIFE", "", "time to type the second code after the password"),
    ("procurement.accounts.rules", "RECOVERY_CODES", "codes", "recovery codes of an account"),
    ("procurement.accounts.rules", "FIRST_WAIT", "", "first wait after too many wrong passwords; it doubles"),
    ("procurement.accounts.rules", "LONGEST_WAIT", "", "longest wait after wrong passwords"),
    ("procurement.accounts.rules", "FORGET_AFTER", "", "wrong passwords are forgotten after this long"),
    (
        "procurement.consultations.rules.documents",
        "NAME_BYTES",
        "bytes",
        "longest name of a document or folder",
    ),
    ("procurement.consultations.rules.documents", "PATH_BYTES", "bytes", "longest path of a document"),
    ("procurement.consultations.service.documents", "MOST_DOCUMENTS", "files", "tender documents"),
    ("procurement.consultations.service.drafts", "MOST_LOTS", "lots", "lots of a consultation"),
    ("procurement.notices.reader", "MAX_BYTES", "bytes", "largest notice file"),
    ("procurement.notices.reader", "MAX_ELEMENTS", "elements", "XML elements of a notice"),
    ("procurement.bids.rules", "COMMIT_BYTES", "bytes", "largest body of the final act"),
    ("procurement.bids.rules", "SEGMENT", "bytes", "segment of a stream: parts end on one"),
    ("procurement.bids.rules", "LEAST_RECIPIENTS", "keys", "fewest keys of a kind of envelope"),
    ("procurement.bids.rules", "REHEARSAL_LASTS", "", "a rehearsal counts this long"),
    ("procurement.bids.rules", "ORPHAN_AFTER", "", "an object that no row names is removed after this long"),
    ("procurement.bids.service.keys", "CHALLENGE_LIFE", "", "time to answer a rehearsal"),
    ("procurement.bids.service.attempts", "MOST_EVENTS", "events", "events kept of one transmission"),
    ("procurement.bids.service.authority", "HOLDER_LIFE", "", "life of a certificate made by the service"),
    ("procurement.bids.api.workstation", "MOST", "bytes", "what the test of the computer sends"),
    ("signing.sealed.descriptor", "MAX_DESCRIPTOR_BYTES", "bytes", "largest `pli.json`"),
    ("signing.sealed.descriptor", "MAX_FILES", "files", "files of an envelope in the format"),
    ("signing.sealed.descriptor", "MAX_LOT", "", "highest number of a lot"),
    ("signing.sealed.inventory", "MAX_INVENTORY_BYTES", "bytes", "largest `inventory.json`"),
    ("signing.sealed.manifest", "MAX_MANIFEST_BYTES", "bytes", "largest manifest"),
    ("signing.sealed.manifest", "MAX_NAME", "characters", "longest name of a file in a bid"),
    ("signing.sealed.cms", "MAX_BYTES", "bytes", "largest key packet"),
    ("signing.receipt.archive", "MAX_ARCHIVE_BYTES", "bytes", "largest archive of a receipt"),
    ("signing.certificates", "MIN_RSA_BITS", "bits", "smallest RSA key that receives bids"),
    ("signing.certificates", "MAX_RSA_BITS", "bits", "largest RSA key that receives bids"),
    (
        "procurement.signatures.service",
        "MOST_BYTES",
        "bytes",
        "a signed file and the documents beside it, on the public page and in the API",
    ),
    ("procurement.signatures.service", "MOST_CONTENTS", "files", "documents given with a detached signature"),
    (
        "procurement.signatures.handback",
        "LIFE",
        "",
        "the report of a public verification can be downloaded this long",
    ),
    (
        "procurement.signatures.preflight",
        "MOST_FILES",
        "files",
        "files of a bid whose signatures are looked at before sealing",
    ),
    (
        "procurement.signatures.preflight",
        "TOKEN_BYTES",
        "bytes",
        "largest signature that is looked at before sealing",
    ),
    ("procurement.signatures.tickets", "LIFE", "", "a ticket can be joined to a deposit this long"),
    ("signing.limits", "FILE_BYTES", "bytes", "largest file that is verified"),
    ("signing.limits", "SIGNATURES", "signatures", "signatures of a file"),
    ("signing.limits", "ZIP_ENTRIES", "files", "files of a ZIP archive or container that is verified"),
    ("signing.limits", "ZIP_EXPANDED", "bytes", "expanded content of a ZIP archive that is verified"),
    ("clauses.render.logo", "MOST_BYTES", "bytes", "logo of a cover page"),
    ("clauses.render.pictures", "MOST_PIXELS", "pixels", "longest side of a logo"),
    ("clauses.forms.covers", "TEXT", "characters", "free text of a cover page"),
    ("clauses.forms.covers", "ALT", "characters", "text in the place of a logo"),
    ("procurement.core.jobs", "LEASE", "", "a worker holds a job this long before another may take it"),
    ("procurement.core.jobs", "KEEP_DONE", "", "finished jobs are kept this long"),
    ("procurement.core.web.paging", "SIZE", "rows", "rows of a page of a list"),
    ("procurement.core.web.paging", "MOST_PAGES", "pages", "pages of a list"),
    ("procurement.core.clock", "GUARD_TOLERANCE", "seconds", "jump of the wall clock that is ignored"),
)


def rows() -> list[str]:
    """Return the rows of the table."""
    return [
        f"| {sentence} | {_shown(getattr(import_module(module), name), unit)} | `{module}.{name}` |"
        for module, name, unit, sentence in LIMITS
    ]


def _shown(value: object, unit: str) -> str:
    if isinstance(value, timedelta):
        return _span(int(value.total_seconds()))
    if unit == "bytes" and isinstance(value, int):
        for name, size in _UNITS:
            if value >= size and value % size == 0:
                return f"{value // size} {name}"
    return f"{value:,} {unit}".replace(",", " ").strip() if isinstance(value, int) else f"{value} {unit}"


def _span(seconds: int) -> str:
    for name, size in _SPANS:
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''}"
    raise AssertionError(seconds)
