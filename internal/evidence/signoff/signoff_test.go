package signoff

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/evidence/pack"
)

func newKey(t testing.TB, kind string) pack.Key {
	t.Helper()
	var private any
	var err error
	if kind == "ecdsa" {
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := pack.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), kind)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func accepted() Decision {
	return Decision{
		Who: "Ann Other", Role: "Programme manager", Answer: Conditional, Conditions: []string{"allergies are asked again in March"},
		At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Run: "run-1", Verdict: "Conformant", Known: ByKey,
	}
}

func sign(t testing.TB, d Decision, about Hashes, key pack.Key) []byte {
	t.Helper()
	line, err := Sign(context.Background(), d, about, key)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func readAll(t *testing.T, lines []byte, now Hashes) []Kept {
	t.Helper()
	all, err := Read(context.Background(), bytes.NewReader(lines), now)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestADecisionHoldsOverTheRunThatItIsAboutAndNoOther(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"run.json": "{}", "exchanges/records.jsonl": "a", "exchanges/bodies.zst": "b", "exchanges/index": "c", "report.html": "d"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	about, err := HashesOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"ed25519", "ecdsa"} {
		line := sign(t, accepted(), about, newKey(t, kind))
		if all := readAll(t, line, about); len(all) != 1 || !all[0].Holds() || all[0].Who != "Ann Other" || all[0].Conditions[0] != accepted().Conditions[0] {
			t.Fatalf("%s: read back as %+v", kind, all)
		}
		for _, name := range []string{"run.json", "exchanges/records.jsonl", "exchanges/bodies.zst"} {
			changed := Hashes{}
			for n, h := range about {
				changed[n] = h
			}
			changed[name] = strings.Repeat("0", 64)
			if all := readAll(t, line, changed); all[0].Holds() || !strings.Contains(all[0].Problem, name) {
				t.Errorf("%s was changed, and the decision is %+v", name, all[0])
			}
			delete(changed, name)
			if all := readAll(t, line, changed); all[0].Holds() {
				t.Errorf("%s is gone, and the decision holds", name)
			}
		}
	}
	if about["exchanges/index"] != "" || about["report.html"] != "" {
		t.Errorf("a decision is about what can be made again: %v", about)
	}
}

// altered changes the statement in a line and leaves its signature.
func altered(t *testing.T, line []byte, from, to string) []byte {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(line, &e); err != nil {
		t.Fatal(err)
	}
	text, err := base64.StdEncoding.DecodeString(e["payload"].(string))
	if err != nil || !strings.Contains(string(text), from) {
		t.Fatalf("%q is not in %s (%v)", from, text, err)
	}
	e["payload"] = base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(text), from, to, 1)))
	out, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

func TestWhatWasChangedAfterItWasSignedCountsForNothing(t *testing.T) {
	about := Hashes{"run.json": strings.Repeat("a", 64)}
	line := sign(t, accepted(), about, newKey(t, "ed25519"))
	for from, to := range map[string]string{"Ann Other": "Bob Other", "accept-with-conditions": "accept", strings.Repeat("a", 64): strings.Repeat("b", 64), "March": "April"} {
		if all := readAll(t, altered(t, line, from, to), about); len(all) != 1 || all[0].Holds() {
			t.Errorf("%q became %q, and it holds: %+v", from, to, all)
		}
	}
	mixed := append(append([]byte("not a decision\n\n"), line...), []byte("{}\n")...)
	if all := readAll(t, mixed, about); len(all) != 3 || all[0].Problem == "" || !all[1].Holds() || !strings.Contains(all[2].Problem, "line 4") {
		t.Errorf("lines that are none are %+v", all)
	}
	if all := readAll(t, append(line, line...), about); len(all) != 1 {
		t.Errorf("one statement twice is %d decisions", len(all))
	}
}

