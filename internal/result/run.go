package result

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schema names the version of the run.json layout. A reader that does not know it must refuse the file.
const Schema = "concord/run/v1"

// Run is one execution of the harness: everything that run.json holds and every other report is printed from.
type Run struct {
	// Schema is always the Schema constant.
	Schema string `json:"schema"`
	// ID names the run: the start time and a digest of seed and configuration, so equal inputs give equal ids.
	ID string `json:"id"`
	// Seed is the seed of the golden ledger and of every choice the harness makes.
	Seed uint64 `json:"seed"`
	// StartedAt is when the run began, in UTC.
	StartedAt time.Time `json:"startedAt"`
	// DurationMs is how long the run took in milliseconds by the run's clock.
	DurationMs int64 `json:"durationMs"`
	// Harness says which build of Concord ran, and where.
	Harness Harness `json:"harness"`
	// Proof is what that build proved of itself; nil where no proof was given.
	Proof *Proved `json:"proof,omitempty"`
	// Contract is the search contract the questions come from.
	Contract Artefact `json:"contract"`
	// Packages are the FHIR packages the resources were judged against.
	Packages []Artefact `json:"packages"`
	// Data says what the endpoints were filled with. Synthetic data must never be read as evidence about a real provider.
	Data Data `json:"data"`
	// Systems are the endpoints under test, in configuration order.
	Systems []System `json:"systems"`
	// Selection says which part of the catalogue was asked for; empty lists mean everything.
	Selection Selection `json:"selection"`
	// Shard says which share of a run this is; nil for a whole one.
	Shard *Shard `json:"shard,omitempty"`
	// Gaps say what keeps shards that were joined from being the whole run, each as a sentence fragment that names a shard.
	// While there is one, nothing can be determined.
	Gaps []string `json:"gaps,omitempty"`
	// Unclaimed are the areas that the parties do not claim, in the order of Areas.
	Unclaimed []Unclaimed `json:"unclaimed,omitempty"`
	// Invocation says how the run was asked for; nil where no command line asked.
	Invocation *Invocation `json:"invocation,omitempty"`
	// Verdict is the answer to "are these systems conformant", with the counts it was rolled up from.
	Verdict Verdict `json:"verdict"`
	// Checks is the part of the catalogue that was selected, ordered by id.
	Checks []Check `json:"checks"`
	// Requirements are what is asked of the systems, each with the checks that test it or the reason why none does, in the order
	// of CompareRequirements. Runs of older builds have none.
	Requirements []Requirement `json:"requirements,omitempty"`
	// Providers are the providers the sweep covers, ordered by ODS code.
	Providers []Provider `json:"providers"`
	// Parameters say how completely and rightly each system answers searches by each parameter, ordered by system, resource
	// and parameter.
	Parameters []Parameter `json:"parameters,omitempty"`
	// Partners are what a system was held against that is not under test (System.Reference), and about which nothing is said.
	Partners []System `json:"partners,omitempty"`
	// Capabilities say of each thing that a system declares, and of some that it does not, whether it works, ordered by system,
	// resource, kind and name.
	Capabilities []Capability `json:"capabilities,omitempty"`
	// Declared are the differences that somebody declared to be lawful, in the order of the register.
	Declared []Declared `json:"declared,omitempty"`
	// Agreements say of each two of three systems or more whether they say the same. They follow from the results (Accords).
	Agreements []Agreement `json:"agreements,omitempty"`
	// Results are ordered by check, then scope.
	Results []Result `json:"results"`
	// Decisions are what the parties decided where no rule says, for each system, in configuration order.
	Decisions []Decision `json:"decisions,omitempty"`
	// Latency is nil when it was not measured, as under a frozen clock.
	Latency *Latency `json:"latency,omitempty"`
}

// Harness identifies the build of Concord that made a run.
type Harness struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
}

// Artefact is a versioned input of a run: a FHIR package or a contract.
type Artefact struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Hash is the SHA-256 of its content in hexadecimal; empty where name and version say enough.
	Hash string `json:"hash,omitempty"`
}

