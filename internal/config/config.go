package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/redact"
	"concord.example/concord/internal/strictyaml"
	"concord.example/concord/internal/suggest"
)

// Config says how a run is set up. Every field but Systems can also be set by the environment variable CONCORD_ and the
// key in capitals, and by the flag of the same name (--defect for Defects).
type Config struct {
	// Systems are the endpoints under test. None means that Concord starts its own two mocks.
	Systems []System `yaml:"systems"`
	// Mocks says how the mocks are run when there are no systems: "embedded" or "container".
	Mocks string `yaml:"mocks"`
	// FurtherMocks are mocks beside the two, each NAME or NAME=PART: a system of that name that holds the part of ccr or of ohc.
	FurtherMocks []string `yaml:"furtherMocks"`
	// MockBinary is a static Linux build of concord for Mocks "container"; empty means the running program.
	MockBinary string `yaml:"mockBinary"`
	// Defects are switched on in the mocks, each as ID or system:ID ("ccr:D12").
	Defects []string `yaml:"defects"`
	// Seed makes the golden ledger and every choice reproducible.
	Seed uint64 `yaml:"seed"`
	// People is the number of synthetic people per provider.
	People int `yaml:"people"`
	// Stress adds 600 pharmacies, which are reported apart and never counted among the 848 providers.
	Stress bool `yaml:"stress"`
	// Swap gives each system what the other one holds otherwise, so that the verdict can be seen not to depend on it.
	Swap bool `yaml:"swap"`
	// Discover asks about whatever people the systems hold, where they do not hold the golden ledger. Subjects are the NHS
	// numbers of those people; none means those whom the systems list.
	Discover bool     `yaml:"discover"`
	Subjects []string `yaml:"subjects"`
	// UKCore is the UK Core sequence that resources are judged against: "stu3" or "stu2".
	UKCore string `yaml:"ukcore"`
	// Contract is a file that adds rows to the search contract or overrides them; empty means the contract as it comes.
	Contract string `yaml:"contract"`
	// Differences is a register of differences that people have declared to be lawful; empty means none.
	Differences string `yaml:"differences"`
	// Suites and Checks select part of the catalogue; empty means everything.
	Suites []string `yaml:"suites"`
	Checks []string `yaml:"checks"`
	// Scenarios is a folder of further scenarios and of TestScripts; empty means the built-in ones only.
	Scenarios string `yaml:"scenarios"`
	// Loaded are the stories and the ODS codes of providers whose people were loaded; empty means everybody was.
	Loaded []string `yaml:"loaded"`
	// Providers are the ODS codes that the sweep asks about; empty means every provider.
	Providers []string `yaml:"providers"`
	// Waivers are files of waivers (concord/waivers/v1) besides those for defects of published material.
	Waivers []string `yaml:"waivers"`
	// Timeout is the deadline of one request.
	Timeout time.Duration `yaml:"timeout"`
	// Concurrency is the number of requests under way at one system.
	Concurrency int `yaml:"concurrency"`
	// Cached lets caches answer: questions are sent without Cache-Control: no-cache.
	Cached bool `yaml:"cached"`
	// Rate is the most requests a second to one system, MaxRequests how many it is sent at most, and MaxTime for how long; 0 means
	// no limit but what the system itself asks for.
	Rate        float64       `yaml:"rate"`
	MaxRequests int           `yaml:"maxRequests"`
	MaxTime     time.Duration `yaml:"maxTime"`
	// Clock freezes the run's clock at an RFC 3339 instant, so that runs can be compared byte for byte; empty is real time.
	Clock string `yaml:"clock"`
	// Witness lets a person do to real systems what only a person can; WitnessTimeout bounds each of their steps.
	Witness        bool          `yaml:"witness"`
	WitnessTimeout time.Duration `yaml:"witnessTimeout"`
	// Policy is a file with decisions about data sharing; empty means the stated defaults.
	Policy string `yaml:"policy"`
	// Federation says whether systems show what their neighbours hold, none or full; empty means what the policy says.
	Federation string `yaml:"federation"`
	// Against is "reference" where one system is held against a partner that Concord starts for it, its own mock with the other part
	// of the golden ledger; empty for none.
	Against string `yaml:"against"`
	// Out is the run folder to write.
	Out string `yaml:"out"`

	// secrets are what Secrets returns.
	secrets []Secret
}

