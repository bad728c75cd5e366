package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// module writes a module with one test file and runs the test in it.
func module(t *testing.T, body string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.test/m\n\ngo 1.24\n",
		"m_test.go": "package m\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nvar hour = time.Hour\n\n" + body,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

func TestWhatFailedIsPrintedLastAndAlone(t *testing.T) {
	var out strings.Builder
	r := newReport(&out)
	err := r.read(strings.NewReader(`{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"a_test.go:1: noise\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"run","Package":"p","Test":"TestB/one"}
{"Action":"output","Package":"p","Test":"TestB/one","Output":"b_test.go:1: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestB/one"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
{"Action":"output","Package":"q","Output":"ok  \tq\t0.1s\n"}
{"Action":"pass","Package":"q"}
`), func() {})
	if err != nil {
		t.Fatal(err)
	}
	r.close(false, 0)
	want := "FAIL\tp\t0.1s\nok  \tq\t0.1s\n\n--- failed: p TestB/one\nb_test.go:1: got 1, want 2\n"
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestTestsThatStandStillAreStoppedAndNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this builds a test of its own")
	}
	module(t, "func TestStill(*testing.T) { time.Sleep(hour) }\n")
	var out, problems strings.Builder
	// Building is silent too, so it is given time; the test itself never says anything.
	code, err := test(context.Background(), 15*time.Second, []string{"./..."}, &out, &problems)
	if err != nil || code != 1 {
		t.Errorf("exit code %d, %v %s", code, err, problems.String())
	}
	for _, part := range []string{"Stopped: for 15s", "example.test/m"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in\n%s", part, out.String())
		}
	}
	if strings.Contains(out.String(), "goroutine ") {
		t.Errorf("it ends in stacks:\n%s", out.String())
	}
}

func TestATestThatCrashedIsNamedWithItsFirstWords(t *testing.T) {
	var out strings.Builder
	r := newReport(&out)
	lines := `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: what went wrong\n"}
`
	for range 500 {
		lines += `{"Action":"output","Package":"p","Test":"TestA","Output":"goroutine\n"}` + "\n"
	}
	if err := r.read(strings.NewReader(lines+`{"Action":"fail","Package":"p"}`), func() {}); err != nil {
		t.Fatal(err)
	}
	r.close(false, 0)
	if text := out.String(); !strings.Contains(text, "failed: p TestA\npanic: what went wrong") || strings.Count(text, "goroutine") > 2*mostLines {
		t.Errorf("got:\n%s", text)
	}
}

func TestTheExitCodeIsThatOfGoTest(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this builds tests of its own")
	}
	module(t, "func TestGood(*testing.T) {}\n")
	var out, problems strings.Builder
	if code, err := test(context.Background(), time.Hour, []string{"-run", "Good", "./..."}, &out, &problems); code != 0 || err != nil || !strings.Contains(out.String(), "ok ") {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out.String(), problems.String())
	}
}