func TestOnlyWhoeverDecidedTakesADecisionBack(t *testing.T) {
	about, key := Hashes{"run.json": strings.Repeat("a", 64)}, newKey(t, "ed25519")
	first := sign(t, accepted(), about, key)
	id := readAll(t, first, about)[0].ID
	back := accepted()
	back.Answer, back.Conditions, back.Withdraws = Withdrawn, nil, id
	if all := readAll(t, append(first, sign(t, back, about, key)...), about); !all[0].TakenBack || all[0].Holds() || all[1].Problem != "" || all[1].Holds() {
		t.Errorf("withdrawn by whoever decided: %+v", all)
	}
	stranger := back
	stranger.Who = "Bob Other"
	for what, line := range map[string][]byte{
		"another name": sign(t, stranger, about, key), "another key": sign(t, back, about, newKey(t, "ecdsa")),
	} {
		if all := readAll(t, append(bytes.Clone(first), line...), about); !all[0].Holds() || all[1].Problem == "" {
			t.Errorf("withdrawn by %s: %+v", what, all)
		}
	}
	if all := readAll(t, append(sign(t, back, about, key), first...), about); !all[1].Holds() || all[0].Problem == "" {
		t.Errorf("withdrawn before it was decided: %+v", all)
	}
}

func TestADecisionThatSaysTooLittleIsRefused(t *testing.T) {
	for want, change := range map[string]func(*Decision){
		"the name of":              func(d *Decision) { d.Who = " " },
		"the role of":              func(d *Decision) { d.Role = "" },
		"what the conditions are":  func(d *Decision) { d.Conditions = nil },
		"conditions make it":       func(d *Decision) { d.Answer = Accepted },
		`"maybe" is no decision`:   func(d *Decision) { d.Answer = "maybe" },
		"a condition is empty":     func(d *Decision) { d.Conditions = []string{""} },
		"control characters":       func(d *Decision) { d.Who = "Ann\x1b[31m" },
		"longer than":              func(d *Decision) { d.Role = strings.Repeat("x", mostText+1) },
		"which decision":           func(d *Decision) { d.Answer, d.Conditions = Withdrawn, nil },
		"decides nothing else":     func(d *Decision) { d.Withdraws = "x" },
		"withdrawing has no":       func(d *Decision) { d.Answer, d.Withdraws = Withdrawn, "x" },
		"put them into a document": func(d *Decision) { d.Conditions = make([]string, mostConditions+1) },
	} {
		d := accepted()
		change(&d)
		if _, err := Sign(context.Background(), d, Hashes{"run.json": "x"}, newKey(t, "ed25519")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestADecisionAfterHalfALineIsWhole(t *testing.T) {
	about, key := Hashes{"run.json": strings.Repeat("a", 64)}, newKey(t, "ed25519")
	path := filepath.Join(t.TempDir(), "run"+Beside)
	first, second := sign(t, accepted(), about, key), accepted()
	second.Who = "Bob Other"
	if err := os.WriteFile(path, append(bytes.Clone(first), first[:len(first)/2]...), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := Add(path, sign(t, second, about, key)); err != nil {
			t.Fatal(err)
		}
		second.Who = "Cleo Other"
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := readAll(t, text, about)
	if len(all) != 4 || !all[0].Holds() || all[1].Holds() || !all[2].Holds() || !all[3].Holds() {
		t.Errorf("%+v", all)
	}
}

func FuzzRead(f *testing.F) {
	about := Hashes{"run.json": strings.Repeat("a", 64)}
	f.Add([]byte("{}"))
	f.Add([]byte(`{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[]}`))
	f.Add(sign(f, accepted(), about, newKey(f, "ed25519")))
	f.Fuzz(func(t *testing.T, lines []byte) {
		all, _ := Read(context.Background(), bytes.NewReader(lines), about)
		for _, one := range all {
			if one.Holds() && one.Check() != nil {
				t.Errorf("%+v holds", one)
			}
		}
	})
}
