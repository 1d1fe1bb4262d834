"""A throw-away postfix of Debian's package: own configuration, queue, log and mailbox below one folder, on loopback.

The package is unpacked, not installed; no postfix of the machine is touched or asked. The master runs in the
foreground, is ended by its own id, and ends by itself after a bound.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dondoc import clock
from scripts.bench.sink import cache, fetch, free_port

OWNER, GROUP, MAILBOX = "mail", "uucp", "nobody"  # on every Debian; postfix wants three that are not root
SMALL = 20_000  # bytes the small relay takes
_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
_START_SECONDS, _DELIVERY_SECONDS = 20, 60

# Strict where postfix can be: what is not by the standards is refused, and nothing is added that a sender forgot.
_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {usr}/sbin
daemon_directory = {usr}/lib/postfix/sbin
shlib_directory = {usr}/lib/postfix
mail_owner = {owner}
setgid_group = {group}
default_privs = {mailbox}
import_environment = MAIL_CONFIG LANG=C TZ=UTC LD_LIBRARY_PATH
export_environment = MAIL_CONFIG LANG=C TZ=UTC LD_LIBRARY_PATH
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
myhostname = postfix.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
local_recipient_maps =
alias_maps =
relay_domains =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = error:nothing leaves this machine
smtp_dns_support_level = disabled
virtual_mailbox_domains = regexp:{folder}/etc/domains
virtual_mailbox_maps = static:all/
virtual_mailbox_base = {folder}/mail
virtual_mailbox_limit = 0
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
local_header_rewrite_clients =
strict_rfc821_envelopes = yes
strict_7bit_headers = yes
strict_8bitmime = yes
strict_8bitmime_body = yes
strict_mime_encoding_domain = yes
smtpd_forbid_bare_newline = yes
smtpd_forbid_unauth_pipelining = yes
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_tls_cert_file = {folder}/etc/cert.pem
smtpd_tls_key_file = {folder}/etc/key.pem
"""
_MASTER = """\
127.0.0.1:{plain} inet n - n - - smtpd -o syslog_name=postfix/plain -o message_size_limit={small}
    -o smtpd_tls_security_level=none
127.0.0.1:{starttls} inet n - n - - smtpd -o syslog_name=postfix/starttls -o smtpd_tls_security_level=encrypt
127.0.0.1:{tls} inet n - n - - smtpd -o syslog_name=postfix/tls -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running postfix: three doors, the certificate to trust, its log and what it has delivered."""

    plain: int  # without TLS, and takes small messages only
    starttls: int  # takes nothing before STARTTLS
    tls: int  # speaks TLS from the first octet
    certificate: Path
    folder: Path

    def log(self) -> str:
        """Return everything it said."""
        return (self.folder / "maillog").read_text(encoding="utf-8", errors="replace")

    def queued(self) -> int:
        """Return how many mails it has taken and not yet delivered."""
        return sum(1 for name in ("incoming", "active", "deferred") for _ in (self.folder / "queue" / name).rglob("?*"))

    def delivered(self, wanted: int) -> list[bytes]:
        """Return what lies in the mailbox, waiting until it is as much as `wanted` and the queue is empty."""
        mailbox = self.folder / "mail/all/new"
        give_up_at = clock.monotonic() + _DELIVERY_SECONDS
        while clock.monotonic() < give_up_at:
            there = sorted(mailbox.iterdir()) if mailbox.is_dir() else []
            if len(there) >= wanted and not self.queued():
                break
            time.sleep(0.1)
        return [path.read_bytes() for path in there]


@contextmanager
def postfix(*, seconds: int) -> Iterator[Postfix]:
    """Lend a postfix that lives at most so long. Errors: SystemExit naming what is missing."""
    if os.geteuid() != 0:
        raise SystemExit("postfix: its master runs as the administrator only; run this as root, in a container say")
    usr = fetch(cache()).parents[1]
    _refuse_missing_libraries(usr)
    plain, starttls, tls = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="dondoc-postfix-") as temporary:
        folder = Path(temporary)
        lent = Postfix(plain, starttls, tls, folder / "etc/cert.pem", folder)
        _lay_out(folder, usr, lent)
        environment = {"LD_LIBRARY_PATH": str(usr / "lib/postfix"), "MAIL_CONFIG": str(folder / "etc"), "LANG": "C"}
        master = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", usr / "lib/postfix/sbin/master", "-d", "-c", folder / "etc",
             "-e", str(seconds)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_until_it_listens(master, lent)
            yield lent
        finally:
            master.terminate()  # it ends its children
            master.wait()


def _lay_out(folder: Path, usr: Path, lent: Postfix) -> None:
    folder.chmod(0o755)
    for name in (
        "etc",
        "data",
        "mail",
        "queue/pid",
        "queue/public",
        "queue/maildrop",
        *(f"queue/{q}" for q in _QUEUES),
    ):
        (folder / name).mkdir(parents=True)
    for name in _QUEUES:
        (folder / "queue" / name).chmod(0o700)
        shutil.chown(folder / "queue" / name, OWNER)
    for name, mode in (("public", 0o710), ("maildrop", 0o730)):
        (folder / "queue" / name).chmod(mode)
        shutil.chown(folder / "queue" / name, OWNER, GROUP)
    shutil.chown(folder / "data", OWNER)
    shutil.chown(folder / "mail", MAILBOX, "nogroup")
    mailbox = (folder / "mail").stat()
    words = {
        "folder": folder, "usr": usr, "owner": OWNER, "group": GROUP, "mailbox": MAILBOX, "small": SMALL,
        "uid": mailbox.st_uid, "gid": mailbox.st_gid,
        "plain": lent.plain, "starttls": lent.starttls, "tls": lent.tls,
    }  # fmt: skip
    (folder / "etc/main.cf").write_text(_MAIN.format(**words), encoding="ascii")
    (folder / "etc/master.cf").write_text(_MASTER.format(**words), encoding="ascii")
    (folder / "etc/domains").write_text(r"/\.example$/ OK" + "\n", encoding="ascii")
    _write_certificate(folder / "etc")


def _write_certificate(folder: Path) -> None:
    """Write a key and a certificate for 127.0.0.1 signed by itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "postfix.example")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "key.pem").chmod(0o600)


def _refuse_missing_libraries(usr: Path) -> None:
    environment = {**os.environ, "LD_LIBRARY_PATH": str(usr / "lib/postfix")}
    linked = subprocess.run(
        ["ldd", usr / "lib/postfix/sbin/smtpd"], env=environment, capture_output=True, text=True, check=True
    )
    missing = [line.split()[0] for line in linked.stdout.splitlines() if "not found" in line]
    if missing:
        raise SystemExit(f"postfix: libraries are missing: {', '.join(missing)}; apt-get install libsasl2-2 libssl3")


def _wait_until_it_listens(master: subprocess.Popen[bytes], lent: Postfix) -> None:
    give_up_at = clock.monotonic() + _START_SECONDS
    while clock.monotonic() < give_up_at and master.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", lent.tls)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"postfix does not listen; it said: {lent.log() if (lent.folder / 'maillog').exists() else ''}")
