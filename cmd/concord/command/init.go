package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/strictyaml"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// initOptions are the flags of concord init.
type initOptions struct {
	from, headers          []string
	baseURL, name, out, ca string
	force                  bool
}

func newInit(s streams) *cobra.Command {
	var o initOptions
	command := &cobra.Command{
		Use:   "init --from URL|FILE",
		Short: "Write a configuration and a contract from what a system declares of itself",
		Long: "Read the CapabilityStatement of one system, or of two, and write concord.yaml, a commented configuration, and\n" +
			"contract.yaml, rows for what they declare beyond the contract that Concord brings. Nothing that is there is replaced.",
		Example: `  concord init --from https://ccr.example.test/fhir
  concord init --from https://ccr.example.test/fhir --from https://ohc.example.test/fhir
  concord init --from statement.json --base-url https://ccr.example.test/fhir`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return initialise(cmd.Context(), s, o) },
	}
	f := command.Flags()
	f.StringArrayVar(&o.from, "from", nil, "base URL of a FHIR service, or a file that holds a CapabilityStatement (once for each system)")
	f.StringVar(&o.baseURL, "base-url", "", "base URL of the system that a file is about (default the one that it names)")
	f.StringVar(&o.name, "name", "", "short name of the system (default from its host)")
	f.StringArrayVar(&o.headers, "header", nil, "header of the request, 'Name: value'; ${NAME} is taken from the environment (repeatable)")
	f.StringVar(&o.ca, "ca", "", "PEM file of the authorities that are trusted")
	f.StringVar(&o.out, "out", ".", "folder for concord.yaml and contract.yaml")
	f.BoolVar(&o.force, "force", false, "replace files that are there")
	return command
}

// described is a system as its CapabilityStatement tells of it.
type described struct {
	config.System
	statement fhir.Resource
}

func initialise(ctx context.Context, s streams, o initOptions) error {
	if len(o.from) == 0 {
		return errors.New("name the systems, each with --from URL or --from FILE")
	}
	if len(o.from) > 1 && (o.baseURL != "" || o.name != "") {
		return errors.New("--base-url and --name are about one system; with several, edit them in what is written")
	}
	paths := []string{filepath.Join(o.out, "concord.yaml"), filepath.Join(o.out, "contract.yaml")}
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil && !o.force {
			return fmt.Errorf("%s is there already; choose another --out, or --force to replace it", path)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write %s: %w", path, errors.Unwrap(err))
		}
	}
	header, err := requestHeader(o.headers, os.Environ(), s.secrets)
	if err != nil {
		return err
	}
	brought, err := contract.Embedded()
	if err != nil {
		return err
	}
	var (
		systems    []described
		statements []fhir.Resource
		names      []string
	)
	for i, from := range o.from {
		one, err := describe(ctx, s, o, from, header)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(systems, func(other described) bool { return other.Name == one.Name }) {
			one.Name = fmt.Sprintf("%.28s-%d", one.Name, i+1)
		}
		systems, statements, names = append(systems, one), append(statements, one.statement), append(names, one.Name)
	}
	rows := brought.Draft("What is declared by "+result.List(names, nil), statements...)
	own, written := "", paths[:1]
	if rows != "" {
		own, written = paths[1], paths
	}
	text := draftConfig(systems, own, len(o.headers) > 0)
	reads := config.Default()
	if err := errors.Join(strictyaml.Decode([]byte(text), &reads), reads.Validate()); err != nil {
		return fmt.Errorf("write a configuration of what %s declares: %w", o.from[0], err)
	}
	if err := os.MkdirAll(o.out, 0o750); err != nil {
		return fmt.Errorf("write into %s: %w", o.out, err)
	}
	if rows != "" {
		if err := os.WriteFile(paths[1], []byte(rows), 0o600); err != nil {
			return fmt.Errorf("write the contract: %w", err)
		}
		if _, err := contract.Read(paths[1]); err != nil {
			return fmt.Errorf("the contract that was written is refused: %w", err)
		}
	}
	if err := os.WriteFile(paths[0], []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "written: %s\nnext: concord doctor --config %s\n", strings.Join(written, ", "), paths[0])
	return err
}