// Default returns the configuration of a run that nobody configured: the two mocks, everything asked.
func Default() Config {
	return Config{
		Mocks: "embedded", Seed: 1, People: 5, UKCore: "stu3", Timeout: 10 * time.Second, Concurrency: 8, WitnessTimeout: 10 * time.Minute, Out: "runs/latest",
	}
}

// Read lays the YAML file over the configuration. An unknown key is an error that shows its line.
func (c *Config) Read(path string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		return fmt.Errorf("read configuration %s: %w", path, errors.Unwrap(err))
	}
	if err := strictyaml.Decode(text, c); err != nil {
		return fmt.Errorf("read configuration %s: %w%s\n(\"concord run --print-config\" prints every key with its default)", path, withoutValues(err), meantKey(err))
	}
	return nil
}

var unknownKey = regexp.MustCompile(`unknown field "([^"]*)"`)

// meantKey suggests the keys that an unknown one of a configuration may have been meant to be.
func meantKey(err error) string {
	found := unknownKey.FindStringSubmatch(err.Error())
	if found == nil {
		return ""
	}
	var keys []string
	for _, part := range []reflect.Type{reflect.TypeFor[Config](), reflect.TypeFor[System](), reflect.TypeFor[Security]()} {
		for field := range part.Fields() {
			keys = append(keys, field.Tag.Get("yaml"))
		}
	}
	return suggest.Meant(found[1], keys)
}

// excerpt is a line of the file in an error: a marker, its number, a bar, a key and a value.
var excerpt = regexp.MustCompile(`(?m)^(>?\s*\d+ \|\s*(?:- )?)([A-Za-z0-9_.-]+:)?(.*)$`)

// withoutValues takes the values out of the lines of the file that an error shows, because they may be credentials: of an
// unreadable file nobody knows which are. Keys, and values that are plainly none, stay.
func withoutValues(err error) error {
	return errors.New(excerpt.ReplaceAllStringFunc(err.Error(), func(line string) string {
		parts := excerpt.FindStringSubmatch(line)
		if harmless.MatchString(parts[3]) && parts[2] != "" && !redact.IsCredential(parts[2]) {
			return line
		}
		if strings.TrimSpace(parts[3]) == "" {
			return line
		}
		return parts[1] + parts[2] + " …"
	}))
}

// harmless is a value of a setting that is too short or too plain to be a credential.
var harmless = regexp.MustCompile(`^\s*(?:[0-9.]{0,6}[a-z]{0,2}|true|false|\[\]|\{\}|[a-z]{0,9})\s*$`)

// Environ lays environment variables (as os.Environ returns them) over the configuration.
func (c *Config) Environ(environ []string) error {
	values := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = value
		}
	}
	var failed []error
	set := func(key string, apply func(string) error) {
		if value, ok := values["CONCORD_"+key]; ok {
			if err := apply(value); err != nil {
				failed = append(failed, fmt.Errorf("environment variable CONCORD_%s=%q: %w", key, value, err))
			}
		}
	}
	text := func(target *string) func(string) error {
		return func(value string) error { *target = value; return nil }
	}
	list := func(target *[]string) func(string) error {
		return func(value string) error {
			*target = strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
			return nil
		}
	}
	number := func(target *int) func(string) error {
		return func(value string) (err error) { *target, err = strconv.Atoi(value); return err }
	}
	set("MOCKS", text(&c.Mocks))
	set("FURTHERMOCKS", list(&c.FurtherMocks))
	set("MOCKBINARY", text(&c.MockBinary))
	set("DEFECTS", list(&c.Defects))
	set("SEED", func(value string) (err error) { c.Seed, err = strconv.ParseUint(value, 10, 64); return err })
	set("PEOPLE", number(&c.People))
	set("STRESS", func(value string) (err error) { c.Stress, err = strconv.ParseBool(value); return err })
	set("SWAP", func(value string) (err error) { c.Swap, err = strconv.ParseBool(value); return err })
	set("DISCOVER", func(value string) (err error) { c.Discover, err = strconv.ParseBool(value); return err })
	set("SUBJECTS", list(&c.Subjects))
	set("UKCORE", text(&c.UKCore))
	set("CONTRACT", text(&c.Contract))
	set("DIFFERENCES", text(&c.Differences))
	set("SUITES", list(&c.Suites))
	set("CHECKS", list(&c.Checks))
	set("SCENARIOS", text(&c.Scenarios))
	set("PROVIDERS", list(&c.Providers))
	set("LOADED", list(&c.Loaded))
	set("WAIVERS", list(&c.Waivers))
	set("TIMEOUT", func(value string) (err error) { c.Timeout, err = time.ParseDuration(value); return err })
	set("CONCURRENCY", number(&c.Concurrency))
	set("CACHED", func(value string) (err error) { c.Cached, err = strconv.ParseBool(value); return err })
	set("RATE", func(value string) (err error) { c.Rate, err = strconv.ParseFloat(value, 64); return err })
	set("MAXREQUESTS", number(&c.MaxRequests))
	set("MAXTIME", func(value string) (err error) { c.MaxTime, err = time.ParseDuration(value); return err })
	set("CLOCK", text(&c.Clock))
	set("WITNESS", func(value string) (err error) { c.Witness, err = strconv.ParseBool(value); return err })
	set("WITNESSTIMEOUT", func(value string) (err error) { c.WitnessTimeout, err = time.ParseDuration(value); return err })
	set("POLICY", text(&c.Policy))
	set("FEDERATION", text(&c.Federation))
	set("AGAINST", text(&c.Against))
	set("OUT", text(&c.Out))
	failed = append(failed, c.expand(values)...)
	return errors.Join(failed...)
}

