package config_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/config"
)

func TestAPartnerIsSuppliedForOneSystemThatFederates(t *testing.T) {
	const one, two = "systems: [{name: viewer, share: ccr, baseURL: http://x}]\n", "systems: [{name: ccr, baseURL: http://x}, {name: ohc, baseURL: http://y}]\n"
	for text, want := range map[string]string{
		"against: reference\n" + one:                   "",
		"against: references\n" + one:                  `did you mean "reference"`,
		"against: reference\n" + two:                   "there are 2",
		"against: reference\n":                         "there are 0",
		"against: reference\nfederation: none\n" + one: "nothing to hold against a partner",
		"against: reference\ndiscover: true\n" + one:   "leave one of them out",
		"against: reference\nsystems: [{name: reference, share: ccr, baseURL: http://x}]\n": "cannot be called reference",
	} {
		conf := config.Default()
		if err := conf.Read(write(t, text)); err != nil {
			t.Fatal(err)
		}
		err := conf.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", text, err, want)
		}
	}
}
