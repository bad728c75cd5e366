#!/usr/bin/env bash
# PyPI pyfhircheck 0.2.0 (FHIR R4 validator): a required primitive that has only an extension, such as a status with a
# data-absent-reason, is said to be missing. R4 (ele-1: a value or children).
# Seen: ERROR cardinality.min Observation.status: Observation.status is required.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q install pyfhircheck==0.2.0
cd "$dir"
cat > observation.json <<'JSON'
{"resourceType": "Observation", "code": {"text": "weight"},
 "_status": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}}
JSON
said=$("$dir/venv/bin/pyfhircheck" file observation.json || true)
grep '^- ' <<<"$said"
grep -q 'ERROR cardinality.min Observation.status' <<<"$said"