// Overlay takes over the fields whose flag was given.
func (c *Config) Overlay(given func(flag string) bool, flags Config) {
	for flag, take := range map[string]func(){
		"mocks":           func() { c.Mocks = flags.Mocks },
		"further-mocks":   func() { c.FurtherMocks = flags.FurtherMocks },
		"mock-binary":     func() { c.MockBinary = flags.MockBinary },
		"defect":          func() { c.Defects = flags.Defects },
		"seed":            func() { c.Seed = flags.Seed },
		"people":          func() { c.People = flags.People },
		"stress":          func() { c.Stress = flags.Stress },
		"swap":            func() { c.Swap = flags.Swap },
		"discover":        func() { c.Discover = flags.Discover },
		"subjects":        func() { c.Subjects = flags.Subjects },
		"ukcore":          func() { c.UKCore = flags.UKCore },
		"contract":        func() { c.Contract = flags.Contract },
		"differences":     func() { c.Differences = flags.Differences },
		"suites":          func() { c.Suites = flags.Suites },
		"checks":          func() { c.Checks = flags.Checks },
		"scenarios":       func() { c.Scenarios = flags.Scenarios },
		"providers":       func() { c.Providers = flags.Providers },
		"loaded":          func() { c.Loaded = flags.Loaded },
		"waivers":         func() { c.Waivers = flags.Waivers },
		"timeout":         func() { c.Timeout = flags.Timeout },
		"concurrency":     func() { c.Concurrency = flags.Concurrency },
		"cached":          func() { c.Cached = flags.Cached },
		"rate":            func() { c.Rate = flags.Rate },
		"max-requests":    func() { c.MaxRequests = flags.MaxRequests },
		"max-time":        func() { c.MaxTime = flags.MaxTime },
		"clock":           func() { c.Clock = flags.Clock },
		"witness":         func() { c.Witness = flags.Witness },
		"witness-timeout": func() { c.WitnessTimeout = flags.WitnessTimeout },
		"policy":          func() { c.Policy = flags.Policy },
		"federation":      func() { c.Federation = flags.Federation },
		"against":         func() { c.Against = flags.Against },
		"out":             func() { c.Out = flags.Out },
	} {
		if given(flag) {
			take()
		}
	}
}

var variable = regexp.MustCompile(`\$\{(?:secret:)?[A-Za-z_][A-Za-z0-9_]*\}`)

var systemName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// SystemName reports whether a system can be called so.
func SystemName(name string) bool { return systemName.MatchString(name) }

// OneSystem says what one system alone needs.
const OneSystem = "there is one system; parity needs two (or none, for the mocks); with against: reference (--against reference) Concord supplies the other, " +
	"and with discover, or with federation none, one is asked alone"

// Reference is the value of Against.
const Reference = "reference"

