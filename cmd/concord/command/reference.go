package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/policy"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

// partnered says why a system cannot be held against a partner that Concord supplies; nil when it can, or is not to be.
func partnered(conf config.Config, decided policy.Policy) error {
	if conf.Against == "" {
		return nil
	}
	one := conf.Systems[0]
	if decided.For(one.Name).Federation == policy.None {
		return fmt.Errorf("against: the policy says federation: none for %s, so there is nothing to hold against a partner; leave --against out", one.Name)
	}
	if part := check.PartOf(one.Name, one.Share); !slices.Contains(fixtures.Systems(), part) {
		return fmt.Errorf("against: nobody said which part of the golden ledger %s holds, and its partner holds the other; write share: %s for the system",
			one.Name, strings.Join(fixtures.Systems(), " or share: "))
	}
	return nil
}

// referenceOf is the partner of a system that is asked alone, before it is started.
func referenceOf(one suites.System) suites.System {
	part := otherPart(check.PartOf(one.Name, one.Share))
	const supplier = "Concord"
	return suites.System{
		Name: suites.ReferenceName, Title: "Concord's reference partner", Supplier: supplier, Share: part, BaseURL: "a mock that the run would start",
		Roles: mocks.Roles(), Mock: true, Reference: true,
	}
}

// otherPart is the part of the golden ledger that is not this one.
func otherPart(part string) string {
	for _, other := range fixtures.Systems() {
		if other != part {
			return other
		}
	}
	return ""
}

// withReference starts the partner of the one system. It shows both parts of the golden ledger, as one that federates does: the
// other part comes from a second mock, which nobody else asks.
func withReference(ctx context.Context, says *progress, asked underTest, ledger *fixtures.Ledger) (underTest, error) {
	says.step("starting the reference partner on loopback")
	partner := referenceOf(asked.systems[0])
	// It outlives the questions, as the mocks of this process do.
	pair, err := mocks.StartPair(context.WithoutCancel(ctx), mocks.Options{Ledger: ledger, PeerBudget: peerBudget}, nil)
	if err != nil {
		return underTest{}, fmt.Errorf("start the reference partner: %w", err)
	}
	endpoint, _ := pair.Endpoint(partner.Share)
	partner.BaseURL, partner.ConnectTo = endpoint.BaseURL, endpoint.Address
	asked.systems = append(asked.systems, partner)
	before := asked.stop
	asked.stop = func() {
		before()
		pair.Stop()
	}
	return asked, nil
}
