package result

import (
	"fmt"
	"time"
)

// ProofSchema names the version of the proof.json layout.
const ProofSchema = "concord/proof/v1"

// Proof is what a build of Concord showed of itself: which seeded defects it caught, and that it blames nobody for what is
// lawful. It is about Concord's own mocks and says nothing about any other system.
type Proof struct {
	// Schema is always the ProofSchema constant.
	Schema string `json:"schema"`
	// Harness is the build, and Binary the SHA-256 of its executable in hexadecimal.
	Harness Harness `json:"harness"`
	Binary  string  `json:"binary"`
	// StartedAt is when the proof began, in UTC; DurationMs is how long it took.
	StartedAt  time.Time `json:"startedAt"`
	DurationMs int64     `json:"durationMs"`
	// Whole says that every defect was held against every check, and not only against those that it is known to make fail.
	Whole bool `json:"whole"`
	// Selected says that only some defects or styles were asked for.
	Selected bool `json:"selected"`
	// Stopped says why not everything was tried that was to be, "" when all was. Planned is how many defects and styles were to
	// be tried.
	Stopped string `json:"stopped,omitempty"`
	Planned int    `json:"planned"`
	// Clean are the complaints about mocks with nothing switched on: there should be none.
	Clean []string `json:"clean"`
	// Kills are the defects, by id.
	Kills []Kill `json:"kills"`
	// Styles are the lawful ways of answering, by name.
	Styles []Style `json:"styles"`
}

// Kill is what the checks said of systems with one defect.
type Kill struct {
	Defect   string `json:"defect"`
	Title    string `json:"title"`
	Family   string `json:"family"`
	Severity string `json:"severity"`
	// Expected are the checks that must fail, Caught those of them that did, Missed those that did not. Also are further ones
	// that failed; only a whole proof can tell. All are sorted.
	Expected []string `json:"expected"`
	Caught   []string `json:"caught"`
	Missed   []string `json:"missed"`
	Also     []string `json:"also"`
	// WrongCauses are complaints about the causes that were named.
	WrongCauses []string `json:"wrongCauses"`
	// Undetermined are checks that ended in an error.
	Undetermined []string `json:"undetermined"`
}

// Right reports whether a defect is caught by the checks that must catch it, with its cause, and by no other.
func (k Kill) Right() bool {
	return len(k.Expected) > 0 && len(k.Missed) == 0 && len(k.Also) == 0 && len(k.WrongCauses) == 0 && len(k.Undetermined) == 0
}

// Style is what the checks said of systems that answer in one lawful way.
type Style struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Asked is how many results there are; Alarms are those that blame somebody or end in an error, and NotShown how many could
	// not be told.
	Asked    int      `json:"asked"`
	Alarms   []string `json:"alarms"`
	NotShown int      `json:"notShown"`
}

// Caught counts the defects that are caught as they must be.
func (p Proof) Caught() int {
	n := 0
	for _, k := range p.Kills {
		if k.Right() {
			n++
		}
	}
	return n
}

// Alarms counts the results that blame somebody for what is lawful, those about clean mocks among them.
func (p Proof) Alarms() int {
	n := len(p.Clean)
	for _, s := range p.Styles {
		n += len(s.Alarms)
	}
	return n
}

// Right reports whether every defect that was to be tried is caught and nobody is blamed for what is lawful.
func (p Proof) Right() bool { return p.Stopped == "" && p.Caught() == len(p.Kills) && p.Alarms() == 0 }

// Sentence says what was shown, in one line.
func (p Proof) Sentence() string {
	sentence := fmt.Sprintf("this build caught %d of %d seeded defects and raised %d false alarms in %d legal styles", p.Caught(), len(p.Kills), p.Alarms(), len(p.Styles))
	if p.Stopped != "" {
		sentence += fmt.Sprintf(" (%d of %d were tried: %s)", len(p.Kills)+len(p.Styles), p.Planned, p.Stopped)
	}
	if p.Selected {
		sentence += " (only a part was tried)"
	}
	return sentence
}

// Proved is what a run says of the build that made it.
type Proved struct {
	// Right says that this very build proved itself: it caught every defect, blamed nobody for what is lawful, and nothing was
	// left out.
	Right bool `json:"right"`
	// Sentence says what was shown, or why the proof that was given shows nothing of this build.
	Sentence string `json:"sentence"`
}

// Proves says what a proof is worth to a build: nothing to any but the one whose executable has the same SHA-256.
func (p Proof) Proves(binary string) Proved {
	if p.Binary != binary {
		return Proved{Sentence: "not proved: the proof that was given is that of another build, " + p.Harness.Version}
	}
	return Proved{Right: p.Right() && !p.Selected, Sentence: p.Sentence()}
}

// ProofText is the line of a report about the build that made the run.
func (r Run) ProofText() string {
	if r.Proof == nil {
		return "not proved: no proof of this build was given (concord selftest --out DIR, then concord run --proof DIR)"
	}
	return r.Proof.Sentence
}
