"""Read the settings once, from the ini file and the environment, into one frozen dataclass.

An ini key is the field's name with its first underscore group as a dotted prefix, for instance
``pli.storage_directory``. The environment variable ``PLI_STORAGE_DIRECTORY`` wins over the file, so that secrets
need not stand in it. An unknown key or a missing secret stops the start with a sentence that says what to do.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "pli."
#: The settings file of a command or a server that names none.
DEFAULT_INI = "development.ini"
GIB = 1 << 30
#: Characters that a signing secret has at least.
SECRET_LENGTH = 32


class SettingsError(Exception):
    """Tell the operator which setting is wrong and how to mend it."""


def _setting(default: Any, effect: str) -> Any:
    """Declare a setting with its default and the sentence that documents it."""
    return field(default=default, metadata={"effect": effect})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an operator may set; nobody else reads the environment."""

    environment: str = _setting(
        "production", "`development`, `test` or `production`; production refuses shortcuts."
    )
    base_url: str = _setting(
        "http://localhost:6543", "Address of the service as its users see it, no final slash."
    )
    data_directory: Path = _setting(Path("var"), "Folder of everything that is not in the database.")
    database_url: str = _setting(
        "sqlite:///var/pli.sqlite", "SQLAlchemy URL (`sqlalchemy.url` is read as well)."
    )
    secret_key: str = _setting("", "Signs the browser session (CSRF, flash); 32 random characters or more.")
    site_name: str = _setting("Pli", "Name of the service in titles and messages.")
    support_contact: str = _setting(
        "", "Telephone number or address of the support, shown on the help pages."
    )
    operator_name: str = _setting("", "Who runs the service, named on the legal pages.")

    storage: str = _setting("files", "Object store: `files` or `s3`.")
    storage_directory: Path | None = _setting(
        None, "Folder of the `files` store; default `<data_directory>/objects`."
    )
    s3_endpoint: str = _setting("", "URL of the S3 service; empty means the provider's own.")
    s3_bucket: str = _setting("pli", "Bucket of the `s3` store.")
    s3_region: str = _setting("us-east-1", "Region of the `s3` store.")
    s3_access_key: str = _setting("", "Access key of the `s3` store.")
    s3_secret_key: str = _setting("", "Secret key of the `s3` store; better set in the environment.")

    mail: str = _setting("smtp", "`smtp`, or `outbox` (development page `/boite-envoi`).")
    mail_host: str = _setting("localhost", "SMTP server.")
    mail_port: int = _setting(25, "SMTP port.")
    mail_security: str = _setting("none", "`none`, `starttls` or `tls`.")
    mail_username: str = _setting("", "SMTP user, empty for none.")
    mail_password: str = _setting("", "SMTP password; better set in the environment.")
    mail_sender: str = _setting("ne-pas-repondre@localhost", "From address of every message.")

    timestamp: str = _setting(
        "rfc3161", "`rfc3161` (authority at `timestamp_url`) or `development` (not qualified)."
    )
    timestamp_url: str = _setting("", "URL of the time-stamp authority.")
    timestamp_ca_file: Path | None = _setting(
        None, "PEM certificates that the authority's tokens must chain to."
    )
    timestamp_qualified: bool = _setting(False, "True when the authority is qualified under eIDAS.")
    timestamp_timeout: float = _setting(10.0, "Seconds to wait for the authority.")

    seal: str = _setting(
        "file",
        "The platform's seal on receipts and minutes: `file` (PKCS#12) or `pkcs11` (card, security module).",
    )
    seal_file: Path | None = _setting(
        None,
        "PKCS#12 file (0600) of the seal's key and certificates; default `<data_directory>/keys/seal.p12`.",
    )
    seal_passphrase: str = _setting(
        "", "Passphrase of `seal_file`, or PIN of the token; better set in the environment."
    )
    seal_passphrase_file: Path | None = _setting(
        None, "File (0600) whose first line is the passphrase or PIN, instead of `seal_passphrase`."
    )
    seal_pkcs11_library: str = _setting("", "PKCS#11 library of the token that holds the seal's key.")
    seal_pkcs11_token: str = _setting("", "Label of that token.")
    seal_pkcs11_key: str = _setting(
        "", "Identifier (CKA_ID, hexadecimal) of the key when the token holds several."
    )

    vault_key_file: Path | None = _setting(
        None, "Key file of the vault (0600); default `<data_directory>/keys/vault`."
    )
    ca_directory: Path | None = _setting(
        None, "Certificate authority of bid keys; default `<data_directory>/keys/ca`."
    )

    trust_directory: Path | None = _setting(
        None, "Folder of trusted lists and anchors (`pli trust`); default `<data_directory>/trust`."
    )
    trust_list_days: int = _setting(
        180, "A trusted list older than this no longer says whether a certificate is qualified."
    )

    signing_fetch: bool = _setting(
        False,
        "`true`: while signatures are verified, fetch lists of revoked certificates, OCSP answers and certificates of "
        "issuers from the public addresses that certificates name; `false`: use what is at hand only.",
    )

    dume_registry: str = _setting(
        "simulator", "Source of company data: `simulator` (fictitious companies) or `api_entreprise`."
    )
    dume_api_entreprise_url: str = _setting(
        "https://entreprise.api.gouv.fr", "Address of API Entreprise, no final slash."
    )
    dume_token_file: Path | None = _setting(
        None, "File of the API Entreprise token (0600); it lives 18 months."
    )
    dume_document_hosts: str = _setting(
        "entreprise.api.gouv.fr .entreprise.api.gouv.fr data.inpi.fr",
        "Hosts that certificates are fetched from; a leading dot stands for all below.",
    )
    dume_recipient: str = _setting("", "Buyer's SIRET that `pli dume prefill` uses when none is given.")
    dume_context: str = _setting("Marchés publics", "Context given with every question to API Entreprise.")
    dume_object: str = _setting("", "Procedure reference that `pli dume prefill` uses when none is given.")
    dume_staging_directory: Path | None = _setting(
        None, "Folder of API Entreprise staging cases that the simulator replays beside its own companies."
    )

    clauses_four_eyes: bool = _setting(
        True, "A contract document is validated by somebody who has not written in it."
    )

    clock: str = _setting(
        "system", "`system`, or `sandbox` (may be moved by `POST /sandbox/clock`; never in production)."
    )
    session_idle_minutes: int = _setting(60, "A sign-in ends after this long without a request.")
    session_hours: int = _setting(12, "A sign-in ends after this long in any case.")
    invitation_days: int = _setting(14, "An invitation can be accepted for this long.")

    file_bytes: int = _setting(2 * GIB, "Largest file of a bid, in bytes.")
    bid_files: int = _setting(500, "Most files in a bid.")
    bid_bytes: int = _setting(10 * GIB, "Largest bid, in bytes.")
    document_bytes: int = _setting(2 * GIB, "Largest tender document, in bytes.")
    upload_days: int = _setting(30, "An unfinished upload is kept for this long.")

    webhooks_private: bool = _setting(
        False,
        "Let webhooks and `signing_fetch` reach `http://` and private addresses: for development; production refuses it.",
    )

    rate_limits: bool = _setting(True, "Refuse floods (sign-in, API, uploads) with 429.")
    trusted_proxies: int = _setting(0, "How many proxies in front are trusted for X-Forwarded-For.")
    metrics_port: int = _setting(
        0, "Port of `/metrics` (127.0.0.1); 0 serves it on the main port in development only."
    )
    theme_directory: Path | None = _setting(
        None, "Folder of templates and static files that are searched first."
    )
    log_format: str = _setting("json", "`json` or `console`.")

    @property
    def development(self) -> bool:
        """Whether shortcuts meant for a developer's machine are allowed."""
        return self.environment in {"development", "test"}

    @property
    def sandbox(self) -> bool:
        """Whether vendors may try the service by themselves: keys without a person, a clock that moves."""
        return self.development and self.clock == "sandbox"

    @property
    def objects_directory(self) -> Path:
        """Folder of the `files` store."""
        return self.storage_directory or self.data_directory / "objects"

    @property
    def trusted_lists_directory(self) -> Path:
        """Folder of trusted lists and of the certificates trusted by hand."""
        return self.trust_directory or self.data_directory / "trust"

    @property
    def keys_directory(self) -> Path:
        """Folder of the key files, outside the database and mode 0700."""
        return self.data_directory / "keys"


