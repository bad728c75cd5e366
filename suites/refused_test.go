package suites_test

import (
	"errors"
	"testing"

	"concord.example/concord/internal/policy"
	"concord.example/concord/suites"
)

func TestARunGoesOnWithoutASystemThatNoOtherDependsOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		systems []suites.System
		gone    []string
		found   bool
		alone   string
		want    bool
	}{
		{"who holds nothing", []suites.System{{Name: "ccr"}, {Name: "ohc"}, {Name: "x", Share: "none"}}, []string{"x"}, false, "", true},
		{"who shows a part once more", []suites.System{{Name: "ccr"}, {Name: "ohc"}, {Name: "x", Share: "ohc"}}, []string{"x"}, false, "", true},
		{"of whom nobody said what it holds, and others hold all", []suites.System{{Name: "ccr"}, {Name: "ohc"}, {Name: "x"}}, []string{"x"}, false, "", true},
		{"of whom nobody said what it holds, and it may be a part", []suites.System{{Name: "ccr"}, {Name: "x"}, {Name: "y", Share: "none"}}, []string{"x"}, false, "", false},
		{"whom the others ask", []suites.System{{Name: "ccr"}, {Name: "ohc"}, {Name: "x", Share: "ohc"}}, []string{"ohc"}, false, "", false},
		{"whose records nobody shows", []suites.System{{Name: "ccr"}, {Name: "x", Share: "ccr"}, {Name: "ohc"}}, []string{"ohc"}, false, "ohc", true},
		{"one of two", []suites.System{{Name: "ccr"}, {Name: "x", Share: "none"}}, []string{"x"}, false, "", false},
		{"two of three", []suites.System{{Name: "ccr"}, {Name: "x", Share: "none"}, {Name: "y", Share: "none"}}, []string{"x", "y"}, false, "", false},
		{"nobody's part matters where the systems' own people are asked about", []suites.System{{Name: "a"}, {Name: "b"}, {Name: "c"}}, []string{"a"}, true, "", true},
		{"which one is not known", []suites.System{{Name: "ccr"}, {Name: "ohc"}, {Name: "x"}}, []string{""}, false, "", false},
	} {
		config := suites.Config{Systems: c.systems}
		if c.found {
			config.Discovery = &suites.Discovery{}
		}
		config.Policy.Federate(c.alone, map[bool]string{true: policy.None}[c.alone != ""])
		var refusals []suites.Refusal
		for _, name := range c.gone {
			refusals = append(refusals, suites.Refusal{System: name, Err: errors.New("nobody is there")})
		}
		if got := config.GoesOn(refusals); got != c.want {
			t.Errorf("%s: goes on %t", c.name, got)
		}
	}
}
