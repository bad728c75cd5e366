package command

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/reports/console"
)

func newServe(s streams) *cobra.Command {
	var listen, tokens, cert, key, newToken, signKey string
	var readOnly bool
	var provider providerFlags
	command := &cobra.Command{
		Use:   "serve DIR",
		Short: "Show the runs of a directory in a browser, and start, watch and compare them there",
		Long: "Serve pages over the run folders of a directory. Everything that they show is printed from the folders; the command\n" +
			"line can do all that they can. Without more, only this machine is answered, and whoever reaches it may do everything.\n" +
			"Beyond it, TLS is needed, and a file of tokens or an OpenID provider. The file has a line \"NAME ROLES sha256:HASH\" for\n" +
			"each person, as --new-token prints it. Roles are reader, runner (starts and stops runs) and signer, with commas between.\n" +
			"A provider is named by its issuer, and gives roles by values of a claim.",
		Example: `  concord serve runs
  concord serve --new-token ann:runner,signer
  concord serve runs --listen :8443 --tls-cert cert.pem --tls-key key.pem --tokens people.txt
  concord serve runs --listen :8443 --tls-cert cert.pem --tls-key key.pem --url https://console.example.test:8443 \
    --oidc-issuer https://id.example.test/realms/care --oidc-client concord --oidc-role runner=testers --oidc-role signer=board`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if newToken != "" {
				return printToken(s, newToken)
			}
			if len(args) == 0 {
				return errors.New("name the directory that holds the run folders: concord serve DIR")
			}
			options := console.Options{Dir: args[0], Clock: time.Now, Build: "Concord " + build().Version, Secure: cert != ""}
			secure, err := servedTo(listen, tokens, cert, key, provider.issuer != "", &options)
			if err != nil {
				return err
			}
			if options.Provider, err = provider.open(cmd.Context()); err != nil {
				return err
			}
			if signKey != "" {
				signer, err := pack.ReadKey(signKey)
				if err != nil {
					return err
				}
				if !signer.Private() {
					return fmt.Errorf("--sign-key %s holds a public key, and only the private one signs", signKey)
				}
				options.Key = &signer
			}
			if !readOnly {
				if options.Starter, err = newStarter(args[0]); err != nil {
					return err
				}
			}
			return serveConsole(cmd.Context(), s, listen, options, secure)
		},
	}
	f := command.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8480", "address to listen on; beyond this machine it needs TLS, and --tokens or --oidc-issuer")
	f.StringVar(&tokens, "tokens", "", "file that says who is let in, and as what")
	f.StringVar(&cert, "tls-cert", "", "certificate (PEM) to serve with")
	f.StringVar(&key, "tls-key", "", "key (PEM) of the certificate")
	f.StringVar(&signKey, "sign-key", "", "PEM file with the Ed25519 or ECDSA private key that signs what people with the role signer decide about runs")
	provider.add(f)
	f.BoolVar(&readOnly, "read-only", false, "start no runs")
	f.StringVar(&newToken, "new-token", "", "print a new token for NAME:ROLES and the line for the file of --tokens, and stop")
	return command
}

// printToken prints a token once, and what to keep of it.
func printToken(s streams, asked string) error {
	name, roles, ok := strings.Cut(asked, ":")
	if !ok || name == "" || strings.ContainsAny(name, " \t\n#") {
		return fmt.Errorf("--new-token %q is not NAME:ROLES, such as ann:runner,signer", asked)
	}
	person := console.Person{Name: name}
	for role := range strings.SplitSeq(roles, ",") {
		if !slices.Contains(console.Roles(), console.Role(role)) {
			return fmt.Errorf("--new-token: %q is no role; the roles are reader, runner and signer", role)
		}
		person.Roles = append(person.Roles, console.Role(role))
	}
	token, line := console.NewToken(person)
	_, err := fmt.Fprintf(s.out, "Token for %s (shown this once): %s\nLine for the file of --tokens: %s\n", name, token, line)
	return err
}

// servedTo reads who is let in and how, and refuses what would let everybody in from everywhere.
func servedTo(listen, tokens, cert, key string, provider bool, options *console.Options) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("--listen %q is not HOST:PORT", listen)
	}
	ip := net.ParseIP(host)
	local := host == "localhost" || ip != nil && ip.IsLoopback()
	if (cert == "") != (key == "") {
		return nil, errors.New("--tls-cert and --tls-key go together")
	}
	if !local && (cert == "" || tokens == "" && !provider) {
		return nil, fmt.Errorf("--listen %s is reached from beyond this machine: that needs --tls-cert and --tls-key, and --tokens or --oidc-issuer; use 127.0.0.1 otherwise", listen)
	}
	if tokens != "" {
		file, err := os.Open(tokens) //nolint:gosec // the file that the person named
		if err != nil {
			return nil, fmt.Errorf("read --tokens: %w", err)
		}
		defer func() { _ = file.Close() }()
		if options.Access, err = console.ReadAccess(file); err != nil {
			return nil, fmt.Errorf("read --tokens %s: %w", tokens, err)
		}
	}
	if cert == "" {
		return nil, nil //nolint:nilnil // no TLS is no error
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read --tls-cert and --tls-key: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// serveConsole serves until the context ends. Runs that were started here are stopped then, and write what they have.
func serveConsole(ctx context.Context, s streams, listen string, options console.Options, secure *tls.Config) error {
	pages, err := console.New(options)
	if err != nil {
		return err
	}
	defer pages.Close() //nolint:errcheck // it was only read
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w; choose another --listen", listen, err)
	}
	scheme := "http"
	if secure != nil {
		scheme = "https"
		listener = tls.NewListener(listener, secure)
	}
	_, _ = fmt.Fprintf(s.out, "The runs of %s are at %s://%s/\n", options.Dir, scheme, listener.Addr())
	server := &http.Server{
		Handler: pages, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	stopped := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		defer close(stopped)
		pages.EndStreams()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close() // a request that outlives its grace is cut off
		}
	})
	err = server.Serve(listener)
	if release() {
		return fmt.Errorf("serve %s: %w", options.Dir, err)
	}
	<-stopped
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
