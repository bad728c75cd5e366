package result

import "fmt"

// GeneratedSchema names the version of the generated.json layout.
const GeneratedSchema = "concord/generated/v1"

// Generated is what came of defects that nobody thought of: each is drawn by seed and put into the answers of one of Concord's
// own mocks.
type Generated struct {
	// Schema is always the GeneratedSchema constant.
	Schema string `json:"schema"`
	// Harness is the build, and Binary the SHA-256 of its executable in hexadecimal.
	Harness Harness `json:"harness"`
	Binary  string  `json:"binary"`
	// Seed draws the defects; Planned is how many were to be tried.
	Seed    uint64 `json:"seed"`
	Planned int    `json:"planned"`
	// DurationMs is how long it took.
	DurationMs int64 `json:"durationMs"`
	// Stopped says why not all were tried, "" when all were.
	Stopped string `json:"stopped,omitempty"`
	// Operators and Types count the defects by what was done, and by the resource type that it was done to; both are sorted.
	Operators []Tally `json:"operators"`
	Types     []Tally `json:"types"`
	// Survivors are the changes that no check complained of, those that are no defects and those that are open among them, in
	// the order of drawing.
	Survivors []Mutant `json:"survivors"`
	// Misjudged are the caught ones whose first complaint is about the system that was right.
	Misjudged []Mutant `json:"misjudged"`
}

// Tally counts defects of one sort.
type Tally struct {
	Name string `json:"name"`
	// Tried are all, Killed those of which a check complained, Open those about which a check said that it could not tell, so
	// that nothing passes, Equivalent those that are no defect, by a reason.
	Tried      int `json:"tried"`
	Killed     int `json:"killed"`
	Open       int `json:"open"`
	Equivalent int `json:"equivalent"`
}

// Defects counts those that are defects.
func (t Tally) Defects() int { return t.Tried - t.Equivalent }

// Caught counts the defects that do not pass: a check complains, or says that it could not tell.
func (t Tally) Caught() int { return t.Killed + t.Open }

// Survived counts the defects that pass.
func (t Tally) Survived() int { return t.Defects() - t.Caught() }

// Percent is the part of the defects that was caught in percent, rounded down to a tenth; 0 where there was none, which shows nothing.
func (t Tally) Percent() float64 {
	if t.Defects() == 0 {
		return 0
	}
	return float64(1000*t.Caught()/t.Defects()) / 10
}

// Rate is the percentage as it is printed, "-" where there was no defect.
func (t Tally) Rate() string {
	if t.Defects() == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", t.Percent())
}

// Mutant is one generated defect.
type Mutant struct {
	// Number is its place in the order of drawing: the same seed draws the same.
	Number int `json:"number"`
	// System answers wrongly; Operator is what is done, to a record of a Type at a Place.
	System   string `json:"system"`
	Operator string `json:"operator"`
	Type     string `json:"type"`
	// Record is the reference of the record, or the question whose answer alone is altered.
	Record string `json:"record"`
	Place  string `json:"place,omitempty"`
	// Before and After are the value as JSON.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Answers is how many answers became others, Asked are the checks that were asked about them.
	Answers int      `json:"answers"`
	Asked   []string `json:"asked"`
	// Why is the first complaint, or why there is none.
	Why string `json:"why"`
	// Equivalent is the name of the reason for which it is no defect, "" for a defect.
	Equivalent string `json:"equivalent,omitempty"`
	// Open says that a check could not tell, so that nothing passes.
	Open bool `json:"open,omitempty"`
}

// String names a defect.
func (m Mutant) String() string {
	text := fmt.Sprintf("%d: %s: %s %s", m.Number, m.System, m.Operator, m.Record)
	if m.Place != "" {
		text += " at " + m.Place
	}
	if m.Before != "" || m.After != "" {
		text += fmt.Sprintf(" (%s to %s)", m.Before, m.After)
	}
	return text
}

// Total counts all.
func (g Generated) Total() Tally {
	total := Tally{Name: "all"}
	for _, t := range g.Operators {
		total.Tried += t.Tried
		total.Killed += t.Killed
		total.Open += t.Open
		total.Equivalent += t.Equivalent
	}
	return total
}

// Sentence says what was shown, in one line.
func (g Generated) Sentence() string {
	t := g.Total()
	sentence := fmt.Sprintf("this build caught %d of %d generated defects (%s %%), %d of them by saying that it could not tell; %d more changes are no defects; seed %d",
		t.Caught(), t.Defects(), t.Rate(), t.Open, t.Equivalent, g.Seed)
	if g.Stopped != "" {
		sentence += fmt.Sprintf(" (%d of %d were tried: %s)", t.Tried, g.Planned, g.Stopped)
	}
	return sentence
}