_CHOICES = {
    "environment": ("development", "test", "production"),
    "storage": ("files", "s3"),
    "mail": ("smtp", "outbox"),
    "mail_security": ("none", "starttls", "tls"),
    "timestamp": ("rfc3161", "development"),
    "seal": ("file", "pkcs11"),
    "clock": ("system", "sandbox"),
    "dume_registry": ("simulator", "api_entreprise"),
    "log_format": ("json", "console"),
}


def load(ini: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Return the settings, or raise SettingsError naming the key and the cure."""
    known = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    for key, raw in ini.items():
        if key == "sqlalchemy.url":
            values["database_url"] = raw
        elif key.startswith(PREFIX):
            name = key.removeprefix(PREFIX)
            if name not in known:
                raise SettingsError(_unknown(key, known))
            values[name] = _convert(key, raw, known[name].type)
    for name, item in known.items():
        variable = f"PLI_{name.upper()}"
        if variable in environ:
            values[name] = _convert(variable, environ[variable], item.type)
    settings = Settings(**values)
    _check(settings)
    return settings


def _unknown(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key.removeprefix(PREFIX), known, n=1)
    hint = f" Did you mean {PREFIX}{near[0]}?" if near else " See docs/reference/settings.md for the list."
    return f"Unknown setting {key}.{hint}"


def _convert(key: str, raw: Any, kind: Any) -> Any:
    text = str(raw).strip()
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
                text.lower()
            ]
        if kind is int:
            return int(text)
        if kind is float:
            return float(text)
    except (KeyError, ValueError):
        takes = "true or false" if kind is bool else f"a {kind.__name__}"
        raise SettingsError(f"Setting {key} is {text!r}; it takes {takes}.") from None
    if kind is str:
        return text
    return Path(text) if text else None


def _check(settings: Settings) -> None:
    for name, choices in _CHOICES.items():
        if getattr(settings, name) not in choices:
            raise SettingsError(
                f"Setting {PREFIX}{name} is {getattr(settings, name)!r}; it takes {' or '.join(choices)}."
            )
    if len(settings.secret_key) < SECRET_LENGTH:
        raise SettingsError(
            "Setting pli.secret_key is missing or short; set PLI_SECRET_KEY to 32 random characters or more, "
            "for instance the output of: openssl rand -hex 32"
        )
    if settings.base_url.endswith("/") or not settings.base_url.startswith(("http://", "https://")):
        raise SettingsError("Setting pli.base_url takes http(s)://host[:port] without a final slash.")
    _check_registry(settings)
    _check_seal(settings)
    if settings.environment == "production":
        _check_production(settings)


def _check_registry(settings: Settings) -> None:
    url = settings.dume_api_entreprise_url
    if url.endswith("/") or not url.startswith(("http://", "https://")):
        raise SettingsError(
            "Setting pli.dume_api_entreprise_url takes http(s)://host[:port] without a final slash."
        )
    if settings.dume_registry == "api_entreprise" and settings.dume_token_file is None:
        raise SettingsError(
            "Setting pli.dume_token_file is missing: put the API Entreprise token in a file that only Pli reads, "
            "or set pli.dume_registry = simulator."
        )


def _check_seal(settings: Settings) -> None:
    if settings.seal == "pkcs11" and not (settings.seal_pkcs11_library and settings.seal_pkcs11_token):
        raise SettingsError(
            "Settings pli.seal_pkcs11_library and pli.seal_pkcs11_token are missing: name the PKCS#11 library and "
            "the label of the token that holds the seal's key."
        )
    if settings.seal_passphrase and settings.seal_passphrase_file is not None:
        raise SettingsError(
            "Settings pli.seal_passphrase and pli.seal_passphrase_file are both set: keep one of them."
        )
    if set(settings.seal_pkcs11_key.lower()) - set("0123456789abcdef") or len(settings.seal_pkcs11_key) % 2:
        raise SettingsError("Setting pli.seal_pkcs11_key takes hexadecimal digits, two for a byte.")


def _check_production(settings: Settings) -> None:
    shortcuts = {
        "clock": "sandbox",
        "mail": "outbox",
        "timestamp": "development",
        "webhooks_private": True,
    }
    for name, value in shortcuts.items():
        if getattr(settings, name) == value:
            raise SettingsError(
                f"Setting {PREFIX}{name} = {value} is for development; production refuses it."
            )
    if settings.dume_registry == "api_entreprise" and not settings.dume_api_entreprise_url.startswith(
        "https://"
    ):
        raise SettingsError(
            "Setting pli.dume_api_entreprise_url takes https:// in production: a token travels there."
        )
    if settings.timestamp == "rfc3161" and not settings.timestamp_url:
        raise SettingsError(
            "Setting pli.timestamp_url is missing: name the time-stamp authority, or receipts carry no proof of time."
        )
