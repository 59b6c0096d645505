"""Golden bytes: one fixed conversation with each SDK, as it was on the wire.

    record_golden.py    records it anew; the difference to golden/*.json is what must be looked at

For each exchange: the request that the gateway made and the answer that the SDK gave, as hex, and
both decoded by the protobuf classes of the official Python SDK.
"""
import base64
import json
import pathlib
import tempfile

from google.protobuf.json_format import MessageToDict

from bed import ORDER, Bed
from polling import wait_until
from sdks import HERE

INCOMPLETE = "incomplete_invocation_context"
FOLDER = HERE / "golden"
# So long that nothing expires between two messages.
ENVIRONMENT = {"TTL_MS": "86400000"}
VALUES = {"a_bool": True, "an_int": -(2**31), "a_long": str(2**63 - 1), "a_float": 0.5,
          "a_double": 1e300, "a_string": "Zoë 語", "a_json": {"k": [1, None]}, "a_point": "-3,4"}
ZEROS = {"a_bool": False, "an_int": 0, "a_long": "0", "a_float": 0, "a_double": 0,
         "a_string": "", "a_json": {}, "a_point": "0,0"}


def conversation(language):
    """(name, function, steps) of each message, all to one entity."""

    def setting(values):
        return [{"do": "set", "state": name, "value": value} for name, value in values.items()]

    probe, plain, fleeting = (f"{language}/{name}" for name in ("probe", "plain", "fleeting"))
    to = {"to": [plain, "other"], "order": {"steps": []}}
    return [
        ("a first call, and its states are learnt", probe, []),
        ("values of every type", probe, setting(VALUES)),
        ("values of zero bytes", probe, setting(ZEROS)),
        ("deletes", probe, [{"do": "delete", "state": name} for name in VALUES]),
        ("no state", plain, []),
        ("messages", plain, [{"do": "send", **to}, {"do": "send", **to}]),
        ("delayed messages and cancellations", plain, [
            {"do": "after", "delay_ms": 0, **to},
            {"do": "after", "delay_ms": 315_360_000_000, "token": "ten years", **to},
            {"do": "cancel", "token": "ten years"},
        ]),
        ("egress records", plain, [
            {"do": "emit", "topic": "topic-0", "payload": "to the playground"},
            {"do": "kafka", "egress": "my.egress/kafka", "topic": "t", "key": "k", "value": "Zoë"},
            {"do": "kafka", "egress": "my.egress/kafka", "topic": "t", "key": "", "value": "v"},
        ]),
        ("all at once", probe, [
            {"do": "count", "state": "count"}, {"do": "send", **to},
            {"do": "after", "delay_ms": 1000, **to},
            {"do": "emit", "topic": "topic-0", "payload": "x"},
        ]),
        ("states that expire are learnt, and written", fleeting,
         setting({"kept": 1, "written": 2, "called": 3})),
        ("states that expire", fleeting, [{"do": "delete", "state": "written"}]),
    ]


def record(language):
    """[{"name", "request", "answer", ...}] of a conversation with a real gateway and the real SDK."""
    with tempfile.TemporaryDirectory(prefix="sfg-golden-") as directory:
        bed = Bed(language, pathlib.Path(directory), **ENVIRONMENT)
        try:
            return [entry for part in conversation(language) for entry in _record(bed, *part)]
        finally:
            bed.close()


def _record(bed, name, function, steps):
    before = len(bed.tee.exchanges(function, "golden"))
    answer = bed.client.send(function, "golden", ORDER, {"steps": steps})
    assert answer.status == 202, answer.body

    def done():
        seen = bed.tee.exchanges(function, "golden")[before:]
        complete = seen and seen[-1].body is not None
        return complete and not seen[-1].answer.HasField(INCOMPLETE) and seen

    return [
        {
            "name": name,
            "request": exchange.request_body.hex(),
            "request_decoded": decoded(exchange.request),
            "answer": exchange.body.hex(),
            "answer_decoded": decoded(exchange.answer),
        }
        for exchange in wait_until(done, f"'{name}' is answered")
    ]


def decoded(message):
    """As JSON, with bytes as hex; lists whose order means nothing are sorted."""
    fields = MessageToDict(message, preserving_proto_field_name=True)
    _bytes_as_hex(fields)
    for part in (fields, fields.get("invocation_result", {}),
                 fields.get(INCOMPLETE, {})):
        for unordered in ("state", "state_mutations", "missing_values"):
            if unordered in part:
                part[unordered].sort(key=lambda entry: entry["state_name"])
    for spec in fields.get(INCOMPLETE, {}).get("missing_values", []):
        if not spec.get("expiration_spec", True):
            del spec["expiration_spec"]  # Some SDKs write "none", some leave it out.
    return fields


def _bytes_as_hex(fields):
    for name, value in fields.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                _bytes_as_hex(part)
        if name == "value":
            fields[name] = base64.b64decode(value).hex()


def path(language):
    return FOLDER / f"{language}.json"


def load(language):
    return json.loads(path(language).read_text())
