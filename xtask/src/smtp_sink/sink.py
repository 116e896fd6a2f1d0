"""A mail server that takes mail and keeps it: aiosmtpd, with encryption and a login.

Usage: sink.py <directory>

It writes to the directory
  address.json  the ports and the login, once it listens
  ca.pem        the authority that has signed its certificate
  mail/*.json   each mail: its envelope, and its headers and text as Python's parser reads them

Mail to nobody@ is refused for good, mail to full@ for now. It ends with whoever started it.
"""

import asyncio
import json
import os
import ssl
import sys
from email import policy
from email.parser import BytesParser
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

HOST = "127.0.0.1"
USERNAME = "sink"
PASSWORD = "sink and no secret"
REFUSED = {
    "nobody": "550 5.1.1 There is no such mailbox",
    "full": "452 4.2.2 The mailbox is full",
}


def write(path, value):
    """Whoever sees the file sees all of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(value), encoding="utf-8")
    os.replace(draft, path)


class Keeper:
    def __init__(self, directory):
        self.directory = directory
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = REFUSED.get(address.partition("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = BytesParser(policy=policy.SMTPUTF8).parsebytes(envelope.content)
        self.count += 1
        name = f"{os.getpid()}-{self.count}"
        write(
            self.directory / f"{name}.json",
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "encrypted": session.ssl is not None
                or server.transport.get_extra_info("ssl_object") is not None,
                "headers": [[name, str(value)] for name, value in mail.items()],
                "text": mail.get_content(),
                "defects": [repr(defect) for defect in mail.defects]
                + [
                    f"{name}: {defect!r}"
                    for name, value in mail.items()
                    for defect in value.defects
                ],
            },
        )
        return f"250 2.0.0 OK: queued as {name}"


def login(server, session, envelope, mechanism, data):
    is_right = (
        isinstance(data, LoginPassword)
        and data.login == USERNAME.encode()
        and data.password == PASSWORD.encode()
    )
    # With a message of our own aiosmtpd sends none beside it.
    return AuthResult(success=is_right, handled=False)


async def main(directory):
    mail = directory / "mail"
    mail.mkdir(parents=True, exist_ok=True)
    for old in mail.iterdir():
        old.unlink()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(directory / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST, "localhost").configure_cert(context)

    keeper = Keeper(mail)

    def smtp(**more):
        return SMTP(
            keeper,
            hostname="sink.example",
            enable_SMTPUTF8=True,
            authenticator=login,
            auth_required=True,
            **more,
        )

    def starttls():
        return smtp(tls_context=context, require_starttls=True)

    def tls():
        return smtp(auth_require_tls=False)

    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(starttls, HOST, 0),
        await loop.create_server(tls, HOST, 0, ssl=context),
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    write(
        directory / "address.json",
        {
            "host": HOST,
            "starttls": ports[0],
            "tls": ports[1],
            "username": USERNAME,
            "password": PASSWORD,
        },
    )
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)


asyncio.run(main(Path(sys.argv[1])))
