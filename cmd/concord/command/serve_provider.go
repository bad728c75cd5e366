package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"concord.example/concord/reports/console"
)

// clientSecret is the environment variable with what the console proves to the OpenID provider that it is itself with. A flag
// would show it to everybody who lists processes.
const clientSecret = "CONCORD_OIDC_CLIENT_SECRET" //nolint:gosec // the name of a variable

// providerFlags are those of the OpenID provider.
type providerFlags struct {
	issuer, client, home, claim string
	roles, scopes               []string
	session                     time.Duration
}

func (p *providerFlags) add(f *pflag.FlagSet) {
	f.StringVar(&p.issuer, "oidc-issuer", "", "OpenID provider (its issuer URL) that says who somebody is; the client's secret is read from "+clientSecret)
	f.StringVar(&p.client, "oidc-client", "", "client id that the provider knows this console as")
	f.StringVar(&p.home, "url", "", "address that people open this console by; the provider must know "+console.BackPath+" beneath it as redirect URI")
	f.StringVar(&p.claim, "oidc-roles-claim", "roles", "claim that says what somebody may do, or a path with dots to it (realm_access.roles)")
	f.StringArrayVar(&p.roles, "oidc-role", nil, "ROLE=VALUE: whoever has the value in the claim has the role reader, runner or signer; repeat it for more")
	f.StringSliceVar(&p.scopes, "oidc-scopes", []string{"profile"}, "what is asked of the provider beside openid")
	f.DurationVar(&p.session, "oidc-session", time.Hour, "how long somebody stays signed in until the provider is asked again")
}

// open reads the metadata of the provider; nil where none is named.
func (p *providerFlags) open(ctx context.Context) (*console.Provider, error) {
	if p.issuer == "" {
		if p.client != "" || len(p.roles) > 0 {
			return nil, errors.New("--oidc-client and --oidc-role need --oidc-issuer")
		}
		return nil, nil //nolint:nilnil // no provider is no error
	}
	settings := console.ProviderSettings{
		Issuer: p.issuer, ClientID: p.client, ClientSecret: os.Getenv(clientSecret), Home: p.home, Scopes: p.scopes, RolesClaim: p.claim,
		Roles: map[string][]console.Role{}, Session: p.session, Clock: time.Now,
	}
	for _, one := range p.roles {
		role, value, ok := strings.Cut(one, "=")
		if !ok || value == "" || !slices.Contains(console.Roles(), console.Role(role)) {
			return nil, fmt.Errorf("--oidc-role %q is not ROLE=VALUE with a role reader, runner or signer", one)
		}
		settings.Roles[value] = append(settings.Roles[value], console.Role(role))
	}
	provider, err := console.OpenProvider(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	return provider, nil
}

// withhold keeps what only the console needs from a run that is started: it has the rest of the console's environment.
func withhold(command *exec.Cmd) {
	command.Env = slices.DeleteFunc(command.Environ(), func(one string) bool { return strings.HasPrefix(one, clientSecret+"=") })
}
