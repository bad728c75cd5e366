package profiles_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

func TestTheFindingsBeforeTheLimitAreTheSameEveryTime(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Patient",`)
	const unknown = 12000
	for i := range unknown {
		fmt.Fprintf(&b, `"wrong%d":1,`, i)
	}
	b.WriteString(`"name":[`)
	const names = 4000
	for i := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"family":"","wrong%d":1,"use":"x","_given":[{}],"text":7}`, i)
	}
	b.WriteString(`]}`)
	r := registry(t)
	first, err := r.Validate(context.Background(), []byte(b.String()), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(first); n != 10001 {
		t.Errorf("got %d findings, want 10000 and the one that says that there are more", n)
	}
	for range 2 {
		again, err := r.Validate(context.Background(), []byte(b.String()), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(first, again, equalFinding) {
			t.Fatal("another walk over the same text gives other findings")
		}
	}
}

func equalFinding(a, b result.Finding) bool { return result.CompareFindings(a, b) == 0 }
