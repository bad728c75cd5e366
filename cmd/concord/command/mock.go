package command

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/mocks"
)

// mockOptions are the flags of concord mock.
type mockOptions struct {
	// system is ccr, ohc or the name of a further mock, share the part of the ledger that it holds.
	system, share, listen, admin, baseURL, peer, clock string
	seed                                               uint64
	people                                             int
	stress, swap                                       bool
	defects                                            []string
	listDefects                                        bool
	hostile                                            hostileOptions
	peerBudget                                         time.Duration
	auth                                               authOptions
	out                                                output
}

func newMock(s streams) *cobra.Command {
	defaults := config.Default()
	var o mockOptions
	command := &cobra.Command{
		Use:   "mock --system ccr|ohc|NAME",
		Short: "Serve one mock system over the golden ledger",
		Long: "Serve one of the two mock systems: ccr (Collaborative Care Record, InterSystems-style) or ohc (One Health and\n" +
			"Care, Graphnet-style). Without --listen and --peer, the two find each other on 127.0.0.1:8401 and 127.0.0.1:8402.\n" +
			"A system of another name is a further one: it holds the --share of one of the two, in that one's style, and asks the other;\n" +
			"say where it listens.\n" +
			"Anybody may ask unless --client or --client-ca says who.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.listDefects {
				return listDefects(s, o.out)
			}
			if o.hostile.list {
				return listHostile(s)
			}
			return mock(cmd.Context(), s, o)
		},
	}
	f := command.Flags()
	f.StringVar(&o.system, "system", "", "ccr, ohc, or the name of a further system")
	f.StringVar(&o.share, "share", "", "part of the golden ledger that a further system holds: ccr or ohc")
	f.StringVar(&o.listen, "listen", "", "address to listen on (default 127.0.0.1:8401 for ccr, 127.0.0.1:8402 for ohc)")
	f.StringVar(&o.admin, "admin", "", "address of the admin API: defects, events, clock (default none)")
	f.StringVar(&o.baseURL, "base-url", "", "base URL that the mock writes into links (default http://LISTEN/fhir, or https)")
	f.StringVar(&o.peer, "peer", "", "base URL of the neighbour; \"none\" means that there is none (default the other system's default address)")
	f.DurationVar(&o.peerBudget, "peer-budget", peerBudget, "how long to wait for the neighbour before answering without it")
	f.Uint64Var(&o.seed, "seed", defaults.Seed, "seed of the golden ledger")
	f.IntVar(&o.people, "people", defaults.People, "synthetic people per provider")
	f.BoolVar(&o.stress, "stress", false, "add 600 pharmacies")
	f.BoolVar(&o.swap, "swap", false, "hold what the other system holds otherwise")
	f.StringSliceVar(&o.defects, "defect", nil, "defect to switch on: D12, or D71:provider=RRK, or D01:patient=9990000220 (repeatable)")
	f.StringVar(&o.clock, "clock", "", "RFC 3339 instant that the mock takes for the present (default the ledger's)")
	o.auth.flags(f)
	o.hostile.flags(f)
	f.BoolVar(&o.listDefects, "list-defects", false, "list the defects that can be switched on, and stop")
	o.out.flags(command)
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
	if err := o.further(); err != nil {
		return err
	}
	if o.people < 1 || o.people > 500 {
		return fmt.Errorf("--people %d is not between 1 and 500", o.people)
	}
	if o.listen == "" {
		o.listen = address(o.system)
	}
	if err := o.addresses(); err != nil {
		return err
	}
	options := mocks.Options{PeerBudget: o.peerBudget, System: o.share, Name: o.system, BaseURL: strings.TrimSuffix(o.baseURL, "/"), Peer: o.peer}
	switch o.peer {
	case "":
		options.Peer = o.auth.scheme() + address(fixtures.Peer(o.share)) + "/fhir"
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
	secure, err := o.auth.apply(&options, s.secrets)
	if err != nil {
		return err
	}
	if err := o.hostile.read(); err != nil {
		return err
	}
	wanted, err := readDefects(o.defects, append(fixtures.Systems(), o.system))
	if err != nil {
		return err
	}
	for _, w := range wanted {
		if w.of(o.system) {
			options.Defects = append(options.Defects, w.setting)
		}
	}
	if options.Ledger, err = fixtures.New(fixtures.Options{Seed: o.seed, PeoplePerProvider: o.people, Stress: o.stress, Swapped: o.swap}); err != nil {
		return fmt.Errorf("make the golden ledger: %w", err)
	}
	return serve(ctx, s, o, options, secure)
}

