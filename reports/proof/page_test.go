package proof

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

func proved() result.Proof {
	return result.Proof{
		Harness: result.Harness{Version: "1.2", Commit: "abc"},
		Kills: []result.Kill{
			{Defect: "D01", Title: "a <b>number</b>", Family: "identity", Severity: "S1", Expected: []string{"A-1"}, Caught: []string{"A-1"}},
			{Defect: "D02", Title: "another", Family: "identity", Severity: "S1", Expected: []string{"A-1", "A-2"}, Caught: []string{"A-1"}, Missed: []string{"A-2"}},
		},
		Styles: []result.Style{{Name: "no-total", Title: "no total", Asked: 7}},
	}
}

func TestAPageSaysWhatIsMissed(t *testing.T) {
	page, err := Page(proved())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"caught 1 of 2 seeded defects and raised 0 false alarms in 1 legal styles", "Missed by A-2", "D01, D02", "a &lt;b&gt;number&lt;/b&gt;"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(string(page), `class="verdict right"`) {
		t.Error("a missed defect is shown as right")
	}
}

func TestAProofIsRightOnlyWhenEverythingIsCaughtAndNothingElseIsSaid(t *testing.T) {
	whole := proved()
	whole.Kills = whole.Kills[:1]
	if !whole.Right() {
		t.Fatal("a proof without a fault is not right")
	}
	for name, spoil := range map[string]func(*result.Proof){
		"a defect that no check is known to see": func(p *result.Proof) { p.Kills = []result.Kill{{Defect: "D03"}} },
		"a check more":                           func(p *result.Proof) { p.Kills[0].Also = []string{"A-9"} },
		"another cause":                          func(p *result.Proof) { p.Kills[0].WrongCauses = []string{"x"} },
		"an error":                               func(p *result.Proof) { p.Kills[0].Undetermined = []string{"x"} },
		"a false alarm":                          func(p *result.Proof) { p.Styles[0].Alarms = []string{"x"} },
		"a complaint about clean mocks":          func(p *result.Proof) { p.Clean = []string{"x"} },
	} {
		p := proved()
		p.Kills = p.Kills[:1]
		if spoil(&p); p.Right() {
			t.Errorf("%s: it is right all the same", name)
		}
	}
}
