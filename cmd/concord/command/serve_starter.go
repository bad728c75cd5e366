package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/console"
	"concord.example/concord/suites"
)

// starter starts runs as processes of this program, in the directory of their run folders, so that everything they name is
// named from there.
type starter struct{ dir, program string }

func newStarter(dir string) (*starter, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start runs with: %w; --read-only serves without", err)
	}
	return &starter{dir: dir, program: program}, nil
}

// Choices lists the files of the directory that are configurations or policies, and what the catalogue has.
func (s *starter) Choices() (console.Choices, error) {
	c := console.Choices{Packages: []string{config.Default().UKCore}}
	for _, other := range []string{"stu3", "stu2"} {
		if !slices.Contains(c.Packages, other) {
			c.Packages = append(c.Packages, other)
		}
	}
	for _, one := range suites.Catalogue() {
		if !slices.Contains(c.Suites, one.Suite) {
			c.Suites = append(c.Suites, one.Suite)
		}
	}
	slices.Sort(c.Suites)
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return c, fmt.Errorf("look for configurations in the directory: %w", errors.Unwrap(err))
	}
	for _, entry := range entries {
		name := entry.Name()
		if ext := filepath.Ext(name); !entry.Type().IsRegular() || ext != ".yaml" && ext != ".yml" {
			continue
		}
		path := filepath.Join(s.dir, name)
		if text, err := os.ReadFile(path); err == nil && policy.Looks(text) { //nolint:gosec // a file of the directory that is served
			c.Policies = append(c.Policies, name)
			continue
		}
		c.Configurations = append(c.Configurations, name)
	}
	return c, nil
}

// arguments are those of an order, as they are named from the directory.
func (s *starter) arguments(order console.Order) ([]string, error) {
	choices, err := s.Choices()
	if err != nil {
		return nil, err
	}
	for _, one := range []struct {
		what, value string
		of          []string
	}{
		{"configuration", order.Configuration, choices.Configurations}, {"policy", order.Policy, choices.Policies}, {"UK Core sequence", order.Package, choices.Packages},
	} {
		if one.value != "" && !slices.Contains(one.of, one.value) {
			return nil, fmt.Errorf("%q is no %s of this directory", one.value, one.what)
		}
	}
	args := []string{"run"}
	if order.Resume {
		if order.Out == "" {
			return nil, errors.New("no run folder is named to go on with")
		}
		return append(args, "--resume="+filepath.FromSlash(order.Out)), nil
	}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, "--"+flag+"="+value)
		}
	}
	if order.Failed != "" {
		return append(args, "--failed", "--out="+order.Out, "--", filepath.FromSlash(order.Failed)), nil
	}
	add("config", order.Configuration)
	add("policy", order.Policy)
	add("ukcore", order.Package)
	add("suites", strings.Join(order.Suites, ","))
	add("checks", strings.Join(order.Checks, ","))
	add("providers", strings.Join(order.Providers, ","))
	if order.Witness {
		args = append(args, "--witness")
	}
	return append(args, "--out="+order.Out), nil
}

// planWithin is how long a dry run may take.
const planWithin = 90 * time.Second

// Plan has the program check the arguments, and look at the systems where it is a dry run.
func (s *starter) Plan(ctx context.Context, order console.Order, dry bool) (console.Plan, error) {
	args, err := s.arguments(order)
	if err != nil {
		return console.Plan{}, err
	}
	p := console.Plan{Command: "concord " + strings.Join(args, " ")}
	ctx, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	if order.Resume {
		asked, err := howAsked(filepath.Join(s.dir, filepath.FromSlash(order.Out)))
		if err != nil {
			return p, err
		}
		configuration := ""
		for _, flag := range asked.Flags {
			if name, value, _ := strings.Cut(flag, "="); name == "config" {
				configuration = value
			}
		}
		p.Endpoints, err = s.endpoints(configuration)
		p.Text = fmt.Sprintf("The run that began on %s goes on as it was asked for: run %s\n", asked.Began.Format("2 January 2006, 15:04 MST"), strings.Join(asked.Flags, " "))
		return p, err
	}
	if order.Failed != "" {
		run, err := reports.Load(filepath.Join(s.dir, filepath.FromSlash(order.Failed)))
		if err != nil {
			return p, err
		}
		for _, system := range run.Systems {
			p.Endpoints = append(p.Endpoints, system.BaseURL)
		}
		checks, providers := failed(run)
		if len(checks) == 0 {
			return p, fmt.Errorf("nothing failed in %s, so there is nothing to ask again", order.Failed)
		}
		p.Text = fmt.Sprintf("%d checks are asked again: %s\n", len(checks), strings.Join(checks, ", "))
		if len(providers) > 0 {
			p.Text += fmt.Sprintf("of %d providers: %s\n", len(providers), strings.Join(providers, ", "))
		}
		return p, nil
	}
	if _, err := (suites.Selection{Suites: order.Suites, Checks: order.Checks}).Select(suites.Catalogue()); err != nil {
		return p, err
	}
	said, err := s.ask(ctx, slices.Concat(args[:1], []string{"--print-config"}, args[1:])...)
	if err != nil {
		return p, err
	}
	if p.Endpoints, err = s.endpoints(order.Configuration); err != nil {
		return p, err
	}
	if dry {
		planned, err := s.ask(ctx, slices.Concat(args[:1], []string{"--dry-run"}, args[1:])...)
		if err != nil {
			planned = err.Error() // what stands in the way of the run is what a dry run is for
		}
		p.Text = planned + "\n" + said
	}
	return p, nil
}

