package result_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

func TestAProofThatWasStoppedProvesNothing(t *testing.T) {
	p := result.Proof{Binary: "x", Planned: 3, Kills: []result.Kill{{Defect: "D01", Expected: []string{"A"}, Caught: []string{"A"}}}}
	if got := p.Proves("x"); !got.Right {
		t.Errorf("%+v", got)
	}
	if got := p.Proves("y"); got.Right || !strings.Contains(got.Sentence, "another build") {
		t.Errorf("the proof of another build: %+v", got)
	}
	p.Stopped = "interrupted"
	if got := p.Proves("x"); got.Right || !strings.Contains(got.Sentence, "1 of 3 were tried: interrupted") {
		t.Errorf("one that was stopped: %+v", got)
	}
	p.Stopped, p.Selected = "", true
	if p.Proves("x").Right {
		t.Error("a part of the proof is taken for the whole")
	}
}