// describe reads a CapabilityStatement from an endpoint or a file.
func describe(ctx context.Context, s streams, o initOptions, from string, header http.Header) (described, error) {
	one := described{}
	if strings.HasPrefix(from, "http://") || strings.HasPrefix(from, "https://") {
		if err := config.CheckAddress(from); err != nil {
			return one, fmt.Errorf("--from: %w", err)
		}
		if o.baseURL != "" {
			return one, errors.New("--base-url goes with a file; --from is the base URL itself")
		}
		one.BaseURL = strings.TrimSuffix(from, "/")
		_, secure, err := admission(config.System{Name: "it", TLS: config.TLS{CA: o.ca}}, s.secrets) //nolint:contextcheck // nobody is asked
		if err != nil {
			return one, err
		}
		client, err := exchange.NewClient([]exchange.Target{{Name: "it", BaseURL: one.BaseURL, Header: header, TLS: secure}}, exchange.Options{UserAgent: userAgent()})
		if err != nil {
			return one, err
		}
		defer client.Close()
		if one.statement, _, err = check.NewEndpoint(client, "it", "").Capabilities(ctx); err != nil {
			return one, undetermined(fmt.Errorf("%w (concord doctor %s says what is in the way)", err, one.BaseURL))
		}
	} else {
		text, err := os.ReadFile(from) //nolint:gosec // the person who runs Concord names the file
		if err != nil {
			return one, fmt.Errorf("read the CapabilityStatement %s: %w", from, errors.Unwrap(err))
		}
		statement, err := fhir.DecodeObject(text)
		if err != nil || fhir.Resource(statement).Type() != "CapabilityStatement" {
			return one, fmt.Errorf("%s holds no CapabilityStatement in JSON", from)
		}
		one.statement, one.BaseURL = statement, strings.TrimSuffix(fhir.Text(fhir.Get(statement, "implementation", "url")), "/")
		if o.baseURL != "" {
			one.BaseURL = strings.TrimSuffix(o.baseURL, "/")
		}
		if err := config.CheckAddress(one.BaseURL); err != nil {
			return one, fmt.Errorf("the base URL that %s is about (implementation.url): %w; give it with --base-url", from, err)
		}
	}
	one.Name, one.Supplier = o.name, plainText(fhir.Text(one.statement["publisher"]))
	one.Title = plainText(fhir.Text(fhir.Get(one.statement, "implementation", "description")))
	if software := plainText(fhir.Text(fhir.Get(one.statement, "software", "name"))); one.Supplier == "" {
		one.Supplier = software
	} else if one.Title == "" {
		one.Title = software
	}
	if one.Name == "" {
		one.Name = shortName(one.BaseURL)
	}
	return one, nil
}

// shortName makes a short name from the host of a URL: its first label that begins with a letter.
func shortName(base string) string {
	if u, err := url.Parse(base); err == nil {
		for label := range strings.SplitSeq(strings.ToLower(u.Hostname()), ".") {
			label = strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
					return r
				}
				return -1
			}, label)
			if label != "" && label[0] >= 'a' && label[0] <= 'z' && label != "www" && label != "localhost" {
				return label[:min(len(label), 31)]
			}
		}
	}
	return "system"
}

// plainText is a text of an endpoint on one line, short, without control characters.
func plainText(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	// What looks like a variable would be taken from the environment.
	text = strings.ReplaceAll(text, "${", "$ {")
	return exchange.Clip(strings.Join(strings.Fields(text), " "), 120)
}

// draftConfig writes the configuration.
func draftConfig(systems []described, own string, withHeaders bool) string {
	var b strings.Builder
	b.WriteString("# Written by \"concord init\". \"concord run --print-config\" shows every setting; \"concord doctor --config FILE\" looks whether\n" +
		"# these systems can be asked. Never write a credential into this file: ${NAME} is taken from the environment.\n\nsystems:\n")
	for _, one := range systems {
		fmt.Fprintf(&b, "  # FHIR %s, %d resource types declared\n", plainText(fhir.Text(one.statement["fhirVersion"])), len(one.statement.Objects("rest", "resource")))
		fmt.Fprintf(&b, "  - name: %s\n    title: %q\n    supplier: %q\n    baseURL: %q\n", one.Name, one.Title, one.Supplier, one.BaseURL)
		if len(systems) > 2 {
			b.WriteString("    share: \"\"         # the part of the golden ledger that was loaded into it: ccr, ohc or none\n")
		}
		b.WriteString(letIn(one.statement, withHeaders))
	}
	b.WriteString("\n")
	if own != "" {
		fmt.Fprintf(&b, "# Seen from where Concord is started.\ncontract: %q\n", own)
	}
	b.WriteString("\n# About whatever people the systems hold. false: they were filled with the golden ledger (\"concord fixtures load\"), so that\n" +
		"# also what is missing can be seen; that takes two systems, or one with share: ccr (or ohc) and federation: none.\ndiscover: true\n" +
		"subjects: []      # NHS numbers of the test range of those people; none means whom the systems list\n" +
		"rate: 0           # most requests a second to one system; 0 is no limit but what it asks for itself\n")
	return b.String()
}

// letIn is how a statement says that clients are let in, as settings to be filled in.
func letIn(statement fhir.Resource, withHeaders bool) string {
	said := map[string]bool{}
	for _, service := range statement.Objects("rest", "security", "service") {
		for _, coding := range fhir.Objects(service["coding"]) {
			said[strings.ToLower(fhir.Text(coding["code"]))] = true
		}
	}
	var b strings.Builder
	switch {
	case said["smart-on-fhir"] || said["oauth"]:
		b.WriteString("    # The statement says OAuth. With a secret, or with privateKey and kid; tokenURL where .well-known/smart-configuration is missing:\n" +
			"    # auth: {type: client-credentials, clientID: concord, clientSecret: \"${CLIENT_SECRET}\", scope: system/*.rs}\n")
	case said["basic"]:
		b.WriteString("    # The statement says Basic:\n    # auth: {type: basic, username: concord, password: \"${PASSWORD}\"}\n")
	case said["certificates"]:
		b.WriteString("    # The statement says client certificates:\n    # tls: {ca: ca.pem, certificate: client.pem, key: client.key}\n")
	case withHeaders:
		b.WriteString("    # It was asked with headers:\n    # headers: {Authorization: \"Bearer ${TOKEN}\"}\n")
	default:
		b.WriteString("    # The statement does not say how clients are let in:\n    # auth: {type: bearer, token: \"${TOKEN}\"}\n")
	}
	return b.String()
}
