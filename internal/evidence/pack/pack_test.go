package pack_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/internal/result"
)

// folder is a run folder as far as packing it is concerned.
func folder(t testing.TB, body string) (string, result.Run) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"run.json": `{"schema": "concord/run/v1"}`, "report.html": "<p>", "exchanges/records.jsonl": "", "exchanges/bodies.zst": body, "inputs/contract.yaml": "rows: []\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o750), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := evidence.WriteManifest(dir); err != nil {
		t.Fatal(err)
	}
	return dir, result.Run{
		ID: "r1", Verdict: result.Verdict{Outcome: result.Conformant}, Contract: result.Artefact{Name: "contract", Version: "1", Hash: "aa"},
		Results: []result.Result{{Check: "A", Status: result.Pass}, {Check: "B", Status: result.NotRun}, {Check: "C", Status: result.Fail}},
	}
}

// keyPair writes a pair of keys and returns the files.
func keyPair(t *testing.T, private crypto.Signer) (secret, public string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte, err error) string {
		path := filepath.Join(dir, name)
		if err = errors.Join(err, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	secret = write("key.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(private.Public())
	return secret, write("key.pub.pem", "PUBLIC KEY", der, err)
}

func ed25519Pair(t *testing.T) (secret, public string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return keyPair(t, private)
}

func ecdsaPair(t *testing.T, curve elliptic.Curve) (secret, public string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return keyPair(t, private)
}

func keys(t *testing.T, paths ...string) []pack.Key {
	t.Helper()
	read, err := pack.ReadKeys(paths)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func written(t testing.TB, dir string, run result.Run, signers ...pack.Key) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := pack.Write(t.Context(), dir, run, signers, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func extracted(t *testing.T, archive []byte) *pack.Opened {
	t.Helper()
	opened, err := pack.Extract(t.Context(), bytes.NewReader(archive), int64(len(archive)), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func TestTheSameFolderAndKeyGiveTheSameBytesAndComeBackWhole(t *testing.T) {
	dir, run := folder(t, "bodies")
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	secret, public := ed25519Pair(t)
	var first bytes.Buffer
	done, err := pack.Write(t.Context(), dir, run, keys(t, secret), &first)
	if err != nil || strings.Join(done.LeftOut, " ") != "notes.txt" {
		t.Fatalf("left out %q, %v", done.LeftOut, err)
	}
	if !bytes.Equal(first.Bytes(), written(t, dir, run, keys(t, secret)...)) {
		t.Error("the second pack has other bytes")
	}
	to := t.TempDir()
	opened, err := pack.Extract(t.Context(), bytes.NewReader(first.Bytes()), int64(first.Len()), to)
	if err != nil || len(opened.Changed) > 0 {
		t.Fatalf("%v, changed %v", err, opened.Changed)
	}
	for _, file := range done.Manifest.Files {
		if got, err := evidence.HashFile(to, file.Path); err != nil || got != file {
			t.Errorf("%s came back as %+v, %v", file.Path, got, err)
		}
	}
	if err := opened.CheckStatement(run); err != nil {
		t.Error(err)
	}
	signed, err := opened.Signatures(t.Context(), nil, keys(t, public))
	if err != nil || len(signed.By) != 1 || signed.Unknown != 0 {
		t.Errorf("%+v, %v", signed, err)
	}
}

func TestTheStatementPassesOnlyWhatWasConformant(t *testing.T) {
	dir, run := folder(t, "")
	for outcome, want := range map[result.Outcome]string{
		result.Conformant: "PASSED", result.SelectionPassed: "FAILED", result.Partial: "FAILED", result.Undetermined: "FAILED", result.NotConformant: "FAILED",
	} {
		run.Verdict.Outcome = outcome
		archive := written(t, dir, run)
		var said struct {
			Predicate struct {
				Result, Verdict                                    string
				PassedTests, WarnedTests, FailedTests, NotRunTests []string
			}
		}
		if err := json.Unmarshal(entry(t, archive, pack.StatementEntry), &said); err != nil {
			t.Fatal(err)
		}
		p := said.Predicate
		if p.Result != want || p.Verdict != string(outcome) || len(p.PassedTests) != 1 || len(p.FailedTests) != 1 || len(p.NotRunTests) != 1 {
			t.Errorf("%s: %+v", outcome, p)
		}
	}
}

func entry(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(reader, name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestASignatureCountsOnceForEachDifferentKey(t *testing.T) {
	dir, run := folder(t, "bodies")
	first, firstPublic := ed25519Pair(t)
	second, secondPublic := ecdsaPair(t, elliptic.P256())
	third, thirdPublic := ecdsaPair(t, elliptic.P384())
	_, stranger := ed25519Pair(t)
	opened := extracted(t, written(t, dir, run, keys(t, first)...))
	beside, err := opened.Sign(t.Context(), nil, keys(t, second))
	if err != nil {
		t.Fatal(err)
	}
	if beside, err = opened.Sign(t.Context(), beside, keys(t, third, first)); err != nil {
		t.Fatal(err)
	}
	if _, err := opened.Sign(t.Context(), beside, keys(t, second)); err == nil {
		t.Error("a key signed twice in one envelope")
	}
	signed, err := opened.Signatures(t.Context(), beside, keys(t, firstPublic, secondPublic, thirdPublic, stranger))
	if err != nil || len(signed.By) != 3 {
		t.Fatalf("%d keys signed, %v", len(signed.By), err)
	}
	if signed, err = opened.Signatures(t.Context(), beside, keys(t, stranger)); err != nil || len(signed.By) != 0 || signed.Unknown != 4 {
		t.Errorf("a stranger: %+v, %v", signed, err)
	}
	if _, err := pack.ReadKeys([]string{first, firstPublic}); err == nil {
		t.Error("one key in two files counted as two")
	}
	if _, err := opened.Sign(t.Context(), nil, keys(t, stranger)); err == nil {
		t.Error("a public key signed")
	}
	other := extracted(t, written(t, dir, result.Run{ID: "r2"}))
	if _, err := other.Signatures(t.Context(), beside, keys(t, firstPublic)); err == nil {
		t.Error("signatures of another pack were taken")
	}
	// One signature twice, under another id each time, is still one.
	var forged map[string]any
	if err := json.Unmarshal(beside, &forged); err != nil {
		t.Fatal(err)
	}
	all, _ := forged["signatures"].([]any)
	one, _ := all[0].(map[string]any)
	forged["signatures"] = []any{map[string]any{"keyid": "a", "sig": one["sig"]}, map[string]any{"keyid": "b", "sig": one["sig"]}}
	text, err := json.Marshal(forged)
	if err != nil {
		t.Fatal(err)
	}
	if signed, err = opened.Signatures(t.Context(), text, keys(t, secondPublic, stranger)); err != nil || len(signed.By) != 1 {
		t.Errorf("one signature under two ids: %+v, %v", signed, err)
	}
}

func TestAKeyThatCannotSignIsNamedWithoutItsContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	for _, text := range []string{"", "TOPSECRET", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nVE9QU0VDUkVU\n-----END ENCRYPTED PRIVATE KEY-----\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := pack.ReadKey(path)
		if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "TOPSECRET") || strings.Contains(err.Error(), "VE9Q") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// part is an entry of an archive that somebody else made.
type part struct {
	name string
	text string
	mode fs.FileMode
	// claims is the size that the header says, where it is not that of the text.
	claims uint64
}

func archiveOf(t *testing.T, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		h := &zip.FileHeader{Name: p.name, Method: zip.Deflate}
		h.SetMode(0o644 | p.mode)
		var squeezed bytes.Buffer
		f, err := flate.NewWriter(&squeezed, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(f, p.text)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		h.CompressedSize64, h.UncompressedSize64 = uint64(squeezed.Len()), max(uint64(len(p.text)), p.claims)
		raw, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Write(squeezed.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func manifestOf(t *testing.T, bytes int64, names ...string) part {
	t.Helper()
	m := pack.Manifest{Schema: pack.Schema}
	for _, name := range names {
		m.Files = append(m.Files, evidence.SealedFile{Path: name, Bytes: bytes})
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return part{name: pack.ManifestEntry, text: string(text)}
}

func TestAnArchiveThatLeadsElsewhereIsRefusedAndNothingIsWrittenOutside(t *testing.T) {
	statement := part{name: pack.StatementEntry, text: "{}"}
	for name, parts := range map[string][]part{
		"nothing":                        {},
		"no manifest":                    {{name: "run.json", text: "{}"}},
		"no statement":                   {manifestOf(t, 2, "run.json"), {name: "run.json", text: "{}"}},
		"a newer schema":                 {{name: pack.ManifestEntry, text: `{"schema":"concord/pack/v9"}`}, statement},
		"a field of no pack":             {{name: pack.ManifestEntry, text: `{"schema":"concord/pack/v1","more":1}`}, statement},
		"a way up":                       {manifestOf(t, 2, "../out.txt"), statement, {name: "../out.txt", text: "{}"}},
		"a way up inside":                {manifestOf(t, 2, "exchanges/../../out.txt"), statement, {name: "exchanges/../../out.txt", text: "{}"}},
		"an absolute name":               {manifestOf(t, 2, "/out.txt"), statement, {name: "/out.txt", text: "{}"}},
		"a name of another system":       {manifestOf(t, 2, `..\out.txt`), statement, {name: `..\out.txt`, text: "{}"}},
		"a drive":                        {manifestOf(t, 2, `C:out.txt`), statement, {name: `C:out.txt`, text: "{}"}},
		"a link":                         {manifestOf(t, 2, "run.json"), statement, {name: "run.json", text: "..", mode: fs.ModeSymlink}},
		"a device":                       {manifestOf(t, 2, "run.json"), statement, {name: "run.json", text: "..", mode: fs.ModeDevice}},
		"a folder":                       {manifestOf(t, 2, "run.json"), statement, {name: "run.json", text: "..", mode: fs.ModeDir}},
		"a file that nothing names":      {manifestOf(t, 2, "run.json"), statement, {name: "run.json", text: "{}"}, {name: "more.txt", text: "x"}},
		"a file that is named only":      {manifestOf(t, 2, "run.json"), statement},
		"a file twice":                   {manifestOf(t, 2, "run.json", "run.json"), statement, {name: "run.json", text: "{}"}, {name: "run.json", text: "{}"}},
		"a file that is a folder too":    {manifestOf(t, 2, "a", "a/b"), statement, {name: "a", text: "{}"}, {name: "a/b", text: "{}"}},
		"more bytes than were announced": {manifestOf(t, 1, "run.json"), statement, {name: "run.json", text: "{}"}},
		// Two megabytes of one letter: the guard is about the ratio, so nothing large is needed to meet it.
		"a thousandfold":               {manifestOf(t, 2<<20, "run.json"), statement, {name: "run.json", text: strings.Repeat("a", 2<<20)}},
		"a thousandfold that hides it": {manifestOf(t, 3<<20, "run.json"), statement, {name: "run.json", text: "{}", claims: 3 << 20}},
		"more than a disk":             {manifestOf(t, 1<<62, "run.json", "run.txt"), statement},
	} {
		t.Run(name, func(t *testing.T) {
			around := t.TempDir()
			to := filepath.Join(around, "a", "b")
			if err := os.MkdirAll(to, 0o750); err != nil {
				t.Fatal(err)
			}
			archive := archiveOf(t, parts...)
			_, err := pack.Extract(t.Context(), bytes.NewReader(archive), int64(len(archive)), to)
			if err == nil {
				t.Error("it was taken")
			}
			_ = filepath.WalkDir(around, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && !strings.HasPrefix(path, to) {
					t.Errorf("%s was written outside", path)
				}
				return err
			})
		})
	}
}

func TestAPackThatIsCutAnywhereIsRefusedAndAChangedByteIsNamed(t *testing.T) {
	dir, run := folder(t, strings.Repeat("bodies", 100))
	archive := written(t, dir, run)
	for cut := 0; cut < len(archive); cut += 61 {
		var refused *pack.RefusedError
		if _, err := pack.Extract(t.Context(), bytes.NewReader(archive[:cut]), int64(cut), t.TempDir()); !errors.As(err, &refused) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	at := bytes.Index(archive, []byte("bodiesbodies"))
	archive[at] ^= 1
	opened := extracted(t, archive)
	if len(opened.Changed) != 1 || opened.Changed[0].File != "exchanges/bodies.zst" {
		t.Errorf("changed: %v", opened.Changed)
	}
}

func TestPackingTakesMemoryThatDoesNotGrowWithTheRun(t *testing.T) {
	peak := func(bytes int) uint64 {
		dir, run := folder(t, "")
		if err := os.Truncate(filepath.Join(dir, "exchanges", "bodies.zst"), int64(bytes)); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := pack.Write(t.Context(), dir, run, nil, io.Discard); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := peak(1<<10), peak(64<<20)
	if large > small+(1<<20) {
		t.Errorf("64 MB allocated %d bytes, 1 kB %d", large, small)
	}
}

func FuzzExtract(f *testing.F) {
	dir, run := folder(f, "bodies")
	f.Add(written(f, dir, run))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, archive []byte) {
		if _, err := pack.Extract(t.Context(), bytes.NewReader(archive), int64(len(archive)), t.TempDir()); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}
