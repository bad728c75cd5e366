#!/usr/bin/env bash
# npm fhir-works-on-aws-routing 6.6.2 (with -interface 12.1.1): a create is answered with 201 and no Location, and a read with a
# Last-Modified that is an ISO 8601 instant. FHIR R4 (http.html#create) has the server return a Location with the new id, and HTTP
# (RFC 9110, 8.8.2 and 5.6.7) has Last-Modified be an HTTP date. Whoever stores records learns their ids from the body alone.
# Seen: status 201, Location null, Last-Modified 2026-03-02T09:00:00.000Z.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent fhir-works-on-aws-routing@6.6.2 fhir-works-on-aws-interface@12.1.1
cat > server.js <<'JS'
const { generateServerlessRouter } = require('fhir-works-on-aws-routing');
const { stubs } = require('fhir-works-on-aws-interface');
const kept = new Map();
const persistence = {
  ...stubs.persistence,
  updateCreateSupported: false,
  async createResource({ resource }) {
    const stored = { ...resource, id: 'one', meta: { versionId: '1', lastUpdated: '2026-03-02T09:00:00.000Z' } };
    kept.set('one', stored);
    return { message: '', resource: stored };
  },
  async readResource({ id }) { return { message: '', resource: kept.get(id) }; },
};
const config = {
  configVersion: 1, productInfo: { orgName: 'Example' }, server: { url: 'http://127.0.0.1' }, validators: [],
  auth: { strategy: { service: 'Basic' }, authorization: stubs.passThroughAuthz },
  profile: {
    systemOperations: [], bundle: stubs.bundle, systemSearch: stubs.search, systemHistory: stubs.history, fhirVersion: '4.0.1',
    genericResource: { operations: ['create', 'read'], fhirVersions: ['4.0.1'], persistence, typeSearch: stubs.search, typeHistory: stubs.history },
  },
};
const server = generateServerlessRouter(config, ['Patient']).listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const created = await fetch(`${base}/Patient`, {
    method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'Patient', active: true }),
  });
  const read = await fetch(`${base}/Patient/one`);
  const seen = [created.status, created.headers.get('location'), read.status, read.headers.get('last-modified')];
  console.log('create', seen[0], 'Location', seen[1], 'read', seen[2], 'Last-Modified', seen[3]);
  const same = seen[0] === 201 && seen[1] === null && seen[2] === 200 && seen[3] === '2026-03-02T09:00:00.000Z';
  if (!same) console.error('this has changed');
  process.exit(same ? 0 : 1);
});
JS
node server.js 2>&1 | grep -v '^{' | tail -5
