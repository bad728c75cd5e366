// Command realserver repeats what Concord says of a FHIR server that nobody here wrote: it fetches the server from Maven Central, starts it
// on loopback, loads the golden ledger into it, runs Concord on it, and prints which checks failed and why.
//
//	go run ./cmd/concord/realserver [-system ccr] [-people 1] [-set local,missing] [-out runs/real-hapi]
//
// It needs a JDK of 17 or more, mvn, a network for the first time, and 4 GB of memory. Nothing else in Concord needs it, and no test runs it.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/causes"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "realserver:", err)
		os.Exit(1)
	}
}

// startWithin is how long the server may take to answer for the first time.
const startWithin = 10 * time.Minute

func run(ctx context.Context, arguments []string, out, says io.Writer) error {
	flags := flag.NewFlagSet("realserver", flag.ContinueOnError)
	flags.SetOutput(says)
	system := flags.String("system", "ccr", "whose part of the ledger is loaded: ccr or ohc")
	people := flags.Int("people", 1, "people per provider")
	version := flags.String("hapi", "", "version of HAPI FHIR (default that of hapi/pom.xml)")
	federated := flags.Bool("federated", false, "load what the neighbour holds too, and run against Concord's own reference")
	referred := flags.Bool("referred", false, "write which medicine a record is about into a Medication that it refers to")
	set := flags.String("set", "", "settings of the server that are turned on: local, missing, contains, nocache, with commas between them")
	dir := flags.String("out", filepath.Join("runs", "real-hapi"), "new folder for the load, the run and what the server says")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(*dir), 0o750); err != nil {
		return fmt.Errorf("make the folder above %s: %w", *dir, err)
	}
	if err := os.Mkdir(*dir, 0o750); err != nil {
		return fmt.Errorf("make the folder (it must be a new one): %w", err)
	}
	concord, err := filepath.Abs(filepath.Join(*dir, "concord"))
	if err != nil {
		return err
	}
	if err := command(ctx, says, "go", "build", "-o", concord, "./cmd/concord"); err != nil {
		return err
	}
	base, stop, err := start(ctx, says, *dir, *set, *version)
	if err != nil {
		return err
	}
	defer stop()
	to, agreed := base, "federation: none"
	if *referred {
		through, away, err := referring(ctx, base)
		if err != nil {
			return err
		}
		defer away()
		to = through
	}
	load := []string{"fixtures", "load", "--to", to, "--system", *system, "--people", strconv.Itoa(*people), "--rate", "1000", "--bundle", "100", "--out", filepath.Join(*dir, "load")}
	if *federated {
		load, agreed = append(load, "--federated"), "against: reference"
	}
	if err := command(ctx, says, concord, load...); err != nil {
		return err
	}
	conf := filepath.Join(*dir, "concord.yaml")
	text := fmt.Sprintf("systems:\n  - {name: %s, title: HAPI FHIR JPA, baseURL: %q}\npeople: %d\n%s\n", *system, base, *people, agreed)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return err
	}
	// That it is not conformant is no failure of this command.
	var exit *exec.ExitError
	if err := command(ctx, says, concord, "run", "--config", conf, "--out", filepath.Join(*dir, "run")); err != nil && !errors.As(err, &exit) {
		return err
	}
	told, err := reports.Load(filepath.Join(*dir, "run"))
	if err != nil {
		return err
	}
	return table(out, told)
}

