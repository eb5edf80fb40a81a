"""What a machine needs to know: read once at start, from the command line, the environment and a TOML file, in this order.

Every setting `name` is `ESSC_NAME` in the environment and `name` in the file, which is `$ESSC_CONFIG` or `essc.toml` in the data directory.
What a ministry or a region changes is not here but in room `regions`; rooms never read settings: `app` hands them what they need.
"""
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_type_hints

import msgspec
from msgspec import Meta

PREFIX: Final = "ESSC_"
CONFIG: Final = "ESSC_CONFIG"
FILE: Final = "essc.toml"
_WORDS: Final = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class BadSettings(Exception):
    """A setting is unknown or has a value it cannot have; the text names it and never shows a secret."""


class Secret:
    """A value that prints as ***; `reveal` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings, with their defaults and meaning."""

    data: Annotated[Path, Meta(
        description="Directory of everything kept on this machine: database, keys, audit tiles, certificate.")] = Path("data/essc")
    host: Annotated[str, Meta(description="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on.", ge=0, le=65535)] = 8000
    workers: Annotated[int, Meta(description="Number of HTTP processes.", ge=1, le=256)] = 1
    https: Annotated[bool, Meta(description="Serve HTTPS with a certificate that is made (self-signed) when there is none.")] = False
    certificate: Annotated[Path | None, Meta(
        description="PEM file of the certificate chain for HTTPS, instead of the self-signed one.")] = None
    certificate_key: Annotated[Path | None, Meta(description="PEM file of the certificate's private key.")] = None
    public_url: Annotated[str, Meta(
        description="Address under which people and partners reach this installation; empty: from host and port.")] = ""
    trusted_proxies: Annotated[str, Meta(
        description="Addresses whose X-Forwarded-For and -Proto are believed, separated by commas.")] = ""

    console_networks: Annotated[str, Meta(
        description="Networks (CIDR) from which the console may be opened, separated by commas; empty: from everywhere.")] = ""

    database_url: Annotated[Secret | None, Meta(
        description="A PostgreSQL (15 or later) of your own, as a login that is a member of essc_app; empty: the embedded server.")] = None
    database_owner_url: Annotated[Secret | None, Meta(
        description="The same database as the owner of its tables; only `essc migrate` uses it.")] = None
    database_connections: Annotated[int, Meta(description="Most connections of one process.", ge=2, le=500)] = 12
    pg_bin: Annotated[Path | None, Meta(
        description="Directory of PostgreSQL's programs for the embedded server; empty: the installed wheel's, then Debian's.")] = None
    pg_user: Annotated[str, Meta(description="User that the embedded server runs as when essc is root; empty: essc, else nobody.")] = ""
    pg_shared_buffers: Annotated[str, Meta(description="Memory that the embedded server shares (PostgreSQL's shared_buffers).")] = "512MB"

    suite: Annotated[Literal["international", "national"], Meta(
        description="Cryptography: AES-GCM, Ed25519 and HMAC-SHA-256, or SM4-GCM, SM2 and HMAC-SM3.")] = "international"
    key_file: Annotated[Path | None, Meta(description="The encrypted key file; empty: keys.json in the data directory.")] = None
    key_passphrase: Annotated[Secret | None, Meta(
        description="Opens the key file; empty: a passphrase file beside it, readable by its owner only.")] = None
    demonstration: Annotated[bool, Meta(
        description="Invented people only: numbers of the reserved prefix 9999 are accepted, and every page says so.")] = False
    audit_origin: Annotated[str, Meta(
        description="Name of the audit log in its checkpoints; never change it, or witnesses take it for another log.")] = "essc/audit"

    wallet_channel: Annotated[str, Meta(
        description="Ten-digit number of the channel that the wallet's own pages are; empty: the first website channel that may issue and present.")] = ""
    person_url: Annotated[str, Meta(description="Address of the real-person check (face service); empty: the check is not offered.")] = ""
    person_engine: Annotated[Path | None, Meta(
        description="Directory with face weights of your own (ONNX; needs the extra `face`), used instead of a face service. Never on by default.")] = None
    sms_url: Annotated[str, Meta(description="Address of the SMS gateway; empty: messages stand in the inbox only.")] = ""
    province_urls: Annotated[dict[str, str], Meta(
        description="Address of each province's card system by division code, `450000=https://…` separated by commas; 000000 is for all others.")] = {}
    partner_keys: Annotated[dict[str, str], Meta(
        description="Public key of each partner by key id, `person-1=base64` (Ed25519) or `person-1=sm2-sm3:base64`, separated by commas: "
                    "what they answer is signed.")] = {}
    sandbox_url: Annotated[str, Meta(
        description="Address of a demonstration's invented partners, shown under /sandbox/; only in a demonstration.")] = ""

    log_level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least severe log line that is written.")] = "info"
    otel_endpoint: Annotated[str, Meta(description="OTLP/HTTP collector for traces; empty: no traces.")] = ""

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Put the settings together; `given` (from the command line) wins where it is not None. Raises BadSettings."""
        env = os.environ if environment is None else environment
        said = {name: value for name, value in given.items() if value is not None}
        from_env = {name: _parsed(cls, name, text) for name in cls.__struct_fields__ if (text := env.get(PREFIX + name.upper()))}
        data = Path(said.get("data") or from_env.get("data") or cls.__struct_defaults__[0])
        merged = _file(env.get(CONFIG), data) | from_env | said
        try:
            return msgspec.convert(merged, cls, strict=True, dec_hook=_convert, str_keys=True)
        except msgspec.ValidationError as error:
            raise BadSettings(f"settings: {error}") from None

    def environment(self) -> dict[str, str]:
        """The variables that make another process read the same settings."""
        said = msgspec.structs.asdict(self).items()
        return {PREFIX + name.upper(): _written(value) for name, value in said if value not in (None, "", {})}

    @property
    def url(self) -> str:
        """The address of this installation, without a slash at the end."""
        scheme = "https" if self.https else "http"
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::") else self.host
        return (self.public_url or f"{scheme}://{host}:{self.port}").rstrip("/")


class Described(msgspec.Struct, frozen=True):
    """One setting as the documentation lists it."""

    name: str
    variable: str
    default: str
    meaning: str


def described() -> list[Described]:
    """Every setting, in the order of the class."""
    hints = get_type_hints(Settings, include_extras=True)
    return [Described(field.name, PREFIX + field.name.upper(), _shown(field), hints[field.name].__metadata__[0].description)
            for field in msgspec.structs.fields(Settings)]


def _shown(field: msgspec.structs.FieldInfo) -> str:
    return "" if field.default in (None, "", msgspec.NODEFAULT) else _written(field.default)


def _file(named: str | None, data: Path) -> dict[str, Any]:
    path = Path(named) if named else data / FILE
    if not path.exists():
        if named:
            raise BadSettings(f"{CONFIG} names {path}, and there is no such file")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not TOML: {error}") from None


def _parsed(cls: type[Settings], name: str, text: str) -> Any:
    """A variable's text as the type of its setting, so that the conversion can be strict."""
    kind = get_type_hints(cls)[name]
    if kind is bool:
        if text.lower() not in _WORDS:
            raise BadSettings(f"{PREFIX}{name.upper()} is yes or no, not {text!r}")
        return _WORDS[text.lower()]
    if kind is int:
        if not text.strip().lstrip("-").isdigit():
            raise BadSettings(f"{PREFIX}{name.upper()} is a whole number, not {text!r}")
        return int(text)
    if kind == dict[str, str]:
        return dict(part.strip().partition("=")[::2] for part in text.split(","))
    return text


def _written(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(f"{key}={text}" for key, text in value.items()) if isinstance(value, dict) else str(value)


def _convert(kind: type, value: Any) -> Any:
    if kind is Secret or kind is Path:
        return value if isinstance(value, kind) else kind(value)
    raise NotImplementedError(f"no setting is a {kind}")
