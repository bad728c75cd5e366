package command

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/capability"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/doctor"
	"concord.example/concord/suites/parity"
	"concord.example/concord/suites/security"
)

// shortestLook is how long a system is looked at before a run, at least.
const shortestLook = 10 * time.Second

// preflight looks at the configured systems as doctor does, says what is worth knowing, and returns what stands in the way of
// asking: a wrong address is one clear sentence and not thousands of questions that nobody answers. Whatever else is wrong with
// a system is for the checks to find. Mocks that Concord has just started are not looked at.
func preflight(ctx context.Context, conf config.Config, systems []suites.System, says *progress) ([]suites.Refusal, error) {
	if len(conf.Systems) == 0 {
		return nil, nil
	}
	systems = systems[:len(conf.Systems)] // a partner that was started for them comes behind
	says.step("looking at %s", systemNames(systems))
	found, err := examine(ctx, conf, systems, max(shortestLook, 2*conf.Timeout))
	if err != nil {
		return nil, err
	}
	var refusals []suites.Refusal
	for at, system := range systems {
		stands := inTheWay(found[at])
		for _, line := range found[at].Lines {
			if line.State == doctor.Failed || line.State == doctor.Warning {
				says.step("%s: %s: %s", system.Name, line.Probe, toldLine(line))
			}
		}
		systems[at].SameAs = found[at].SameAs
		if stands == nil {
			continue
		}
		// Doctor waits for nobody; a run is patient.
		if err := reachable(ctx, conf, system); err != nil {
			refusals = append(refusals, suites.Refusal{System: system.Name, Err: fmt.Errorf("%w (%s: %s)", err, stands.Probe, toldLine(*stands))})
		}
	}
	return refusals, nil
}

// inTheWay is the first line of a look without which nothing can be asked; nil when there is none.
func inTheWay(found doctor.Report) *doctor.Line {
	for i := range found.Lines {
		if line := &found.Lines[i]; line.State == doctor.Failed && slices.Contains([]string{doctor.DNS, doctor.TCP, doctor.TLS, doctor.Auth, doctor.Metadata}, line.Probe) {
			return line
		}
	}
	return nil
}

// toldLine is what a line says, with what to do.
func toldLine(line doctor.Line) string {
	return strings.Join(slices.DeleteFunc([]string{line.Said, line.Do}, func(text string) bool { return text == "" }), "; ")
}

// reachable asks a system for its CapabilityStatement.
func reachable(ctx context.Context, conf config.Config, system suites.System) error {
	client, err := exchange.NewClient([]exchange.Target{system.Target()}, exchange.Options{Timeout: conf.Timeout, Rate: conf.Rate, UserAgent: userAgent()})
	if err != nil {
		return err
	}
	defer client.Close()
	_, _, err = check.NewEndpoint(client, system.Name, system.Title).Capabilities(ctx)
	return err
}

// dryRun says what a run would ask of whom, and looks at the configured systems. It starts no mocks.
func dryRun(ctx context.Context, s streams, conf config.Config, asking suites.Config) error {
	if len(conf.Systems) > 0 {
		started, err := configured(conf, s.secrets) //nolint:contextcheck // a fixed proof is read without asking anybody
		if err != nil {
			return err
		}
		for _, header := range headers(started.systems) {
			if err := s.secrets.AddHeader("a system", header); err != nil {
				return err
			}
		}
		asking.Systems = started.systems
		if conf.Against != "" {
			asking.Systems = append(asking.Systems, referenceOf(started.systems[0]))
		}
	} else {
		further, err := conf.Further()
		if err != nil {
			return err
		}
		would := suites.System{BaseURL: "a mock that the run would start", Writes: true}
		if conf.Mocks == "container" {
			would.NoSecurity = unguarded
		} else if asksSecurity(conf) {
			would.Security = &suites.Security{Scope: check.Topics()}
		}
		for _, name := range fixtures.Systems() {
			would.Name = name
			asking.Systems = append(asking.Systems, would)
		}
		for _, one := range further {
			would.Name, would.Share = one.Name, one.Part
			asking.Systems = append(asking.Systems, would)
		}
	}
	outline, err := suites.Unasked(asking, nil)
	if err != nil {
		return err
	}
	if err := printOutline(s, asking, outline); err != nil {
		return undetermined(fmt.Errorf("print what a run would ask: %w", err))
	}
	if len(conf.Systems) == 0 {
		return nil
	}
	found, err := examine(ctx, conf, asking.Systems[:len(conf.Systems)], max(shortestLook, 2*conf.Timeout))
	if err != nil {
		return err
	}
	return sayExamined(s.out, found, false)
}