// endpoints are the addresses of the systems of a configuration, or what stands for them.
func (s *starter) endpoints(configuration string) ([]string, error) {
	mocks := []string{"the mocks of this machine"}
	if configuration == "" {
		return mocks, nil
	}
	if !filepath.IsAbs(configuration) {
		configuration = filepath.Join(s.dir, configuration)
	}
	conf := config.Default()
	if err := conf.Read(configuration); err != nil {
		return nil, err
	}
	var all []string
	for _, system := range conf.Systems {
		all = append(all, system.BaseURL)
	}
	if len(all) == 0 {
		return mocks, nil
	}
	return all, nil
}

// Stopped reports whether there is something to go on with.
func (s *starter) Stopped(folder string) bool {
	_, err := howAsked(filepath.Join(s.dir, filepath.FromSlash(folder)))
	return err == nil
}

// Rehearse has the program judge a recorded run again.
func (s *starter) Rehearse(ctx context.Context, folder, sequence, decided string) (string, error) {
	args, err := s.rehearsal(folder, sequence, decided)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, planWithin)
	defer cancel()
	command := exec.CommandContext(ctx, s.program, args...) //nolint:gosec // this program, with arguments that were checked
	command.Dir = s.dir
	withhold(command)
	var out, problems tail
	command.Stdout, command.Stderr = &out, &problems
	err = command.Run()
	// What would newly fail, or could not be told, ends with a code of its own, and is what was asked for.
	if code := command.ProcessState.ExitCode(); err == nil || (code == result.ExitNotConformant || code == result.ExitUndetermined) && out.String() != "" {
		return out.String(), nil
	}
	return "", fmt.Errorf("judge %s again: %s", folder, strings.TrimSpace(strings.TrimPrefix(problems.String(), "concord: ")+" "+ctxText(ctx)))
}

func ctxText(ctx context.Context) string {
	if ctx.Err() != nil {
		return fmt.Sprintf("it took longer than %s: use the command line", planWithin)
	}
	return ""
}

// rehearsal are the arguments, as they are named from the directory.
func (s *starter) rehearsal(folder, sequence, decided string) ([]string, error) {
	choices, err := s.Choices()
	if err != nil {
		return nil, err
	}
	args := []string{"rejudge"}
	if sequence != "" {
		if !slices.Contains(choices.Packages, sequence) {
			return nil, fmt.Errorf("%q is no UK Core sequence of this build", sequence)
		}
		args = append(args, "--package="+sequence)
	}
	if decided != "" {
		if !slices.Contains(choices.Policies, decided) {
			return nil, fmt.Errorf("%q is no policy of this directory", decided)
		}
		args = append(args, "--policy="+decided)
	}
	return append(args, "--", filepath.FromSlash(folder)), nil
}

// ask has the program say something and end. Whatever it says has gone through its redactor.
func (s *starter) ask(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, s.program, args...) //nolint:gosec // this program, with arguments that were checked
	command.Dir = s.dir
	withhold(command)
	var out, problems tail
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return "", errors.New(strings.TrimSpace(out.String() + "\n" + strings.TrimPrefix(problems.String(), "concord: ")))
	}
	return out.String(), nil
}

// Start starts the run.
func (s *starter) Start(order console.Order) (console.Process, error) {
	args, err := s.arguments(order)
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(s.program, args...), ended: make(chan struct{})} //nolint:gosec,noctx // this program, with arguments that were checked; it outlives the request and is interrupted, not killed
	p.command.Dir = s.dir
	withhold(p.command)
	p.command.Stdout, p.command.Stderr = &p.said, &p.said
	apart(p.command)
	if order.Witness {
		if p.in, err = p.command.StdinPipe(); err != nil {
			return nil, fmt.Errorf("start the run: %w", err)
		}
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start the run: %w", err)
	}
	return p, nil
}

// process is a run that was started.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	said    tail
	once    sync.Once
	ended   chan struct{}
}

// stopWithin is how long a run may take to write what it has.
const stopWithin = 30 * time.Second

// Wait waits for the end of the run.
func (p *process) Wait() (int, string) {
	err := p.command.Wait()
	close(p.ended)
	said := strings.TrimSpace(p.said.String())
	if err != nil && p.command.ProcessState == nil {
		said += "\n" + err.Error()
	}
	return p.command.ProcessState.ExitCode(), said
}

// Stop interrupts the run once: a second interrupt would end it at once.
func (p *process) Stop() {
	p.once.Do(func() {
		_ = p.command.Process.Signal(os.Interrupt)
		go func() {
			timer := time.NewTimer(stopWithin)
			defer timer.Stop()
			select {
			case <-p.ended:
			case <-timer.C:
				_ = p.command.Process.Kill()
			}
		}()
	})
}

// Say writes a line to the input of the run.
func (p *process) Say(line string) error {
	if p.in == nil {
		return errors.New("the run was started without a witness")
	}
	_, err := io.WriteString(p.in, strings.NewReplacer("\n", " ", "\r", " ").Replace(line)+"\n")
	return err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// mostTail is how much of it is kept, in bytes.
const mostTail = 16 << 10

// Write keeps the end.
func (t *tail) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, text...)
	if over := len(t.text) - mostTail; over > 0 {
		t.text = bytes.Clone(t.text[over:])
	}
	return len(text), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.text), "")
}