// addresses refuses what would be written into links, or what nobody can be asked at.
func (o *mockOptions) addresses() error {
	for _, a := range []struct{ flag, address string }{{"--base-url", o.baseURL}, {"--peer", o.peer}} {
		if a.address == "" || a.flag == "--peer" && a.address == "none" {
			continue
		}
		if err := config.CheckAddress(a.address); err != nil {
			return fmt.Errorf("%s: %w", a.flag, err)
		}
	}
	return nil
}

// further fills in what a system that is called after its part holds, and refuses a further one that does not say where it stands.
func (o *mockOptions) further() error {
	parts := fixtures.Systems()
	either := strings.Join(parts, " or ")
	switch {
	case slices.Contains(parts, o.system) && (o.share == "" || o.share == o.system):
		o.share = o.system
	case slices.Contains(parts, o.system):
		return fmt.Errorf("--share %q: the mock %s holds its own part; give another --system, or use --swap", o.share, o.system)
	case !config.SystemName(o.system):
		return fmt.Errorf("--system %q is not a mock; write %s, or name a further one in lower-case letters, digits and hyphens", o.system, either)
	case !slices.Contains(parts, o.share):
		return fmt.Errorf("--system %q is not a mock of its own: write %s, or say with --share (%s) which part this further one holds", o.system, strings.Join(parts, " or "), either)
	case o.listen == "":
		return fmt.Errorf("--system %s: say with --listen where the further mock listens, such as 127.0.0.1:8403", o.system)
	}
	return nil
}

// serve listens first and builds then, so that a taken port is refused at once.
func serve(ctx context.Context, s streams, o mockOptions, options mocks.Options, secure func(*mocks.Server) *tls.Config) error {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; choose another --listen", o.listen, err)
	}
	scheme := o.auth.scheme()
	if o.hostile.secure() {
		scheme = "https://"
	}
	address := scheme + listener.Addr().String() + "/fhir"
	if options.BaseURL == "" {
		options.BaseURL = address
	}
	server, err := mocks.New(options)
	if err != nil {
		_ = listener.Close()
		return fmt.Errorf("make the %s mock: %w", o.system, err)
	}
	defer server.Close()
	if secure != nil {
		listener = tls.NewListener(listener, secure(server))
	}
	handler, err := o.hostile.wrap(server)
	if err != nil {
		_ = listener.Close()
		return err
	}
	if listener, err = o.hostile.listen(s, listener); err != nil {
		return err
	}
	serving := []func(context.Context) error{
		func(ctx context.Context) error { return mocks.Serve(ctx, listener, handler) },
	}
	if o.admin != "" {
		admin, err := listening.Listen(ctx, "tcp", o.admin)
		if err != nil {
			_ = listener.Close()
			return fmt.Errorf("listen on %s: %w; choose another --admin", o.admin, err)
		}
		serving = append(serving, func(ctx context.Context) error { return mocks.Serve(ctx, admin, server.AdminHandler()) })
	}
	title, supplier := mocks.Describe(o.share, o.system)
	_, _ = fmt.Fprintf(s.out, "%s, %s-style mock with synthetic data, serves FHIR R4 on %s\n", title, supplier, address)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Requests that hang end when the server closes, so that nobody waits for them.
	release := context.AfterFunc(ctx, server.Close)
	defer release()
	ended := make(chan error, len(serving))
	for _, run := range serving {
		go func() { ended <- run(ctx) }()
	}
	var failed error
	for range serving {
		if err := <-ended; err != nil && failed == nil {
			failed = fmt.Errorf("serve the %s mock: %w", o.system, err)
		}
		cancel()
	}
	return failed
}

// listedDefect is a defect as JSON.
type listedDefect struct {
	ID       string   `json:"id"`
	Severity string   `json:"severity"`
	Family   string   `json:"family"`
	Title    string   `json:"title"`
	Breaks   string   `json:"breaks"`
	Checks   []string `json:"checks"`
}

func listDefects(s streams, out output) error {
	asJSON, err := out.json()
	if err != nil {
		return err
	}
	rows := []listedDefect{}
	for _, d := range mocks.Defects() {
		rows = append(rows, listedDefect{d.ID, d.Severity, d.Family, d.Title, d.Breaks, append([]string{}, d.Checks...)})
	}
	if asJSON {
		return printJSON(s.out, rows, nil)
	}
	for _, d := range rows {
		if _, err := fmt.Fprintf(s.out, "%s  %-2s  %s\n", d.ID, d.Severity, d.Title); err != nil {
			return err
		}
	}
	return nil
}