// Data says where the records that were asked about come from.
type Data struct {
	// Synthetic is true when every record was invented.
	Synthetic bool `json:"synthetic"`
	// Description is one sentence for the first page of the report.
	Description string `json:"description"`
	// Providers, People and Facts count what the golden ledger holds; 0 when there is no ledger.
	Providers int `json:"providers"`
	People    int `json:"people"`
	Facts     int `json:"facts"`
	// Found is true when there was no golden ledger and the people were found at the endpoints; People counts them.
	Found bool `json:"found,omitempty"`
}

// System is one endpoint under test.
type System struct {
	// Name is the short name used in scopes, for example "ccr".
	Name string `json:"name"`
	// Title is the name people use, for example "Collaborative Care Record".
	Title    string `json:"title,omitempty"`
	Supplier string `json:"supplier"`
	// Share is the part of the golden ledger that the system was said to hold; empty where it is the one that it is called after.
	Share string `json:"share,omitempty"`
	// Owner is who sees to what is found at the system, as the policy names them; empty when nobody is named.
	Owner   string `json:"owner,omitempty"`
	BaseURL string `json:"baseURL"`
	// Mock is true when the endpoint is Concord's own mock, Defects the defects that were switched on in it.
	Mock    bool     `json:"mock"`
	Defects []string `json:"defects,omitempty"`
	// Software, FHIRVersion and CapabilityHash come from the CapabilityStatement; empty when it could not be read.
	Software       Artefact `json:"software"`
	FHIRVersion    string   `json:"fhirVersion"`
	CapabilityHash string   `json:"capabilityHash"`
	// Remarks say what of asking the system a reader must know: that it had to be left alone, or asked again.
	Remarks []string `json:"remarks,omitempty"`
}

// Selection is the part of the catalogue a person asked for.
type Selection struct {
	Suites []string `json:"suites"`
	Checks []string `json:"checks"`
	// NotSelected counts the checks of the catalogue that were left out, of Of that there are.
	NotSelected int `json:"notSelected"`
	Of          int `json:"of,omitempty"`
	// Providers are the ODS codes that the sweep was narrowed to, ProvidersNotSelected counts those it left out.
	Providers            []string `json:"providers,omitempty"`
	ProvidersNotSelected int      `json:"providersNotSelected,omitempty"`
	// Loaded are the stories and the ODS codes of providers whose people alone were asked about, because nobody else's records were
	// loaded; empty for everybody.
	Loaded []string `json:"loaded,omitempty"`
	// Found says that checks were left out because the run was about whatever people the systems hold.
	Found bool `json:"found,omitempty"`
}

// LeftOut says what a person chose not to ask, as a sentence fragment; "" for a run over everything.
func (s Selection) LeftOut() string {
	var parts []string
	if s.NotSelected > 0 {
		of := ""
		if s.Of > 0 {
			of = fmt.Sprintf(" of %d", s.Of)
		}
		parts = append(parts, fmt.Sprintf("%d%s checks", s.NotSelected, of))
	}
	if s.ProvidersNotSelected > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d providers", s.ProvidersNotSelected, s.ProvidersNotSelected+len(s.Providers)))
	}
	if len(s.Loaded) > 0 {
		parts = append(parts, "everybody but the people of "+strings.Join(s.Loaded, ", "))
	}
	return strings.Join(parts, " and ")
}

// Check is the catalogue row that results refer to.
type Check struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Suite string `json:"suite"`
	// Area is the part of conformance that the check is about.
	Area  Area   `json:"area,omitempty"`
	Level Level  `json:"level"`
	Scope string `json:"scope"`
	// Peers says about which of the others a check of pairs is put, where there are more than two systems: "none",
	// "across" or "neighbour" (see check.Peers); empty for each of them.
	Peers       string `json:"peers,omitempty"`
	Requirement []Ref  `json:"requirement"`
	Hazard      string `json:"hazard"`
	// Harm is how bad the hazard can be, from S1 (could contribute to serious harm or unlawful disclosure) to S4 (advisory);
	// empty where nobody has said.
	Harm string `json:"harm,omitempty"`
	Fix  string `json:"fix"`
}

// Ref says where a rule comes from.
type Ref struct {
	// ID is the requirement id, Source the document and section it is found in.
	ID     string `json:"id"`
	Source string `json:"source"`
}