// start builds the server, in a version ("" for that of the pom), and starts it with settings. It returns its base URL, once it answers, and what stops it.
func start(ctx context.Context, says io.Writer, dir, set, version string) (base string, stop func(), err error) {
	pom := filepath.Join("cmd", "concord", "realserver", "hapi", "pom.xml")
	built, err := filepath.Abs(filepath.Join(dir, "server"))
	if err != nil {
		return "", nil, err
	}
	list := filepath.Join(built, "classpath")
	build := []string{"-q", "-B", "-f", pom, "compile", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath", "-Dmdep.outputFile=" + list, "-DbuildDirectory=" + built}
	if version != "" {
		build = append(build, "-Dhapi="+version)
	}
	if err := command(ctx, says, "mvn", build...); err != nil {
		return "", nil, err
	}
	libraries, err := os.ReadFile(list) //nolint:gosec // it was written a moment ago
	if err != nil {
		return "", nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return "", nil, err
	}
	base = fmt.Sprintf("http://127.0.0.1:%d/fhir", port)
	options := []string{"-Xmx3g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dport=" + strconv.Itoa(port), "-Dbase=" + base}
	for _, setting := range strings.FieldsFunc(set, func(r rune) bool { return r == ',' }) {
		options = append(options, "-D"+setting+"=true")
	}
	options = append(options, "-cp", filepath.Join(built, "classes")+string(os.PathListSeparator)+strings.TrimSpace(string(libraries)), "Hapi")
	log, err := os.Create(filepath.Join(dir, "server.log")) //nolint:gosec // the person names the folder
	if err != nil {
		return "", nil, err
	}
	server := exec.Command("java", options...) //nolint:gosec,noctx // what it is started with is written above, and stop ends it
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		return "", nil, errors.Join(err, log.Close())
	}
	ended := make(chan struct{})
	go func() { _ = server.Wait(); close(ended) }() // how it ended is in its log
	stop = func() {
		_ = server.Process.Kill() // it may have ended already
		<-ended
		_ = log.Close()
	}
	if err := answers(ctx, base+"/metadata", ended); err != nil {
		stop()
		return "", nil, fmt.Errorf("%w; see %s", err, log.Name())
	}
	return base, stop, nil
}

// answers waits until a server answers.
func answers(ctx context.Context, address string, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close() // nobody reads it
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ended:
			return errors.New("the server ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer: %w", ctx.Err())
		case <-again.C:
		}
	}
}

// freePort is a port of loopback that nobody listens at.
func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address, _ := listener.Addr().(*net.TCPAddr)
	return address.Port, listener.Close()
}

// command runs a program and shows what it says.
func command(ctx context.Context, says io.Writer, name string, arguments ...string) error {
	_, _ = fmt.Fprintln(says, "+", name, strings.Join(arguments, " "))
	program := exec.CommandContext(ctx, name, arguments...) //nolint:gosec // the names are written above
	program.Stdout, program.Stderr = says, says
	if err := program.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// table prints what failed, with how many findings of which cause, and what the causes explain.
func table(out io.Writer, told result.Run) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	status := map[result.Status]int{}
	for _, r := range told.Results {
		status[r.Status]++
	}
	_, _ = fmt.Fprintf(w, "%s\t%s %s\n", told.Verdict.Outcome, told.Systems[0].Software.Name, told.Systems[0].Software.Version)
	for _, s := range slices.Sorted(maps.Keys(status)) {
		_, _ = fmt.Fprintf(w, "%s\t%d\n", s, status[s])
	}
	for _, r := range told.Results {
		if r.Status != result.Fail && r.Status != result.Error {
			continue
		}
		counts := map[string]int{}
		for _, f := range r.Findings {
			counts[cmp.Or(string(f.Cause), f.Rule)]++
		}
		var why []string
		for _, cause := range slices.Sorted(maps.Keys(counts)) {
			why = append(why, fmt.Sprintf("%d %s", counts[cause], cause))
		}
		_, _ = fmt.Fprintf(w, "%s %s\t%s\n", r.Status, r.Check, cmp.Or(strings.Join(why, ", "), r.Message))
	}
	explained, names := causes.Explain(told), causes.NewNames(told)
	_, _ = fmt.Fprintf(w, "\n%d causes\texplain %d %% of %d findings\n", len(explained.Causes), explained.Percent(), explained.Findings)
	for _, c := range explained.Causes {
		_, _ = fmt.Fprintf(w, "%d findings\t%s\n", c.Findings, names.Sentence(c))
	}
	return w.Flush()
}
