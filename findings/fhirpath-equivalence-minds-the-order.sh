#!/usr/bin/env bash
# npm fhirpath 5.2.2 and PyPI fhirpathpy 2.2.4: `~` of two collections is false when the order differs. FHIRPath (6.1.2, ~
# Equivalent) says that the comparison does not depend on order; that is half of what the operator is for beside `=`.
# Seen: ('a' | 'b') ~ ('b' | 'a') false and (1 | 2) ~ (2 | 1) false in both; in the same order true.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent fhirpath@5.2.2
cat > ask.cjs <<'JS'
const fhirpath = require('fhirpath');
for (const [expression, want] of [["('a' | 'b') ~ ('b' | 'a')", false], ['(1 | 2) ~ (2 | 1)', false], ['(1 | 2) ~ (1 | 2)', true]]) {
  const got = fhirpath.evaluate({}, expression);
  console.log('fhirpath.js', expression, got);
  if (got[0] !== want) throw new Error(`${expression} is ${got}`);
}
JS
node ask.cjs
python3 -m venv venv
venv/bin/pip -q install fhirpathpy==2.2.4
venv/bin/python - <<'PY'
from fhirpathpy import evaluate
for expression, want in [("('a' | 'b') ~ ('b' | 'a')", False), ("(1 | 2) ~ (2 | 1)", False), ("(1 | 2) ~ (1 | 2)", True)]:
    got = evaluate({}, expression)
    print("fhirpathpy", expression, got)
    assert got == [want], got
PY
