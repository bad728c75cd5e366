package command_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// newPackageHost starts a FHIR package registry with example.test.visit: version 1.0.0 as it should be, 1.0.1 with an archive
// that is not the one of its checksum, 1.0.2 with a path that leads out, 1.0.3 with an archive that breaks off.
func newPackageHost() *httptest.Server {
	const profile = `{"resourceType":"StructureDefinition","url":"http://example.test/StructureDefinition/visit","version":"1.0.0",
	 "name":"Visit","status":"active","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",
	 "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient",
	 "differential":{"element":[{"id":"Patient.gender","path":"Patient.gender","min":1}]}}`
	good := packed("1.0.0", "package/StructureDefinition-visit.json", profile)
	archives := map[string][]byte{
		"1.0.0": good, "1.0.1": packed("1.0.1", "package/forged.json", "{}"), "1.0.2": packed("1.0.2", "package/../../../escaped.json", "{}"), "1.0.3": good,
	}
	versions := map[string]any{}
	for version, archive := range archives {
		if version == "1.0.1" {
			archive = good
		}
		versions[version] = map[string]any{"dist": map[string]any{"shasum": fmt.Sprintf("%x", sha1.Sum(archive))}}
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var version string
		if r.URL.Path == "/example.test.visit" {
			_ = json.NewEncoder(w).Encode(map[string]any{"versions": versions})
			return
		}
		_, _ = fmt.Sscanf(r.URL.Path, "/example.test.visit/%s", &version)
		archive, there := archives[version]
		if !there {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(archive)))
		if version == "1.0.3" {
			archive = archive[:50]
		}
		_, _ = w.Write(archive)
	}))
}

// packed makes a FHIR package of one file besides its package.json.
func packed(version, name, content string) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	writer := tar.NewWriter(zip)
	for _, file := range [][2]string{{"package/package.json", `{"name":"example.test.visit","version":"` + version + `"}`}, {name, content}} {
		_ = writer.WriteHeader(&tar.Header{Name: file[0], Mode: 0o644, Size: int64(len(file[1]))})
		_, _ = writer.Write([]byte(file[1]))
	}
	_ = writer.Close()
	_ = zip.Close()
	return out.Bytes()
}
