#!/usr/bin/env bash
# PyPI fhirpathrs 0.1.5 (FHIRPath in Rust): an Observation's Quantity loses system and code when it is navigated to, and its
# unit cannot be read either, although the engine says that it is a Quantity. An invariant such as "coded units are UCUM"
# or a search for a value by code comes out empty about good data.
# Seen: `value is Quantity` true; `value.unit` nothing; `value.ofType(Quantity).code` empty; `value` without system and code.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install fhirpathrs==0.1.5
"$dir/venv/bin/python" - <<'PY'
import fhirpathrs

observation = {
    "resourceType": "Observation", "status": "final", "code": {"text": "potassium"},
    "valueQuantity": {"value": 5.4, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
}
for expression, want in [
    ("value is Quantity", [True, [True]]),
    ("value", [{"value": 5.4, "unit": "mmol/L"}]),
    ("value.unit", [None, []]),
    ("value.ofType(Quantity).code", [[]]),
]:
    got = fhirpathrs.evaluate(expression, observation)
    print(expression, "->", got)
    assert any(got == w and type(got) is type(w) for w in want), got
PY
