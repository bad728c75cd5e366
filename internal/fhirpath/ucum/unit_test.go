package ucum

import (
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestValidateAcceptsUnitsOfTheGrammar(t *testing.T) {
	for _, code := range []string{
		"1", "m", "kg", "mg/dL", "mm[Hg]", "10*3/uL", "10^3/uL", "10*-6", "/min", "{score}", "{RBC}/uL", "mL/min/{1.73_m2}", "kg.m/s2",
		"s-1", "m+2", "[iU]/L", "k[iU]/mL", "cm[H2O]", "Cel", "mCel", "[degF]", "[pH]", "%", "%[slope]", "umol/L", "ug/kg/h", "(mg/kg)/d", "g%",
		"[in_i'H2O]", "B[10.nV]", "[m/s2/Hz^(1/2)]", "'", "''", "dam", "daL", "KiBy", "/(s.m)", "12.m", "100{Cells}", "cal_[15]", "[CFU]/mL", "a", "mo",
	} {
		if err := Validate(code); err != nil {
			t.Errorf("%q: %v", code, err)
		}
	}
}

func TestValidateNamesThePlaceAndTheReason(t *testing.T) {
	tests := []struct {
		code   string
		offset int
		reason string
	}{
		{"", 0, "a unit is needed"},
		{"lbs", 0, "not a UCUM unit"},
		{"mg/", 3, "a unit is needed"},
		{"mg//dL", 3, "before '/'"},
		{"mg dL", 2, "no space"},
		{"µg", 0, "ASCII"},
		{"(mg", 0, "not closed"},
		{"mg)", 2, "unexpected ')'"},
		{"mg{x", 2, "not closed"},
		{"mg{x{y}}", 4, "another"},
		{"m[Hg", 1, "not closed"},
		{"m-", 1, "sign"},
		{"m999", 1, "out of range"},
		{"0", 0, "positive"},
		{"kh", 0, "not a UCUM unit"},    // hour takes no prefix
		{"Mg/Dl", 3, "not a UCUM unit"}, // case matters
		{strings.Repeat("m.", 300) + "m", 256, "longer"},
	}
	for _, tt := range tests {
		err := Validate(tt.code)
		var se *SyntaxError
		if !errors.As(err, &se) {
			t.Errorf("%q: want a SyntaxError, got %v", tt.code, err)
			continue
		}
		if se.Offset != tt.offset || !strings.Contains(se.Reason, tt.reason) {
			t.Errorf("%q: got offset %d, %q; want offset %d, %q", tt.code, se.Offset, se.Reason, tt.offset, tt.reason)
		}
	}
}

func mustParse(t *testing.T, code string) Unit {
	t.Helper()
	u, err := Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestFactorConvertsCommensurableUnitsExactly(t *testing.T) {
	tests := []struct{ from, to, factor string }{
		{"g", "mg", "1000"},
		{"kg", "g", "1000"},
		{"m", "cm", "100"},
		{"[in_i]", "cm", "254/100"},
		{"[lb_av]", "g", "45359237/100000"},
		{"h", "s", "3600"},
		{"wk", "d", "7"},
		{"a", "d", "1461/4"},
		{"L", "dm3", "1"},
		{"dL", "mL", "100"},
		{"mm[Hg]", "Pa", "1333220/10000"},
		{"N", "kg.m/s2", "1"},
		{"J", "N.m", "1"},
		{"%", "1", "1/100"},
		{"10*3/uL", "10*9/L", "1"},
		{"km/h", "m/s", "10/36"},
		{"[IU]", "[iU]", "1"},
		{"{score}", "1", "1"},
		{"[ft_i]", "[in_i]", "12"},
		{"mol/L", "mmol/mL", "1"},
	}
	for _, tt := range tests {
		got, ok := mustParse(t, tt.from).Factor(mustParse(t, tt.to))
		want, _ := new(big.Rat).SetString(tt.factor)
		if !ok || got.Cmp(want) != 0 {
			t.Errorf("%s in %s: got %v, %v; want %v", tt.from, tt.to, got, ok, want)
		}
	}
}

func TestUnitsOfDifferentKindsAreNotCommensurable(t *testing.T) {
	for _, pair := range [][2]string{
		{"cm", "cm2"}, {"g", "m"}, {"s", "Hz"}, {"[iU]", "1"}, {"[iU]", "[CFU]"}, {"Cel", "[degF]"}, {"Cel", "K"}, {"Cel", "Cel"}, {"[pH]", "mol/L"},
	} {
		if mustParse(t, pair[0]).Commensurable(mustParse(t, pair[1])) {
			t.Errorf("%s and %s must not be commensurable", pair[0], pair[1])
		}
	}
}

func TestMultiplyAndDivideMergeSymbols(t *testing.T) {
	tests := []struct {
		a, op, b, want string
	}{
		{"cm", "*", "cm", "cm2"},
		{"cm", "*", "cm2", "cm3"},
		{"m/s", "*", "s", "m"},
		{"cm2", "/", "cm", "cm"},
		{"m", "/", "s", "m/s"},
		{"1", "/", "s", "/s"},
		{"m", "/", "m", "1"},
		{"g", "*", "m", "g.m"},
		{"10*3", "/", "uL", "10*3/uL"},
		{"12", "*", "m", "12.m"},
		{"m", "/", "12", "m/12"},
		{"{score}", "*", "m", "m"},
	}
	for _, tt := range tests {
		a, b := mustParse(t, tt.a), mustParse(t, tt.b)
		got := a.Multiply(b)
		if tt.op == "/" {
			got = a.Divide(b)
		}
		if got.String() != tt.want {
			t.Errorf("%s %s %s: got %s, want %s", tt.a, tt.op, tt.b, got, tt.want)
		}
		if _, err := Parse(got.String()); err != nil {
			t.Errorf("%s %s %s: the result does not parse: %v", tt.a, tt.op, tt.b, err)
		}
	}
}

// Every unit a table defines must itself parse, or conversions would fail at run time.
func TestEveryDefinitionOfTheTablesParses(t *testing.T) {
	for _, code := range allCodes() {
		if _, err := Parse(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		if a, _ := lookup(code); a.value != "" {
			if _, ok := new(big.Rat).SetString(a.value); !ok {
				t.Errorf("%s: value %q is not a number", code, a.value)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"mg/dL", "mm[Hg]", "10*3/uL", "{a}/b", "((m))", "/", "m-2", "'", "B[10.nV]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		u, err := Parse(code)
		if err != nil {
			var se *SyntaxError
			if !errors.As(err, &se) || se.Offset < 0 || se.Offset > len(code) {
				t.Fatalf("%q: %v", code, err)
			}
			return
		}
		if u.factor.Sign() <= 0 {
			t.Fatalf("%q: factor %v is not positive", code, u.factor)
		}
		back, err := Parse(u.String())
		if err != nil {
			if len(u.String()) > maxLength {
				return
			}
			t.Fatalf("%q printed as %q, which does not parse: %v", code, u, err)
		}
		if !u.special && !back.Commensurable(u) {
			t.Fatalf("%q printed as %q, which is not commensurable", code, u)
		}
	})
}
