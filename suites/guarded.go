package suites

import (
	"context"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/auth"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/mocks"
	"concord.example/concord/suites/check"
)

// GuardMocks opens a guarded way into each mock, until ctx ends or stop is called, and returns how their security is asked
// there, all of it in scope, by the name of the system.
func GuardMocks(ctx context.Context, ledger *fixtures.Ledger, servers ...*mocks.Server) (security map[string]*Security, stop func(), err error) {
	ways, stop, err := mocks.StartGuarded(ctx, servers...)
	if err != nil {
		return nil, nil, err
	}
	security = map[string]*Security{}
	for _, way := range ways {
		if security[way.System], err = guarded(way, ledger); err != nil {
			stop()
			return nil, nil, err
		}
	}
	return security, stop, nil
}

// guarded is how one mock is asked.
func guarded(way *mocks.Guarded, ledger *fixtures.Ledger) (*Security, error) {
	s := &Security{Scope: check.Topics(), Doors: map[string]exchange.Target{}}
	for _, provider := range ledger.Providers() {
		person, _, ok := ledger.SweepFact(provider.ODS)
		switch {
		case !ok || provider.System != way.Part:
		case s.Own == "":
			s.Own = person.NHSNumber
		case s.Other == "":
			s.Other = person.NHSNumber
		}
	}
	id, key := way.Client()
	signer, err := auth.NewSigner(key, id, "")
	if err != nil {
		return nil, err
	}
	right := auth.Bearer(way.Token(mocks.Right, ""))
	with := func(name string) exchange.Authorizer { return auth.Bearer(way.Token(name, s.Own)) }
	door := func(name string, proof exchange.Authorizer, certificate string) {
		s.Doors[name] = exchange.Target{BaseURL: way.BaseURL, ConnectTo: way.Address, Auth: proof, TLS: way.TLS(certificate)}
	}
	door(check.DoorInvited, right, mocks.Right)
	door(check.DoorNoToken, nil, mocks.Right)
	door(check.DoorExpired, with(mocks.Expired), mocks.Right)
	door(check.DoorAudience, with(mocks.OtherAudience), mocks.Right)
	door(check.DoorScope, with(mocks.OtherScope), mocks.Right)
	door(check.DoorTampered, auth.Altered(right, auth.Tampered), mocks.Right)
	door(check.DoorUnsigned, auth.Altered(right, auth.Unsigned), mocks.Right)
	door(check.DoorPatient, with(mocks.OnePatient), mocks.Right)
	door(check.DoorNoCert, right, "")
	door(check.DoorOldCert, right, mocks.Expired)
	door(check.DoorStranger, right, mocks.OtherAuthority)
	door(check.DoorOtherName, right, mocks.OtherName)
	s.Doors[check.DoorOldTLS] = exchange.Target{BaseURL: way.BaseURL, ConnectTo: way.Address, Auth: right, TLS: auth.OldTLS(way.TLS(mocks.Right))}
	s.Doors[check.DoorTokens] = exchange.Target{
		BaseURL: way.TokenURL, ConnectTo: way.Address, TLS: way.TLS(mocks.Right),
		Fill: auth.NewAssertions(auth.Client{ID: id, Signer: signer}, way.TokenURL, way.Now).Fill,
	}
	for _, show := range SecretDoors(auth.Client{ID: way.SecretClient, Secret: way.Secret}, way.OtherClient) {
		target := exchange.Target{BaseURL: way.TokenURL, ConnectTo: way.Address, TLS: way.TLS(mocks.Right), Fill: show.Fill}
		if show.Proof != nil {
			target.Auth = show.Proof
		}
		s.Doors[show.Door] = target
	}
	return s, nil
}

// SecretDoor is a way to show a secret to a token endpoint.
type SecretDoor struct {
	Door  string
	Proof auth.Method
	Fill  func(context.Context, string) (string, error)
}

// SecretDoors are the ways in which a client shows its secret to a token endpoint, the right ones and those that are wrong in one thing. other
// is the id of another client, with which the secret is shown as well; "" for none that is known.
func SecretDoors(client auth.Client, other string) []SecretDoor {
	var doors []SecretDoor
	for _, how := range []string{check.SecretInHeader, check.SecretInForm} {
		add := func(wrong string, as auth.Client) {
			one := SecretDoor{Door: check.DoorSecret(how, wrong)}
			one.Proof, one.Fill = auth.ShowingSecret(as, how == check.SecretInHeader)
			doors = append(doors, one)
		}
		add(check.SecretRight, client)
		add(check.SecretWrong, client.WithWrongSecret())
		if how == check.SecretInForm {
			nothing := client
			nothing.Secret = ""
			add(check.SecretNone, nothing)
		}
		if other != "" {
			another := client
			another.ID = other
			add(check.SecretOther, another)
		}
	}
	return doors
}
