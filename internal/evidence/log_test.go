package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence"
)

// exchanges are so many of them, of which some share a body and some have no answer.
func exchanges(count int) (records []evidence.Record, bodies []string) {
	for i := range count {
		record := evidence.Record{ID: fmt.Sprintf("%016x", i*7919), System: "ccr", Request: evidence.Request{
			Method: "GET", URL: fmt.Sprintf("http://ccr.test/fhir/Patient/%d", i), Header: http.Header{"Accept": {"application/fhir+json"}},
		}}
		body := ""
		if i%10 == 9 {
			record.Failure = &evidence.Failure{Kind: "unreachable", Message: "connection refused"}
		} else {
			body = strings.Repeat(fmt.Sprintf(`{"resourceType":"Patient","id":"%d"}`, i%50), 40)
			record.Reply = &evidence.Reply{Status: 200, Header: http.Header{"Content-Type": {"application/fhir+json"}}, DurationMs: int64(i)}
		}
		records, bodies = append(records, record), append(bodies, body)
	}
	return records, bodies
}

func write(t testing.TB, w *evidence.Writer, records []evidence.Record, bodies []string) {
	t.Helper()
	for i := range records {
		record := records[i]
		if record.Reply != nil {
			reply := *record.Reply
			record.Reply = &reply
		}
		if err := w.Add(int64(len(bodies[i])), func() (evidence.Record, string) { return record, bodies[i] }); err != nil {
			t.Fatal(err)
		}
	}
}

func packed(t testing.TB, count int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "exchanges")
	w, err := evidence.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	records, bodies := exchanges(count)
	write(t, w, records, bodies)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string) evidence.Log {
	t.Helper()
	log, err := evidence.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	return log
}

