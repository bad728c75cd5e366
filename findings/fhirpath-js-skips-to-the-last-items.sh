#!/usr/bin/env bash
# npm fhirpath 5.2.2 and PyPI fhirpathpy 2.2.4: a number below nothing is counted from the end, as in the host's own lists. FHIRPath
# (5.3.6 skip, 5.3.7 take; FHIR R4 takes both over) has skip of 0 or less leave the input whole, and take of 0 or less be
# empty. Whoever computes the number, such as "all but the latest three" with count() - 3, is given other items for a short
# list, and no error. npm @atomic-ehr/fhirpath 0.1.4 is right.
# Seen in both, of (1|2|3): skip(-1) 3, take(-1) 1 and 2; of a name with two given names, given.take(given.count() - 3) is the
# first of them. @atomic-ehr: 1, 2 and 3; nothing; nothing.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund fhirpath@5.2.2 @atomic-ehr/fhirpath@0.1.4
cat > ask.mjs <<'JS'
import fhirpath from 'fhirpath';
import { evaluate } from '@atomic-ehr/fhirpath';
const name = { given: ['Ann', 'Bea'] };
for (const expression of ['(1|2|3).skip(-1)', '(1|2|3).take(-1)', 'given.take(given.count() - 3)']) {
  console.log('fhirpath.js', expression, JSON.stringify(fhirpath.evaluate(name, expression)));
  console.log('atomic-ehr', expression, JSON.stringify(await evaluate(expression, { input: name })));
}
JS
node ask.mjs | tee seen
python3 -m venv venv
venv/bin/pip -q install fhirpathpy==2.2.4
venv/bin/python - <<'PY' | tee -a seen
import json
from fhirpathpy import evaluate
for expression in ("(1|2|3).skip(-1)", "(1|2|3).take(-1)", "given.take(given.count() - 3)"):
    print("fhirpathpy", expression, json.dumps(evaluate({"given": ["Ann", "Bea"]}, expression), separators=(",", ":")))
PY
[ "$(grep -c 'skip(-1) \[3\]$' seen)" = 2 ] && [ "$(grep -c 'take(-1) \[1,2\]$' seen)" = 2 ] && [ "$(grep -c '3) \["Ann"\]$' seen)" = 2 ] &&
  [ "$(grep -c '^atomic-ehr.*\(\[1,2,3\]\|\[\]\)$' seen)" = 3 ]
