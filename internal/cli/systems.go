package cli

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"concord/fixtures"
	"concord/internal/config"
	"concord/mocks"
	"concord/mocks/container"
	"concord/suites"
)

// startSystems returns the systems under test: those of the configuration, or the mocks, which it starts.
func startSystems(ctx context.Context, says *progress, conf config.Config, ledger *fixtures.Ledger) (systems []suites.System, stop func(), err error) {
	if len(conf.Systems) > 0 {
		for _, s := range conf.Systems {
			systems = append(systems, suites.System{
				Name: s.Name, Title: s.Title, Supplier: s.Supplier, BaseURL: s.BaseURL, ConnectTo: s.ConnectTo, Header: s.Header(),
			})
		}
		return systems, func() {}, nil
	}
	defects, err := defectsBySystem(conf.Defects)
	if err != nil {
		return nil, nil, err
	}
	if conf.Mocks == "container" {
		return startContainers(ctx, says, conf, defects)
	}
	says.step("starting the mock systems on loopback")
	pair, err := mocks.StartPair(ctx, mocks.Options{Ledger: ledger, PeerBudget: peerBudget}, func(system string, o *mocks.Options) {
		for _, id := range defects[system] {
			o.Defects = append(o.Defects, mocks.Setting{ID: id})
		}
	})
	if err != nil {
		return nil, nil, fmt.Errorf("start the mock systems: %w", err)
	}
	for _, endpoint := range pair.Endpoints() {
		systems = append(systems, mockSystem(endpoint.System, endpoint.BaseURL, endpoint.Address, defects))
	}
	return systems, pair.Stop, nil
}

func startContainers(ctx context.Context, says *progress, conf config.Config, defects map[string][]string) ([]suites.System, func(), error) {
	says.step("starting the mock systems as containers")
	arguments := map[string][]string{}
	for _, name := range container.Names() {
		arguments[name] = []string{"--seed", strconv.FormatUint(conf.Seed, 10), "--people", strconv.Itoa(conf.People)}
		for _, id := range defects[name] {
			arguments[name] = append(arguments[name], "--defect", id)
		}
	}
	pair, err := container.Start(ctx, container.Options{Binary: conf.MockBinary, Arguments: arguments})
	if err != nil {
		return nil, nil, undetermined(err)
	}
	systems := make([]suites.System, 0, len(pair.Systems()))
	for _, s := range pair.Systems() {
		systems = append(systems, mockSystem(s.Name, s.BaseURL, s.ConnectTo, defects))
	}
	return systems, func() {
		if err := pair.Stop(context.WithoutCancel(ctx)); err != nil {
			says.step("%v", err)
		}
	}, nil
}

func mockSystem(name, baseURL, address string, defects map[string][]string) suites.System {
	title, supplier := mocks.Describe(name)
	return suites.System{
		Name: name, Title: title, Supplier: supplier, BaseURL: baseURL, ConnectTo: address, Mock: true, Defects: defects[name],
	}
}

// defectsBySystem deals the configured defects out to the two mocks and refuses one that does not exist.
func defectsBySystem(configured []string) (map[string][]string, error) {
	known := map[string]bool{}
	for _, d := range mocks.Defects() {
		known[d.ID] = true
	}
	bySystem := map[string][]string{}
	for _, text := range configured {
		system, id := splitDefect(text)
		if !known[id] {
			return nil, fmt.Errorf("there is no defect %q: \"concord mock --list-defects\" prints them", text)
		}
		names := fixtures.Systems()
		if system != "" {
			if !slices.Contains(names, system) {
				return nil, fmt.Errorf("defect %q: there is no mock %q; the mocks are %s", text, system, strings.Join(names, " and "))
			}
			names = []string{system}
		}
		for _, name := range names {
			bySystem[name] = append(bySystem[name], id)
		}
	}
	return bySystem, nil
}

func headers(systems []suites.System) []http.Header {
	all := make([]http.Header, 0, len(systems))
	for _, s := range systems {
		all = append(all, s.Header)
	}
	return all
}