// holds fails unless the first exchanges of those that were written can be read in every way.
func holds(t *testing.T, log evidence.Log, count int) {
	t.Helper()
	records, bodies := exchanges(count)
	n := 0
	for got, err := range log.All() {
		if err != nil {
			t.Fatal(err)
		}
		if n < count && got.ID != records[n].ID {
			t.Fatalf("record %d is %s, not %s", n, got.ID, records[n].ID)
		}
		n++
	}
	if length, err := log.Len(); n != count || length != count || err != nil {
		t.Fatalf("%d records, Len %d, %v; want %d", n, length, err, count)
	}
	for i, want := range records {
		got, err := log.Find(want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Request.URL != want.Request.URL || (got.Reply == nil) != (want.Reply == nil) || (got.Failure == nil) != (want.Failure == nil) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if body, err := log.Body(got); err != nil || body != bodies[i] {
			t.Fatalf("the body of %s: %v\n%s", got.ID, err, body)
		}
	}
	if _, err := log.Find("nothing"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("an exchange that was never recorded: %v", err)
	}
}

func TestWhatWasRecordedIsReadBack(t *testing.T) {
	dir := packed(t, 200)
	holds(t, open(t, dir), 200)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestALogWithoutItsIndexIsReadAllTheSame(t *testing.T) {
	dir := packed(t, 60)
	if err := os.Remove(filepath.Join(dir, evidence.IndexFile)); err != nil {
		t.Fatal(err)
	}
	holds(t, open(t, dir), 60)
}

func TestEachBodyIsKeptOnce(t *testing.T) {
	size := func(dir string) int64 {
		info, err := os.Stat(filepath.Join(dir, evidence.BodiesFile))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if few, many := size(packed(t, 60)), size(packed(t, 600)); few != many {
		t.Errorf("50 different bodies take %d bytes, or %d when they are recorded again", few, many)
	}
}

func TestALogThatWasCutAnywhereReadsUpToItsLastWholeRecordAndGoesOn(t *testing.T) {
	random := rand.New(rand.NewPCG(18, 1))
	for range 20 {
		dir := packed(t, 100)
		path := filepath.Join(dir, evidence.RecordsFile)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cut := random.IntN(len(text))
		if err := os.Truncate(path, int64(cut)); err != nil {
			t.Fatal(err)
		}
		whole := bytes.Count(text[:cut], []byte("\n"))
		read, damaged := 0, 0
		log := open(t, dir)
		for record, err := range log.All() {
			var damage *evidence.Damage
			switch {
			case err == nil:
				if _, err := log.Body(record); err != nil {
					t.Fatal(err)
				}
				read++
			case errors.As(err, &damage) && damage.Cut && damage.File == evidence.RecordsFile:
				damaged++
			default:
				t.Fatalf("cut at %d: %v", cut, err)
			}
		}
		if read != whole || damaged > 1 || damaged == 0 && text[max(cut-1, 0)] != '\n' && cut > 0 {
			t.Fatalf("cut at %d: %d records of %d, %d damaged", cut, read, whole, damaged)
		}
		w, err := evidence.Append(dir)
		if err != nil {
			t.Fatal(err)
		}
		records, bodies := exchanges(100)
		write(t, w, records[whole:], bodies[whole:])
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		holds(t, open(t, dir), 100)
		if problems := evidence.Check(open(t, dir)); len(problems) != 0 {
			t.Fatalf("after going on: %v", problems)
		}
	}
}

func TestAnyChangedByteIsNamed(t *testing.T) {
	dir := packed(t, 40)
	if problems := evidence.Check(open(t, dir)); len(problems) != 0 {
		t.Fatalf("nothing was changed: %v", problems)
	}
	random := rand.New(rand.NewPCG(18, 2))
	for _, name := range []string{evidence.RecordsFile, evidence.BodiesFile, evidence.IndexFile} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			at := random.IntN(len(text))
			changed := bytes.Clone(text)
			changed[at] ^= byte(1 + random.IntN(255))
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			problems := evidence.Check(open(t, dir))
			found := false
			for _, p := range problems {
				// The damaged part begins at or before the byte.
				found = found || p.File == name && p.Offset <= int64(at)
			}
			if !found {
				t.Fatalf("%s, byte %d was changed from %q to %q: %v", name, at, text[at], changed[at], problems)
			}
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// looseFolder writes exchanges as builds before the packed log did, one file for each and one for each body.
func looseFolder(t testing.TB, records []evidence.Record, bodies []string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bodies"), 0o750); err != nil {
		t.Fatal(err)
	}
	once := func(path string, text []byte) {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return
		}
		if err == nil {
			_, err = file.Write(text)
		}
		if err = errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for i, record := range records {
		if record.Reply != nil {
			reply := *record.Reply
			sum := sha256.Sum256([]byte(bodies[i]))
			reply.BodySHA256, reply.BodyBytes = hex.EncodeToString(sum[:]), int64(len(bodies[i]))
			record.Reply = &reply
			once(filepath.Join(dir, "bodies", reply.BodySHA256), []byte(bodies[i]))
		}
		text, err := json.MarshalIndent(record, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		once(filepath.Join(dir, record.ID+".json"), text)
	}
	return dir
}

func TestFoldersOfOlderBuildsAreRead(t *testing.T) {
	records, bodies := exchanges(60)
	dir := looseFolder(t, records, bodies)
	holds(t, open(t, dir), 60)
	if problems := evidence.Check(open(t, dir)); len(problems) != 0 {
		t.Fatalf("nothing was changed: %v", problems)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "bodies"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "bodies", entries[0].Name())
	if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if problems := evidence.Check(open(t, dir)); len(problems) == 0 || !strings.Contains(problems[0].File, entries[0].Name()) || problems[0].Record == "" {
		t.Errorf("a changed body: %v", problems)
	}
}

func TestAnIDCannotLeaveTheFolder(t *testing.T) {
	records, bodies := exchanges(2)
	dir := looseFolder(t, records, bodies)
	if err := os.WriteFile(filepath.Join(filepath.Dir(dir), "outside.json"), []byte(`{"id":"../outside"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir).Find("../outside"); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestALinkIsNotReadAsALog(t *testing.T) {
	dir := packed(t, 3)
	path := filepath.Join(dir, evidence.BodiesFile)
	other := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(path, other); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, path); err != nil {
		t.Skip("no links here")
	}
	if log, err := evidence.Open(dir); err == nil {
		_ = log.Close()
		t.Error("a link to elsewhere was read")
	}
}

func TestTwoWritersCannotBeginInOneFolder(t *testing.T) {
	if _, err := evidence.Create(packed(t, 3)); err == nil {
		t.Error("a second writer began where one had written")
	}
}

func FuzzRecords(f *testing.F) {
	text, err := os.ReadFile(filepath.Join(packed(f, 3), evidence.RecordsFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"sha256":"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{evidence.RecordsFile: text, evidence.BodiesFile: text, evidence.IndexFile: text} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		log := open(t, dir)
		for record, err := range log.All() {
			if err == nil {
				_, _ = log.Body(record)
			}
		}
		_, _ = log.Find("0000000000000000")
		evidence.Check(log)
	})
}

func TestALogThatWasChangedInTheMiddleIsNotCutThere(t *testing.T) {
	dir := packed(t, 10)
	path := filepath.Join(dir, evidence.RecordsFile)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before[len(before)/2] ^= 1
	if err := os.WriteFile(path, before, 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err := evidence.Append(dir); err == nil {
		t.Error("it went on", w.Close())
	}
	if after, err := os.ReadFile(path); err != nil || len(after) != len(before) {
		t.Errorf("%d bytes are left of %d, %v", len(after), len(before), err)
	}
}