// Validate says what is impossible about the configuration, key by key.
func (c *Config) Validate() error {
	var failed []error
	fail := func(format string, args ...any) { failed = append(failed, fmt.Errorf(format, args...)) }
	if !slices.Contains([]string{"embedded", "container"}, c.Mocks) {
		fail("mocks: %q is neither embedded nor container", c.Mocks)
	}
	if !slices.Contains([]string{"stu3", "stu2"}, c.UKCore) {
		fail("ukcore: %q is neither stu3 nor stu2", c.UKCore)
	}
	if c.People < 1 || c.People > 500 {
		fail("people: %d is not between 1 and 500", c.People)
	}
	if c.Timeout <= 0 {
		fail("timeout: %v is not more than nothing; write for example 10s", c.Timeout)
	}
	if c.WitnessTimeout <= 0 {
		fail("witnessTimeout: %v is not more than nothing; write for example 10m", c.WitnessTimeout)
	}
	if c.Concurrency < 1 || c.Concurrency > 256 {
		fail("concurrency: %d is not between 1 and 256", c.Concurrency)
	}
	if !(c.Rate >= 0 && c.Rate <= 10_000) {
		fail("rate: %v is not between 0 and 10000 requests a second", c.Rate)
	}
	if c.MaxRequests < 0 {
		fail("maxRequests: %d is less than nothing", c.MaxRequests)
	}
	if c.MaxTime < 0 {
		fail("maxTime: %v is less than nothing", c.MaxTime)
	}
	if _, err := c.Now(); err != nil {
		failed = append(failed, err)
	}
	if c.Out == "" {
		fail("out: name the run folder to write")
	}
	failed = append(failed, c.against()...)
	if len(c.Systems) == 1 && !c.Discover && c.Against == "" && c.federates() && (c.Policy == "" || c.Federation != "") {
		// A policy may decide it too, and is read later.
		fail("systems: %s", OneSystem)
	}
	if !slices.Contains([]string{"", "none", "full"}, c.Federation) {
		fail("federation: %q is neither none nor full", c.Federation)
	}
	failed = append(failed, c.discovery()...)
	if len(c.Systems) > 0 && len(c.Defects) > 0 {
		fail("defects: they can be switched on in mocks only, and systems names real endpoints")
	}
	if _, err := c.Further(); err != nil {
		failed = append(failed, err)
	}
	seen := map[string]bool{}
	for i, s := range c.Systems {
		if !systemName.MatchString(s.Name) {
			fail("systems[%d]: name %q must be lower-case letters, digits and hyphens", i, s.Name)
		}
		if seen[s.Name] {
			fail("systems[%d]: name %q is used twice", i, s.Name)
		}
		seen[s.Name] = true
		for _, problem := range s.problems() {
			fail("systems[%d] (%s): %w", i, s.Name, problem)
		}
	}
	return errors.Join(failed...)
}

// against says what is impossible about the partner that Concord is to supply.
func (c *Config) against() []error {
	one := func(format string, args ...any) []error { return []error{fmt.Errorf("against: "+format, args...)} }
	switch {
	case c.Against == "":
		return nil
	case c.Against != Reference:
		return one("%q is not known%s; write %s", c.Against, suggest.Meant(c.Against, []string{Reference}), Reference)
	case len(c.Systems) != 1:
		return one("%s is the partner of one system alone, and there are %d", Reference, len(c.Systems))
	case c.Discover:
		return one("%s holds the people of the golden ledger, and discover asks about others; leave one of them out", Reference)
	case !c.federates():
		return one("with federation none, %s is judged by its own records, and there is nothing to hold against a partner; leave one of them out", c.Systems[0].Name)
	case c.Systems[0].Name == Reference:
		return one("a system cannot be called %s itself; give it another name", Reference)
	default:
		return nil
	}
}

// federates reports whether what stands here leaves it open that the one system shows its neighbour's records.
func (c *Config) federates() bool {
	return cmp.Or(c.Systems[0].Federation, c.Federation) != "none"
}

// FurtherMock is a mock beside the two.
type FurtherMock struct {
	// Name is what the system is called, Part what it holds: ccr or ohc.
	Name, Part string
}

