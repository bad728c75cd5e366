package policy_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/policy"
)

func TestOwnersAreOfSystemsThatThereAreAndHaveAName(t *testing.T) {
	good, err := policy.Parse([]byte("owners: {ccr: Supplier A service desk}\n"), []string{"ccr", "ohc"})
	if err != nil || good.Owners["ccr"] != "Supplier A service desk" {
		t.Errorf("%+v, %v", good.Owners, err)
	}
	for text, want := range map[string]string{
		"owners: {crc: A}":                                `line 1: owners.crc: there is no system "crc"`,
		"owners: {ccr: \" \"}":                            "line 1: owners.ccr: nobody is named",
		"owners: {ccr: " + strings.Repeat("a", 201) + "}": "has 201 bytes",
	} {
		if _, err := policy.Parse([]byte(text), []string{"ccr"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
