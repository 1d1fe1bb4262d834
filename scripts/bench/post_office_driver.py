"""django-post_office at the same work, a process of its own with packages of its own, none of them ours.

`python post_office_driver.py URL PORT CONNECTIONS COUNT TEMPLATE`. Queued by `send_many` and rendered on delivery, as
its documentation recommends for many mails of one template; sent by its own command in one process, one thread for each
connection (each thread keeps its connection); database as durable as ours. Queueing is done before the word is given.
"""

import json
import logging
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.mail.utils import DNS_NAME
from django.core.management import call_command

from scripts.bench.children import await_the_word
from scripts.bench.post_office_settings import database

_CHUNK = 1_000


def set_up(url: str, port: int, connections: int) -> None:
    """Begin Django with this database and this relay, and make post_office's tables."""
    settings.configure(
        DATABASES={"default": database(url)},
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "BATCH_SIZE": 500,
            "THREADS_PER_PROCESS": connections,
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="for measurements",
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)


def queue_mails(count: int, template: dict[str, str]) -> None:
    """Put so many mails of one template into its outbox."""
    from post_office import mail
    from post_office.models import EmailTemplate

    made = EmailTemplate.objects.create(
        name="t30", subject=template["subject"], content=template["text"], html_content=template["html"]
    )
    for first in range(0, count, _CHUNK):
        mail.send_many(
            [
                {
                    "sender": "Phòng mẫu <phong@so.mau.example>", "recipients": [f"vanthu@dn{n}.mau.example"],
                    "template": made, "context": {"unit": f"Doanh nghiệp mẫu số {n}"}, "render_on_delivery": True,
                }
                for n in range(first, min(first + _CHUNK, count))
            ]
        )  # fmt: skip


def main() -> None:
    """Queue, wait for the word, send, and say how many were sent."""
    url, port, connections, count, template = sys.argv[1:]
    set_up(url, int(port), int(connections))
    from post_office.models import STATUS, Email

    queue_mails(int(count), json.loads(Path(template).read_text(encoding="utf-8")))
    logging.disable(logging.INFO)  # it would tell of each batch
    str(DNS_NAME)  # asked once and kept; asking may take seconds where a name server is slow
    await_the_word()
    call_command("send_queued_mail", processes=1, lockfile=str(Path(template).with_suffix(".lock")))
    print(json.dumps({"accepted": Email.objects.filter(status=STATUS.sent).count()}), flush=True)


if __name__ == "__main__":
    main()
