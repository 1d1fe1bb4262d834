"""Every setting in one table: read from the environment with the prefix `DONDOC_`, state under `DONDOC_HOME`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Relay(BaseModel):
    """One further SMTP relay of live campaigns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.:-]*$", max_length=34)
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=25, ge=1, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    tls: str = Field(default="none", pattern="^(none|starttls|tls)$")
    connections: int = Field(default=4, ge=1, le=50)
    per_minute: int | None = Field(default=None, ge=1, le=1_000_000)


class Settings(BaseSettings):
    """What an administrator can set. Secrets come from here or from a file only its owner can read."""

    model_config = SettingsConfigDict(env_prefix="DONDOC_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(default=Path(".dondoc"), description="all state: database, mails caught, logs, secrets")
    database_url: str | None = Field(default=None, description="SQLAlchemy URL; default: SQLite under DONDOC_HOME")
    secret: SecretStr | None = Field(default=None, description="key of codes and Message-IDs; default: a 0600 file")
    relay_host: str | None = Field(default=None, description="SMTP relay of live campaigns; without it none goes live")
    relay_port: int = Field(default=25, ge=1, le=65535, description="its port")
    relay_user: str | None = Field(default=None, description="its account, if it asks for one")
    relay_password: SecretStr | None = Field(default=None, description="its password")
    relay_tls: str = Field(default="none", pattern="^(none|starttls|tls)$", description="none, starttls or tls")
    relay_connections: int = Field(default=4, ge=1, le=50, description="SMTP connections of one sender")
    only_to: str | None = Field(
        default=None,
        description="pilot: live mail goes to these addresses and domains only; the rest is turned or held",
    )
    redirect_to: str | None = Field(default=None, description="pilot: the mailbox that gets all other live mail")
    most_per_duty: int = Field(default=4, ge=1, le=50, description="reminders one unit is sent of one duty, at most")
    most_per_day: int = Field(
        default=4, ge=1, le=100, description="reminders one mailbox or telephone is sent on a day, of all campaigns"
    )
    relay_per_minute: int | None = Field(default=None, ge=1, le=1_000_000, description="most messages a minute")
    relays: tuple[Relay, ...] = Field(
        default=(),
        description='further relays, as JSON: [{"name": "b", "host": "…", "port": 25, "per_minute": 600}]',
    )
    sms_gateway: str | None = Field(default=None, description="preset or file of the SMS gateway of live campaigns")
    sms_api_key: SecretStr | None = Field(default=None, description="our account's key or token there")
    sms_api_secret: SecretStr | None = Field(default=None, description="its secret, if it has one")
    sms_report_url: str | None = Field(default=None, description="https://… under which the gateway reaches our pages")
    sms_port: int = Field(default=8026, ge=1, le=65535, description="the SMS simulator on 127.0.0.1")
    catcher_port: int = Field(default=2525, ge=1, le=65535, description="SMTP port of the mail catcher on 127.0.0.1")
    web_port: int = Field(default=8025, ge=1, le=65535, description="our pages on 127.0.0.1")
    portal_url: str | None = Field(
        default=None,
        pattern=r"^https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/?$",
        description="address of the units' pages, https://…; without it live mail carries no link",
    )
    unit_port: int = Field(default=8027, ge=1, le=65535, description="the units' own pages on 127.0.0.1")
    link_days: int = Field(default=30, ge=0, le=366, description="days after the due date a unit's link still opens")
    prefect_port: int = Field(default=4291, ge=1, le=65535, description="Prefect's server and pages on 127.0.0.1")
    prefect_api_url: str | None = Field(default=None, description="an existing Prefect API; default: that of `up`")
    prefect_auth: SecretStr | None = Field(default=None, description="its auth string; default: a file, mode 0600")
    lease_seconds: int = Field(default=60, ge=5, le=3600, description="how long a claimed batch belongs to one sender")
    round_seconds: int = Field(default=30, ge=1, le=3600, description="how often the alarm sweeps by itself")
    reply_domain: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$",
        max_length=190,
        description="domain that takes in answers to signed addresses; without it they go to the office's address",
    )
    message_id_domain: str = Field(default="dondoc.example", description="right-hand side of Message-IDs")

    dkim_selector: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$",
        description="our DKIM key's name in DNS: <selector>._domainkey.<sender's domain>; without it nothing is signed",
    )
    dkim_key_file: Path | None = Field(
        default=None, description="its private RSA key, PEM, readable by its owner alone"
    )

    heartbeat_to: str | None = Field(
        default=None, description="mailbox that hears every day that the auditor has looked"
    )
    heartbeat_url: str | None = Field(
        default=None, pattern="^https?://", description="address called (POST) every day after the audit"
    )

    totp_roles: str = Field(
        default="",
        pattern="^((viewer|receiver|desk|administrator)(,(viewer|receiver|desk|administrator))*)?$",
        description="roles that sign in with a second factor only: desk,administrator",
    )
    session_idle_minutes: int = Field(default=30, ge=1, le=1440, description="an unused session ends after so long")
    session_hours: int = Field(default=12, ge=1, le=168, description="every session ends after so long")

    log: str = Field(
        default="text",
        pattern="^(json|text)$",
        description="what standard error hears: text (warnings) or json (all); files under DONDOC_HOME/logs are JSON",
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def database(self) -> str:
        """Return the database's URL: the one set, or SQLite under the state folder."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'dondoc.sqlite'}"
