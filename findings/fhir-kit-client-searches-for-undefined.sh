#!/usr/bin/env bash
# npm fhir-kit-client 2.0.3 (client of FHIR R4 for JavaScript): a search parameter that was left open (undefined or null, as a field of
# a form that nobody filled in) is not left out: the words "undefined" and "null" are searched for, by GET and by POST. FHIR R4
# 3.1.1.4 has no such value, so the server rightly finds nobody, and whoever asks is told that there is no such patient. Only an empty list
# is left out.
# Seen: Patient?family=Ward&given=undefined, given=null, and given=a&given=undefined for a list.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent fhir-kit-client@2.0.3 >/dev/null
cat > search.mjs <<'JS'
import assert from 'node:assert';
import http from 'node:http';
import { Client } from 'fhir-kit-client';

const seen = [];
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => {
    seen.push([request.method, request.url, body].join(' ').trim());
    response.setHeader('content-type', 'application/fhir+json');
    response.end('{"resourceType":"Bundle","type":"searchset","total":0}');
  });
});
await new Promise((started) => server.listen(0, '127.0.0.1', started));
const client = new Client({ baseUrl: `http://127.0.0.1:${server.address().port}/fhir` });
for (const given of [undefined, null, ['a', undefined], []]) {
  await client.resourceSearch({ resourceType: 'Patient', searchParams: { family: 'Ward', given } });
}
await client.resourceSearch({ resourceType: 'Patient', searchParams: { family: 'Ward', given: undefined }, options: { postSearch: true } });
server.close();
console.log(seen.join('\n'));
assert.deepStrictEqual(seen, [
  'GET /fhir/Patient?family=Ward&given=undefined',
  'GET /fhir/Patient?family=Ward&given=null',
  'GET /fhir/Patient?family=Ward&given=a&given=undefined',
  'GET /fhir/Patient?family=Ward',
  'POST /fhir/Patient/_search family=Ward&given=undefined',
]);
JS
node search.mjs
