#!/usr/bin/env bash
# PyPI fhir.resources 8.3.0 (pydantic models of R4B): a decimal goes through a binary float on its way out. R4 (datatypes.html,
# decimal) has the precision as part of the value: 5.40 is not 5.4. Trailing zeros go, and of a number of 23 digits
# the last six are changed. Fractions of a second are cut to six digits in the same way.
# Seen: 5.40 -> 5.4; 12345678901234567890.123 -> 12345678901234567000; .123456789Z -> .123456Z; no error, no warning.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install fhir.resources==8.3.0
"$dir/venv/bin/python" - <<'PY'
from fhir.resources.R4B.observation import Observation

head = '{"resourceType":"Observation","status":"final","code":{"text":"potassium"},'
def again(rest):
    return Observation.model_validate_json(head + rest + "}").model_dump_json()[len(head):-1]

for sent, want in [
    ('"valueQuantity":{"value":5.40}', '"valueQuantity":{"value":5.4}'),
    ('"valueQuantity":{"value":12345678901234567890.123}', '"valueQuantity":{"value":12345678901234567000}'),
    ('"effectiveDateTime":"2025-03-31T01:02:03.123456789Z"', '"effectiveDateTime":"2025-03-31T01:02:03.123456Z"'),
]:
    got = again(sent)
    print(sent, "->", got)
    assert got == want, got
PY
