package capability

import "testing"

func TestACodeAboveTheOneThatIsMeantSaysNothingWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  string
		meant []string
		want  fit
	}{
		{"not-found", []string{"not-found"}, exact},
		{"deleted", []string{"not-found"}, exact},       // below it
		{"processing", []string{"not-found"}, general},  // above it
		{"processing", []string{"deleted"}, general},    // two above
		{"security", []string{"login"}, general},        //
		{"invalid", []string{"value"}, general},         //
		{"transient", []string{"timeout"}, general},     //
		{"value", []string{"invalid"}, exact},           //
		{"transient", []string{"not-found"}, other},     // another branch
		{"exception", []string{"not-found"}, other},     //
		{"conflict", []string{"not-found"}, other},      // beside it
		{"not-found", []string{"deleted"}, general},     //
		{"informational", []string{"not-found"}, other}, //
		{"no-such-code", []string{"not-found"}, other},  //
		{"processing", []string{"value", "structure"}, other},
	} {
		if got := fits(c.code, c.meant); got != c.want {
			t.Errorf("%s where %v is meant: %d, want %d", c.code, c.meant, got, c.want)
		}
	}
}
