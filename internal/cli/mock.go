package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord/fixtures"
	"concord/internal/config"
	"concord/mocks"
)

// mockOptions are the flags of concord mock.
type mockOptions struct {
	system, listen, admin, baseURL, peer, clock string
	seed                                        uint64
	people                                      int
	defects                                     []string
	listDefects                                 bool
	peerBudget                                  time.Duration
}

func newMock(s streams) *cobra.Command {
	defaults := config.Default()
	var o mockOptions
	command := &cobra.Command{
		Use:   "mock --system ccr|ohc",
		Short: "Serve one mock system over the golden ledger",
		Long: "Serve one of the two mock systems: ccr (Collaborative Care Record, InterSystems-style) or ohc (One Health and\n" +
			"Care, Graphnet-style). Without --listen and --peer, the two find each other on 127.0.0.1:8401 and 127.0.0.1:8402.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.listDefects {
				return listDefects(s)
			}
			return mock(cmd.Context(), s, o)
		},
	}
	f := command.Flags()
	f.StringVar(&o.system, "system", "", "ccr or ohc")
	f.StringVar(&o.listen, "listen", "", "address to listen on (default 127.0.0.1:8401 for ccr, 127.0.0.1:8402 for ohc)")
	f.StringVar(&o.admin, "admin", "", "address of the admin API: defects, events, clock (default none)")
	f.StringVar(&o.baseURL, "base-url", "", "base URL that the mock writes into links (default http://LISTEN/fhir)")
	f.StringVar(&o.peer, "peer", "", "base URL of the neighbour; \"none\" means that there is none (default the other system's default address)")
	f.DurationVar(&o.peerBudget, "peer-budget", peerBudget, "how long to wait for the neighbour before answering without it")
	f.Uint64Var(&o.seed, "seed", defaults.Seed, "seed of the golden ledger")
	f.IntVar(&o.people, "people", defaults.People, "synthetic people per provider")
	f.StringSliceVar(&o.defects, "defect", nil, "defect to switch on (repeatable)")
	f.StringVar(&o.clock, "clock", "", "RFC 3339 instant that the mock takes for the present (default the ledger's)")
	f.BoolVar(&o.listDefects, "list-defects", false, "list the defects that can be switched on, and stop")
	return command
}

// peerBudget is how long a mock waits for its neighbour before it answers without it. It is generous, because a busy
// machine is no fault of the neighbour; scenarios about slow neighbours set their own.
const peerBudget = 8 * time.Second

// address is where a mock listens when nobody says otherwise.
func address(system string) string {
	if system == fixtures.OHC {
		return "127.0.0.1:8402"
	}
	return "127.0.0.1:8401"
}

func mock(ctx context.Context, s streams, o mockOptions) error {
	if !slices.Contains(fixtures.Systems(), o.system) {
		return fmt.Errorf("--system %q is not a mock; the mocks are %s", o.system, strings.Join(fixtures.Systems(), " and "))
	}
	if o.people < 1 || o.people > 500 {
		return fmt.Errorf("--people %d is not between 1 and 500", o.people)
	}
	if o.listen == "" {
		o.listen = address(o.system)
	}
	options := mocks.Options{PeerBudget: o.peerBudget, System: o.system, BaseURL: strings.TrimSuffix(o.baseURL, "/"), Peer: o.peer}
	switch o.peer {
	case "":
		options.Peer = "http://" + address(fixtures.Peer(o.system)) + "/fhir"
	case "none":
		options.Peer = ""
	}
	if o.clock != "" {
		at, err := time.Parse(time.RFC3339, o.clock)
		if err != nil {
			return fmt.Errorf("--clock %q is not an RFC 3339 instant such as 2026-03-02T09:00:00Z", o.clock)
		}
		options.Clock = func() time.Time { return at }
	}
	dealt, err := defectsBySystem(o.defects)
	if err != nil {
		return err
	}
	for _, id := range dealt[o.system] {
		options.Defects = append(options.Defects, mocks.Setting{ID: id})
	}
	if options.Ledger, err = fixtures.New(fixtures.Options{Seed: o.seed, PeoplePerProvider: o.people}); err != nil {
		return fmt.Errorf("make the golden ledger: %w", err)
	}
	return serve(ctx, s, o, options)
}

// serve listens first and builds then, so that a taken port is refused at once.
func serve(ctx context.Context, s streams, o mockOptions, options mocks.Options) error {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; choose another --listen", o.listen, err)
	}
	if options.BaseURL == "" {
		options.BaseURL = "http://" + listener.Addr().String() + "/fhir"
	}
	server, err := mocks.New(options)
	if err != nil {
		_ = listener.Close()
		return fmt.Errorf("make the %s mock: %w", o.system, err)
	}
	defer server.Close()
	servers := []*http.Server{{Handler: server.Handler(), ReadHeaderTimeout: 5 * time.Second}}
	listeners := []net.Listener{listener}
	if o.admin != "" {
		admin, err := listening.Listen(ctx, "tcp", o.admin)
		if err != nil {
			_ = listener.Close()
			return fmt.Errorf("listen on %s: %w; choose another --admin", o.admin, err)
		}
		servers = append(servers, &http.Server{Handler: server.AdminHandler(), ReadHeaderTimeout: 5 * time.Second})
		listeners = append(listeners, admin)
	}
	title, supplier := mocks.Describe(o.system)
	_, _ = fmt.Fprintf(s.out, "%s, %s-style mock with synthetic data, serves FHIR R4 on http://%s/fhir\n", title, supplier, listener.Addr())
	failed := make(chan error, len(servers))
	for i := range servers {
		go func() { failed <- servers[i].Serve(listeners[i]) }()
	}
	select {
	case err = <-failed:
		err = fmt.Errorf("serve the %s mock: %w", o.system, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	for i := range servers {
		if servers[i].Shutdown(grace) != nil {
			_ = servers[i].Close()
		}
	}
	return err
}

func listDefects(s streams) error {
	for _, d := range mocks.Defects() {
		if _, err := fmt.Fprintf(s.out, "%s  %-2s  %s\n", d.ID, d.Severity, d.Title); err != nil {
			return err
		}
	}
	return nil
}
