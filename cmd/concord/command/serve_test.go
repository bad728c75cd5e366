package command

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/reports/console"
)

func TestNobodyBeyondThisMachineIsServedWithoutTLSAndASignIn(t *testing.T) {
	people := filepath.Join(t.TempDir(), "people.txt")
	_, line := console.NewToken(console.Person{Name: "ann", Roles: []console.Role{console.Runner}})
	if err := os.WriteFile(people, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, listen := range []string{":8480", "0.0.0.0:8480", "[::]:8480", "192.0.2.1:8480", "console.example.test:8480"} {
		for _, tokens := range []string{"", people} {
			if _, err := servedTo(listen, tokens, "", "", false, &console.Options{}); err == nil || !strings.Contains(err.Error(), "--tls-cert") {
				t.Errorf("%s with tokens %q: %v", listen, tokens, err)
			}
		}
		if _, err := servedTo(listen, "", "", "", true, &console.Options{}); err == nil || !strings.Contains(err.Error(), "--tls-cert") {
			t.Errorf("%s with a provider and without TLS: %v", listen, err)
		}
		if _, err := servedTo(listen, "", "cert.pem", "key.pem", false, &console.Options{}); err == nil || !strings.Contains(err.Error(), "--tokens") {
			t.Errorf("%s with TLS and without tokens: %v", listen, err)
		}
	}
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0", "localhost:0", "127.9.9.9:0"} {
		options := console.Options{}
		if _, err := servedTo(listen, people, "", "", false, &options); err != nil || options.Access == nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
	if _, err := servedTo("127.0.0.1:0", "", "cert.pem", "", false, &console.Options{}); err == nil {
		t.Error("a certificate without a key is taken")
	}
}

func TestAnOrderNamesWhatTheDirectoryHoldsAndIsNeverAFlag(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "test.yaml"), []byte("systems: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &starter{dir: dir, program: "concord"}
	for _, order := range []console.Order{
		{Configuration: "../test.yaml"}, {Configuration: "/etc/passwd"}, {Configuration: "other.yaml"}, {Policy: "test.yaml/../x"}, {Package: "--out=x"},
	} {
		if args, err := s.arguments(order); err == nil {
			t.Errorf("%+v becomes %q", order, args)
		}
	}
	got, err := s.arguments(console.Order{Configuration: "test.yaml", Checks: []string{"--force", "PAR-*"}, Providers: []string{"-x"}, Witness: true, Out: "mine"})
	if want := []string{"run", "--config=test.yaml", "--checks=--force,PAR-*", "--providers=-x", "--witness", "--out=mine"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	got, err = s.arguments(console.Order{Failed: "--force", Out: "mine"})
	if want := []string{"run", "--failed", "--out=mine", "--", "--force"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	got, err = s.arguments(console.Order{Resume: true, Out: "--force"})
	if want := []string{"run", "--resume=--force"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	got, err = s.rehearsal("--force", "stu2", "")
	if want := []string{"rejudge", "--package=stu2", "--", "--force"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q %v", got, err)
	}
	for _, wrong := range [][2]string{{"--out=x", ""}, {"", "../p.yaml"}, {"other.tgz", ""}} {
		if got, err := s.rehearsal("one", wrong[0], wrong[1]); err == nil {
			t.Errorf("%q becomes %q", wrong, got)
		}
	}
}
