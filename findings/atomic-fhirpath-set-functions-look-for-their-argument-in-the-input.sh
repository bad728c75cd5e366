#!/usr/bin/env bash
# npm @atomic-ehr/fhirpath 0.1.4: the argument of union(), intersect() and exclude() is evaluated on the items of the input and
# not where the function stands. FHIRPath (5.4) says that union introduces no iteration context and that
# name.select(use.union(given)) means name.select(use | given). A union even loses its own input; the operator | and
# combine() are right.
# Seen: name.given.union(name.given) [], intersect [], exclude takes nothing away; name.given | name.given is right.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent @atomic-ehr/fhirpath@0.1.4
cat > ask.mjs <<'JS'
import { evaluate } from '@atomic-ehr/fhirpath';
const patient = { resourceType: 'Patient', name: [{ given: ['Ann', 'Bea'] }, { given: ['Ann'] }] };
for (const [expression, want] of [
  ['name.given | name.given', ['Ann', 'Bea']],
  ['name.given.union(name.given)', []],
  ['name.given.intersect(name.given)', []],
  ['name.given.exclude(name.given)', ['Ann', 'Bea', 'Ann']],
]) {
  const got = await evaluate(expression, { input: patient });
  console.log(expression, got);
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${expression} is ${JSON.stringify(got)} now`);
}
JS
node ask.mjs