// printOutline prints how many results each suite would have of each system, and the searches of the contract.
func printOutline(s streams, asking suites.Config, outline result.Run) error {
	var b strings.Builder
	searches := false
	var names []string
	for _, system := range asking.Systems {
		if system.Reference {
			fmt.Fprintf(&b, "%s (%s)\n  %-12s what is compared with it; nothing is asked about itself\n", system.Name, system.BaseURL, "partner")
			continue
		}
		names = append(names, system.Name)
		counts, checks, unclaimed := map[string]int{}, map[string]map[string]bool{}, 0
		for _, r := range outline.Results {
			switch {
			case r.Scope.System != system.Name && r.Scope.System != "":
			case r.Status == result.NotApplicable:
				unclaimed++
			default:
				if checks[r.Suite] == nil {
					checks[r.Suite] = map[string]bool{}
				}
				counts[r.Suite]++
				checks[r.Suite][r.Check] = true
				searches = searches || strings.HasPrefix(r.Check, "PAR-SEARCH-")
			}
		}
		fmt.Fprintf(&b, "%s (%s)\n", system.Name, cmp.Or(system.BaseURL, "no address"))
		for _, suite := range slices.Sorted(maps.Keys(counts)) {
			fmt.Fprintf(&b, "  %-12s %d checks, %d results\n", suite, len(checks[suite]), counts[suite])
		}
		b.WriteString(besides(system, counts["security"] > 0, checks["capability"]))
		if unclaimed > 0 {
			fmt.Fprintf(&b, "  %-12s %d results that the parties do not claim\n", "not asked", unclaimed)
		}
	}
	if left := outline.Selection.LeftOut(); left != "" {
		fmt.Fprintf(&b, "left out by choice: %s\n", left)
	}
	if _, err := s.out.Write([]byte(b.String())); err != nil {
		return err
	}
	if !searches || asking.Discovery != nil {
		return nil
	}
	values := parity.LedgerValues(asking.Ledger)
	plan, err := parity.NewPlan(asking.Contract, values, asking.Seed)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.out, "searches of %s, each asked of every system:\n", contractName(asking.Contract)); err != nil {
		return err
	}
	return planText(s, plan, parity.PlanGrid(asking.Contract, values, asking.Seed, plan), names)
}

// besides says how many requests a run sends to a system that the owner has allowed: about its security, and to write. about says that
// security is asked, of are the checks of its capabilities.
func besides(system suites.System, about bool, of map[string]bool) string {
	var b strings.Builder
	if about && system.Security != nil {
		fmt.Fprintf(&b, "  %-12s about %d requests, also such as are to be refused (%s)\n", "", security.Requests(system.Security.Scope), strings.Join(system.Security.Scope, ", "))
	}
	writes := func(id string) bool { c, _ := suites.Catalogue().Find(id); return c.Writes }
	if slices.ContainsFunc(slices.Collect(maps.Keys(of)), writes) && system.Writes {
		sent, written := capability.Writes()
		fmt.Fprintf(&b, "  %-12s about %d requests, %d of them writes, to what the run makes for itself (writes: scratch)\n", "writing", sent, written)
	}
	return b.String()
}

// contractName names the contract with its version.
func contractName(agreed *contract.Contract) string {
	artefact := agreed.Artefact()
	return strings.TrimSpace(artefact.Name + " " + artefact.Version)
}

// systemNames joins the names of systems.
func systemNames(systems []suites.System) string {
	names := make([]string, 0, len(systems))
	for _, system := range systems {
		names = append(names, system.Name)
	}
	return result.List(names, nil)
}
