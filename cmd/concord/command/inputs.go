package command

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/redact"
)

// writeInputs keeps in a run folder what the run was given, without secrets, so that it can be judged again.
func writeInputs(run string, conf config.Config, started underTest, secrets *redact.Redactor) error {
	inputs := evidence.Inputs{
		Seed: conf.Seed, People: conf.People, Stress: conf.Stress, Swap: conf.Swap, Loaded: conf.Loaded, Discover: conf.Discover, Subjects: conf.Subjects, UKCore: conf.UKCore,
		Suites: conf.Suites, Checks: conf.Checks, Providers: conf.Providers, Concurrency: conf.Concurrency, Cached: conf.Cached, Federation: conf.Federation,
	}
	for _, s := range started.systems {
		one := evidence.InputSystem{
			Name: s.Name, Title: s.Title, Supplier: s.Supplier, Share: s.Share, BaseURL: s.BaseURL, Mock: s.Mock, Defects: s.Defects, Header: withoutSecrets(s.Header, secrets),
			Writes: s.Writes, Reference: s.Reference, SameAs: s.SameAs, Authorized: s.Auth != nil, Operated: started.operators[s.Name] != nil,
		}
		for _, said := range conf.Systems {
			if said.Name == s.Name {
				one.Federation = said.Federation
			}
		}
		for name, header := range s.Roles {
			if one.Roles == nil {
				one.Roles = map[string]http.Header{}
			}
			one.Roles[name] = withoutSecrets(header, secrets)
		}
		if s.Security != nil {
			one.Security = &evidence.InputSecurity{Scope: s.Security.Scope, Own: s.Security.Own, Other: s.Security.Other, Doors: map[string]string{}}
			for door, target := range s.Security.Doors {
				one.Security.Doors[door] = target.BaseURL
			}
		}
		inputs.Systems = append(inputs.Systems, one)
	}
	files := map[string][]byte{}
	keep := func(from, name string) (string, error) {
		if from == "" {
			return "", nil
		}
		text, err := os.ReadFile(from) //nolint:gosec // the person who runs Concord names the file
		if err != nil {
			return "", fmt.Errorf("keep a copy of what the run was given: %w", err)
		}
		files[name] = []byte(secrets.Text(string(text)))
		return name, nil
	}
	for _, one := range []struct {
		from, name string
		kept       *string
	}{
		{conf.Contract, "contract.yaml", &inputs.Contract}, {conf.Policy, "policy.yaml", &inputs.Policy}, {conf.Differences, "differences.yaml", &inputs.Differences},
	} {
		var err error
		if *one.kept, err = keep(one.from, one.name); err != nil {
			return err
		}
	}
	for i, from := range conf.Waivers {
		name, err := keep(from, "waivers-"+strconv.Itoa(i+1)+".yaml")
		if err != nil {
			return err
		}
		inputs.Waivers = append(inputs.Waivers, name)
	}
	if conf.Scenarios != "" {
		inputs.Scenarios = "scenarios"
		if err := keepScenarios(conf.Scenarios, inputs.Scenarios, keep); err != nil {
			return err
		}
	}
	return evidence.WriteInputs(run, inputs, files)
}

func withoutSecrets(header http.Header, secrets *redact.Redactor) http.Header {
	if len(header) == 0 {
		return nil
	}
	return secrets.Header(header)
}

// keepScenarios keeps the files of a folder of scenarios.
func keepScenarios(folder, name string, keep func(from, name string) (string, error)) error {
	return fs.WalkDir(os.DirFS(folder), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		switch path.Ext(file) {
		case ".yaml", ".yml", ".json", ".xml":
			_, err = keep(filepath.Join(folder, filepath.FromSlash(file)), path.Join(name, file))
		}
		return err
	})
}
