package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
)

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
	// payloadType is that of an in-toto statement in a DSSE envelope.
	payloadType = "application/vnd.in-toto+json"
)

type statement struct {
	Type          string       `json:"_type"`
	Subject       []descriptor `json:"subject"`
	PredicateType string       `json:"predicateType"`
	Predicate     predicate    `json:"predicate"`
}

// descriptor is an in-toto ResourceDescriptor.
type descriptor struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// predicate is a test result. Result says PASSED for a run that was conformant and nothing else: what could not be told, or
// was only a part, has not passed. Verdict and NotRunTests are not of the predicate type, which lets others add fields.
type predicate struct {
	Result        string       `json:"result"`
	Configuration []descriptor `json:"configuration"`
	Verdict       string       `json:"verdict"`
	PassedTests   []string     `json:"passedTests"`
	WarnedTests   []string     `json:"warnedTests"`
	FailedTests   []string     `json:"failedTests"`
	NotRunTests   []string     `json:"notRunTests"`
}

// state writes the statement about a run. The subjects are the manifest, which covers every file, and each file that the
// verdicts rest on.
func state(run result.Run, manifestText []byte, files []evidence.SealedFile) ([]byte, error) {
	s := statement{Type: statementType, PredicateType: predicateType, Subject: []descriptor{{Name: ManifestEntry, Digest: sha256Of(manifestText)}}}
	p := &s.Predicate
	*p = predicate{
		Result: "FAILED", Verdict: string(run.Verdict.Outcome), Configuration: []descriptor{},
		PassedTests: []string{}, WarnedTests: []string{}, FailedTests: []string{}, NotRunTests: []string{},
	}
	for _, file := range files {
		one := descriptor{Name: file.Path, Digest: map[string]string{"sha256": file.SHA256}}
		switch {
		case strings.HasPrefix(file.Path, evidence.InputsFolder+"/"):
			p.Configuration = append(p.Configuration, one)
		case file.Path == "run.json" || strings.HasPrefix(file.Path, "exchanges/"):
			s.Subject = append(s.Subject, one)
		}
	}
	p.Configuration = append(p.Configuration, artefact("harness", result.Artefact{Name: run.Harness.Name, Version: run.Harness.Version}, run.Harness.Commit))
	p.Configuration = append(p.Configuration, artefact("contract", run.Contract, ""))
	for _, loaded := range run.Packages {
		p.Configuration = append(p.Configuration, artefact("package", loaded, ""))
	}
	for _, r := range run.Results {
		name := r.Check + " " + r.Scope.String()
		switch r.Status {
		case result.Pass:
			p.PassedTests = append(p.PassedTests, name)
		case result.Warning, result.Waived:
			p.WarnedTests = append(p.WarnedTests, name)
		case result.Fail, result.Error:
			p.FailedTests = append(p.FailedTests, name)
		case result.NotApplicable:
		case result.Skipped, result.NotRun:
			p.NotRunTests = append(p.NotRunTests, name)
		}
	}
	if run.Verdict.Outcome == result.Conformant {
		p.Result = "PASSED"
		if len(p.WarnedTests) > 0 {
			p.Result = "WARNED"
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

func artefact(kind string, a result.Artefact, commit string) descriptor {
	// The framework asks for a URI or a digest of each.
	d := descriptor{Name: strings.TrimSuffix(a.Name+"@"+a.Version, "@"), URI: "urn:concord:" + kind + ":" + a.Name + ":" + a.Version, Annotations: map[string]string{"kind": kind}}
	if a.Hash != "" {
		d.Digest = map[string]string{"sha256": a.Hash}
	}
	if commit != "" {
		d.Annotations["commit"] = commit
	}
	return d
}

func sha256Of(text []byte) map[string]string {
	sum := sha256.Sum256(text)
	return map[string]string{"sha256": hex.EncodeToString(sum[:])}
}

// checkStatement holds a statement against the manifest and the run that it must be about.
func checkStatement(text, manifestText []byte, manifest Manifest, run result.Run) error {
	want, err := state(run, manifestText, manifest.Files)
	if err != nil {
		return err
	}
	if bytes.Equal(text, want) {
		return nil
	}
	var said statement
	if err := json.Unmarshal(text, &said); err != nil {
		return fmt.Errorf("%s is no statement: %w", StatementEntry, err)
	}
	if len(said.Subject) == 0 || said.Subject[0].Digest["sha256"] != sha256Of(manifestText)["sha256"] {
		return fmt.Errorf("%s is about another manifest than the one in the pack", StatementEntry)
	}
	return fmt.Errorf("%s does not say of the run what its run.json says", StatementEntry)
}