// Further reads FurtherMocks. One of which nobody says what it holds has the part of ccr.
func (c *Config) Further() ([]FurtherMock, error) {
	var (
		all    []FurtherMock
		failed []error
	)
	fail := func(format string, args ...any) {
		failed = append(failed, fmt.Errorf("furtherMocks: "+format, args...))
	}
	for _, text := range c.FurtherMocks {
		name, part, said := strings.Cut(text, "=")
		if !said {
			part = "ccr"
		}
		switch {
		case !systemName.MatchString(name):
			fail("name %q must be lower-case letters, digits and hyphens", name)
		case name == "ccr" || name == "ohc" || slices.ContainsFunc(all, func(m FurtherMock) bool { return m.Name == name }):
			fail("name %q is used twice", name)
		case part != "ccr" && part != "ohc":
			fail("%q: %q is neither ccr nor ohc, which are the parts of the golden ledger", text, part)
		}
		all = append(all, FurtherMock{name, part})
	}
	if len(all) > 0 && len(c.Systems) > 0 {
		fail("systems names real endpoints, and no mocks are started beside them; start one with \"concord mock --system NAME\" and name it under systems")
	}
	if len(all) > 0 && c.Mocks == "container" {
		fail("mocks run as containers are two; leave out mocks: container")
	}
	return all, errors.Join(failed...)
}

// discovery says what is impossible about asking without the golden ledger.
func (c *Config) discovery() []error {
	var failed []error
	if len(c.Subjects) > 0 && !c.Discover {
		failed = append(failed, errors.New("subjects: they are people to ask about with discover; without it, the people of the golden ledger are asked about"))
	}
	if len(c.Providers) > 0 && c.Discover {
		failed = append(failed, errors.New("providers: the sweep is about the golden ledger, which a run with discover does not ask about"))
	}
	if len(c.Loaded) > 0 && c.Discover {
		failed = append(failed, errors.New("loaded: it says which part of the golden ledger was loaded, which a run with discover does not ask about"))
	}
	seen := map[string]bool{}
	for i, number := range c.Subjects {
		switch err := fhir.CheckNHSNumber(number); {
		case err != nil:
			failed = append(failed, fmt.Errorf("subjects[%d]: %w", i, err))
		case !fhir.InTestRange(number):
			failed = append(failed, fmt.Errorf("subjects[%d]: the NHS number is outside the test range 999 000 0000 to 999 999 9999, so it could be a living person's", i))
		case seen[number]:
			failed = append(failed, fmt.Errorf("subjects[%d]: %s stands there twice", i, number))
		}
		seen[number] = true
	}
	return failed
}

// Now returns the clock that the configuration asks for.
func (c *Config) Now() (func() time.Time, error) {
	if c.Clock == "" {
		return time.Now, nil
	}
	frozen, err := time.Parse(time.RFC3339, c.Clock)
	if err != nil {
		return nil, fmt.Errorf("clock: %q is not an RFC 3339 instant such as 2026-03-01T09:00:00Z", c.Clock)
	}
	return func() time.Time { return frozen }, nil
}

