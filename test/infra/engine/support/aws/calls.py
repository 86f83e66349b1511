"""Calls AWS as botocore does, and holds every input against the service's own model.

    python calls.py ENDPOINT

Reads requests from standard input, a line of JSON each:
    {"id", "service", "region", "operation", "input"}
Writes the answers to standard output, a line of JSON each:
    {"id", "output"} or {"id", "error": {"code", "message"}}

Each request is also a line of the file that STAND_IN_AWS_CALLS names, if it names one.

botocore refuses unknown and missing members, wrong types and lengths below the minimum. It leaves
maximum, pattern and enum to the service, and emulators check few of them: see `complaints`.
"""

import json
import os
import re
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

# Models write patterns for Java.
java_classes = {
    r"\p{L}": r"a-zA-Z\u00aa-\uffff",
    r"\p{Z}": r" \u00a0\u2000-\u200a",
    r"\p{N}": r"0-9",
    r"\p{ASCII}": r"\x00-\x7f",
    r"\p{Graph}": r"\x21-\x7e",
    r"\p{Alnum}": r"a-zA-Z0-9",
}


def compiled(pattern):
    for java, python in java_classes.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def complaints(shape, value, path):
    """Yields a sentence for each bound of the model that a value breaks."""
    if shape.type_name == "structure":
        for key, part in value.items():
            yield from complaints(shape.members[key], part, f"{path}.{key}")
    elif shape.type_name == "list":
        for index, part in enumerate(value):
            yield from complaints(shape.member, part, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, part in value.items():
            yield from complaints(shape.key, key, f"{path}.{key}")
            yield from complaints(shape.value, part, f"{path}.{key}")
    most = shape.metadata.get("max")
    if most is not None:
        size = value if shape.type_name in ("integer", "long", "float", "double") else len(value)
        if size > most:
            yield f"{path} must be at most {most}, got {size}"
    if shape.type_name != "string":
        return
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not compiled(pattern).fullmatch(value):
        yield f"{path} must match {pattern}, got {value!r}"
    enum = shape.metadata.get("enum")
    if enum and value not in enum:
        yield f"{path} must be one of {', '.join(enum)}, got {value!r}"


class Calls:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.session = botocore.session.get_session()
        self.clients = {}

    def client(self, service, region):
        key = (service, region)
        if key not in self.clients:
            self.clients[key] = self.session.create_client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id="emulator",
                aws_secret_access_key="emulator",
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self.clients[key]

    def answer(self, service, region, operation, given):
        client = self.client(service, region)
        model = client.meta.service_model.operation_model(operation)
        if model.input_shape:
            # botocore's own judgement comes first: the bounds of unknown members are unknown.
            report = ParamValidator().validate(given, model.input_shape)
            if report.has_errors():
                raise ParamValidationError(report=report.generate_report())
            found = list(complaints(model.input_shape, given, operation))
            if found:
                raise ValueError("; ".join(found))
        output = client._make_api_call(operation, given)
        output.pop("ResponseMetadata", None)
        return output


def failure(error):
    if isinstance(error, ClientError):
        details = error.response["Error"]
        return {"code": details["Code"], "message": details.get("Message", "")}
    return {"code": type(error).__name__, "message": str(error)}


def main():
    calls = Calls(sys.argv[1])
    record = open(os.environ.get("STAND_IN_AWS_CALLS", os.devnull), "a")
    for line in sys.stdin:
        print(line.strip(), file=record, flush=True)
        request = json.loads(line)
        answer = {"id": request["id"]}
        try:
            answer["output"] = calls.answer(
                request["service"], request["region"], request["operation"], request["input"]
            )
        except (ClientError, ParamValidationError, KeyError, TypeError, ValueError) as error:
            answer["error"] = failure(error)
        print(json.dumps(answer, default=str), flush=True)


main()