// Provider is one health or care provider whose records the systems hold.
type Provider struct {
	ODS  string `json:"ods"`
	Name string `json:"name"`
	Type string `json:"type"`
	// ICB is the ODS code of the integrated care board, ICS the name of its integrated care system.
	ICB string `json:"icb"`
	ICS string `json:"ics"`
	// System is the name of the system that holds the provider's records.
	System string `json:"system"`
	// Apart is true for a provider of the stress profile, which is never counted with the others.
	Apart bool `json:"apart,omitempty"`
}

// Scope says what one result is about. Empty fields do not apply.
type Scope struct {
	// System is the system that was asked.
	System string `json:"system,omitempty"`
	// Peer is the system it was compared with, or whose data it was asked for.
	Peer string `json:"peer,omitempty"`
	// Provider is an ODS code.
	Provider string `json:"provider,omitempty"`
}

// String renders the scope for people: "ccr", "ccr → ohc", "ccr → ohc, RXK".
func (s Scope) String() string {
	var b strings.Builder
	b.WriteString(s.System)
	if s.Peer != "" {
		b.WriteString(" → " + s.Peer)
	}
	if s.Provider != "" {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s.Provider)
	}
	if b.Len() == 0 {
		return "run"
	}
	return b.String()
}

// Compare orders scopes by system, peer and provider.
func (s Scope) Compare(other Scope) int {
	if c := strings.Compare(s.System, other.System); c != 0 {
		return c
	}
	if c := strings.Compare(s.Peer, other.Peer); c != 0 {
		return c
	}
	return strings.Compare(s.Provider, other.Provider)
}

// Result is what one check said for one scope.
type Result struct {
	// Check is the id of the check, Suite the suite it belongs to.
	Check  string `json:"check"`
	Suite  string `json:"suite"`
	Level  Level  `json:"level"`
	Scope  Scope  `json:"scope"`
	Status Status `json:"status"`
	// Reason is empty for a pass and never empty otherwise.
	Reason Reason `json:"reason,omitempty"`
	// Message says in one sentence why the status is what it is, when no finding does.
	Message string `json:"message,omitempty"`
	// Steps are what a scenario did, in the order it did it: given, when, then. Empty for a check that is one question.
	Steps    []Step    `json:"steps,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
	// DurationMs is measured by the run's clock, so a frozen clock gives 0.
	DurationMs int64 `json:"durationMs"`
}

// Shown reports whether the result counts as demonstrated: it passed, with a warning or not, or a waiver covers it.
func (r Result) Shown() bool { return r.Status == Pass || r.Status == Warning || r.Status == Waived }

// NeverAsked reports whether the question was not put because the system could not be reached or the run was stopped: it
// says nothing about the system, and was nobody's choice.
func (r Result) NeverAsked() bool {
	return r.Status.known() == NotRun && (r.Reason == Interrupted || r.Reason == Unreachable)
}

// Decision is one decision about data sharing that holds for a system, and that the judgement depends on.
type Decision struct {
	System string `json:"system"`
	// Name and Value are as in the policy file, Meaning says what they mean.
	Name    string `json:"name"`
	Value   string `json:"value"`
	Meaning string `json:"meaning"`
}

// Step is one step of a scenario.
type Step struct {
	// Text begins with Given, When, Then or And.
	Text string `json:"text"`
	// Attested says who did the step and when, where a person did it and not Concord.
	Attested *Attestation `json:"attested,omitempty"`
}

// Attestation is what a person says they did to a system that Concord cannot operate itself.
type Attestation struct {
	// By is the name the person gave, At when they gave it, Remark what they said beyond that.
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Remark string    `json:"remark,omitempty"`
}

// CompareResults orders results by check, then scope: the order of run.json.
func CompareResults(a, b Result) int {
	if c := strings.Compare(a.Check, b.Check); c != 0 {
		return c
	}
	return a.Scope.Compare(b.Scope)
}

// Normalise sorts everything whose order carries no meaning, so that equal runs marshal to equal bytes.
func (r *Run) Normalise() {
	for i := range r.Results {
		slices.SortStableFunc(r.Results[i].Findings, CompareFindings)
	}
	slices.SortStableFunc(r.Results, CompareResults)
	if r.Latency != nil {
		r.Latency.Sort()
	}
	slices.SortFunc(r.Checks, func(a, b Check) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(r.Providers, func(a, b Provider) int { return strings.Compare(a.ODS, b.ODS) })
}