// Print writes the configuration as commented YAML that Read accepts.
func (c *Config) Print() string {
	var b strings.Builder
	list := func(values []string) string { return "[" + strings.Join(values, ", ") + "]" }
	b.WriteString("# Endpoints under test. None: Concord starts its own two mocks.\n")
	if len(c.Systems) == 0 {
		b.WriteString("systems: []\n" +
			"#  - name: ccr                            # short name: lower-case letters, digits, hyphens\n" +
			"#    title: Collaborative Care Record     # the name people use\n" +
			"#    supplier: InterSystems\n" +
			"#    share: ccr                           # part of the ledger that it holds: ccr, ohc or none\n" +
			"#    federation: full                     # none: it shows its own part alone\n" +
			"#    baseURL: https://ccr.example.test/fhir\n" +
			"#    connectTo: \"\"                        # host:port to dial instead of baseURL's\n" +
			"#    adminURL: \"\"                         # admin API, where the system is a \"concord mock\"\n" +
			"#    headers:                             # ${NAME} is taken from the environment\n" +
			"#      Authorization: Bearer ${CCR_TOKEN}\n" +
			"#    roles:                               # further headers for one who asks in a role\n" +
			"#      clinician: {NHSD-Session-URID: \"100000000001\"}\n" +
			"#      clerk: {NHSD-Session-URID: \"100000000002\"}\n" +
			"#    auth: {type: client-credentials, clientID: concord, clientSecret: \"${CCR_SECRET}\"}\n" +
			"#    tls: {ca: ca.pem, certificate: client.pem, key: client.key}\n" +
			"#    security: {scope: [tokens, tls, audit]} # what of its security is asked; or all\n" +
			"#    writes: scratch                      # let a run write what it makes for itself\n")
	} else {
		b.WriteString("systems:\n")
		for _, s := range c.Systems {
			fmt.Fprintf(&b, "  - name: %q\n    title: %q\n    supplier: %q\n    share: %q\n    federation: %q\n    baseURL: %q\n    connectTo: %q\n    adminURL: %q\n",
				s.Name, s.Title, s.Supplier, s.Share, s.Federation, s.BaseURL, s.ConnectTo, s.AdminURL)
			b.WriteString("    headers: {} # not printed: they can hold credentials\n")
			if s.Auth.Type != "" {
				fmt.Fprintf(&b, "    auth: {} # %s; not printed: it holds credentials\n", s.Auth.Type)
			}
			if s.TLS != (TLS{}) {
				fmt.Fprintf(&b, "    tls: {ca: %q, certificate: %q, key: %q}\n", s.TLS.CA, s.TLS.Certificate, s.TLS.Key)
			}
			if len(s.Security.Scope) > 0 {
				fmt.Fprintf(&b, "    security: {scope: %s} # the rest is not printed: it can hold credentials\n", list(s.Security.Scope))
			}
		}
	}
	for _, row := range [][3]string{
		{"mocks", c.Mocks, "how the mocks run when there are no systems: embedded or container"},
		{"furtherMocks", list(c.FurtherMocks), "more mocks: NAME=ccr or NAME=ohc, the part that each holds"},
		{"mockBinary", strconv.Quote(c.MockBinary), "static Linux build of concord for container mocks; empty is this program"},
		{"defects", list(c.Defects), "defects to switch on in the mocks: D12 for all, ccr:D12 for one"},
		{"seed", strconv.FormatUint(c.Seed, 10), "makes the golden ledger and every choice reproducible"},
		{"people", strconv.Itoa(c.People), "synthetic people per provider"},
		{"stress", strconv.FormatBool(c.Stress), "add 600 pharmacies, reported apart and never counted among the 848"},
		{"swap", strconv.FormatBool(c.Swap), "give each system what the other one holds otherwise"},
		{"discover", strconv.FormatBool(c.Discover), "ask about whatever people the systems hold, without the golden ledger"},
		{"subjects", list(c.Subjects), "NHS numbers of those people; empty means whom the systems list"},
		{"ukcore", c.UKCore, "UK Core sequence to judge against: stu3 or stu2"},
		{"contract", strconv.Quote(c.Contract), "file that adds or overrides rows of the search contract; empty is the contract as it comes"},
		{"differences", strconv.Quote(c.Differences), "register of differences declared to be lawful (concord/differences/v1); empty is none"},
		{"suites", list(c.Suites), "capability, profile, parity, scenario, security; empty means all"},
		{"checks", list(c.Checks), "ids of checks; empty means all"},
		{"scenarios", strconv.Quote(c.Scenarios), "folder of further scenarios (YAML) and TestScripts (JSON, XML)"},
		{"loaded", list(c.Loaded), "whose people were loaded: stories, ODS codes; empty is all"},
		{"providers", list(c.Providers), "ODS codes that the sweep asks about; empty means all 848"},
		{"waivers", list(c.Waivers), "files of accepted findings on resources, besides those for published defects"},
		{"timeout", c.Timeout.String(), "deadline of one request"},
		{"concurrency", strconv.Itoa(c.Concurrency), "requests under way at one system"},
		{"cached", strconv.FormatBool(c.Cached), "let caches answer: send no Cache-Control: no-cache"},
		{"rate", strconv.FormatFloat(c.Rate, 'g', -1, 64), "most requests a second to one system; 0 is no limit but its own"},
		{"maxRequests", strconv.Itoa(c.MaxRequests), "requests to one system in all; 0 is no limit"},
		{"maxTime", c.MaxTime.String(), "how long systems are asked; 0s is no limit"},
		{"clock", strconv.Quote(c.Clock), "freeze the clock at an RFC 3339 instant; empty is real time"},
		{"witness", strconv.FormatBool(c.Witness), "ask a person to do to real systems what only a person can"},
		{"witnessTimeout", c.WitnessTimeout.String(), "how long the person may take for one step"},
		{"policy", strconv.Quote(c.Policy), "file with decisions about data sharing; empty is the stated defaults"},
		{"federation", strconv.Quote(c.Federation), "none: no system shows its neighbour's records; full: each does; empty is what the policy says"},
		{"against", strconv.Quote(c.Against), "reference: a partner from Concord for one system that federates"},
		{"out", c.Out, "run folder to write"},
	} {
		fmt.Fprintf(&b, "%-26s # %s\n", row[0]+": "+row[1], row[2])
	}
	return b.String()
}
