"""A program as somebody wrote it for Twilio: the official library, with another base URL and other credentials.

It is told what to do as JSON, and says what it saw as JSON.
"""

import json
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

PATIENCE = 120


def client(told):
    made = Client(told["user"], told["password"], told["account"])
    made.api.base_url = told["url"]
    return made


def until(look):
    """Looks again and again until something is found, or time is up."""
    end = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.1)


def story(told):
    """Sends, fetches, lists and cancels."""
    twilio = client(told)
    sent = twilio.messages.create(to=told["to"], from_=told["from"], body="Your table is ready")
    answered = sent.status

    def delivered():
        now = twilio.messages(sent.sid).fetch()
        return now if now.status == "delivered" else None

    fetched = until(delivered)
    planned = twilio.messages.create(
        to=told["to"],
        messaging_service_sid="MG" + "0" * 32,
        body="See you tomorrow",
        schedule_type="fixed",
        send_at=datetime.now(timezone.utc) + timedelta(hours=1),
    )
    canceled = twilio.messages(planned.sid).update(status="canceled")
    today = datetime.now(timezone.utc)
    lists = {
        "all": twilio.messages.list(to=told["to"]),
        "paged": twilio.messages.list(to=told["to"], page_size=1),
        "sent today": twilio.messages.list(to=told["to"], date_sent=today),
        "sent before": twilio.messages.list(to=told["to"], date_sent_before=today - timedelta(days=2)),
        "from": twilio.messages.list(from_=told["from"], limit=1),
    }
    return {
        "sent": sent.sid,
        "planned": planned.sid,
        "answered": answered,
        "delivered": fetched and fetched.status,
        "date_sent": fetched and fetched.date_sent.isoformat(),
        "from": fetched and fetched.from_,
        "error_code": fetched and fetched.error_code,
        "scheduled": planned.status,
        "canceled": canceled.status,
        "lists": {name: [message.sid for message in found] for name, found in lists.items()},
    }


def refusals(told):
    """Asks for what is refused, and says with which status and code."""
    twilio = client(told)
    seen = []
    for fields in told["requests"]:
        try:
            twilio.messages.create(**fields)
            seen.append(None)
        except TwilioRestException as refused:
            seen.append([refused.status, refused.code])
    try:
        twilio.messages("SM" + "0" * 32).fetch()
    except TwilioRestException as refused:
        seen.append([refused.status, refused.code])
    return seen


class Listener:
    """Where status callbacks arrive; they are checked as the library does it."""

    def __init__(self, token, refuse_first):
        self.validator = RequestValidator(token)
        self.refuse_first = refuse_first
        self.heard = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.send_response(listener.hear(self.path, self.headers, body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/status?shop=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def hear(self, path, headers, body):
        # As a web framework puts the address together.
        url = f"http://{headers['host']}{path}"
        fields = dict(parse_qsl(body, keep_blank_values=True))
        if self.refuse_first:
            self.refuse_first -= 1
            return 503
        self.heard.append(
            {
                "valid": self.validator.validate(url, fields, headers["x-twilio-signature"]),
                "forged": self.validator.validate(url, {**fields, "MessageStatus": "x"}, headers["x-twilio-signature"]),
                "token": headers["i-twilio-idempotency-token"],
                "fields": fields,
            }
        )
        return 204

    def finished(self, count):
        ended = ("delivered", "undelivered", "failed", "canceled")
        ends = {it["fields"]["MessageSid"] for it in list(self.heard) if it["fields"]["MessageStatus"] in ended}
        return len(ends) >= count


def callbacks(told):
    """Sends so many messages, and hears what becomes of them."""
    listener = Listener(told["token"], told["refuse_first"])
    twilio = client(told)
    sent = [
        twilio.messages.create(
            to=told["to"], from_=told["from"], body=f"Number {number}", status_callback=listener.url
        ).sid
        for number in range(told["count"])
    ]
    until(lambda: listener.finished(len(sent)))
    # What would come twice comes soon after.
    time.sleep(2)
    return {"sent": sent, "heard": listener.heard}


def main():
    told = json.load(sys.stdin)
    act = {"story": story, "refusals": refusals, "callbacks": callbacks}[told["act"]]
    json.dump(act(told), sys.stdout)


main()
