package hostile_test

import (
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/suites"
	"concord.example/concord/suites/record"
)

// stage is a mock with everything to ask it.
type stage struct {
	ledger *fixtures.Ledger
	judge  *suites.UKCore
	mock   *mocks.Server
}

func newStage(t *testing.T) *stage {
	t.Helper()
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	published, err := waiver.Published()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	return &stage{ledger, suites.NewUKCore(registry, ledger, published.InForce(registry.Packages(), ledger.Now())), pair.CCR.Server}
}

// controls are asked beside the check that a behaviour names: each must have its verdict, whatever the server does.
func controls() []string {
	return []string{"PAR-IDENTITY-001", "CAP-READ-001", "CAP-SEARCHSET-001", "PAR-DATE-001", "PAR-PAGE-001", "CAP-PAGE-POST", "CAP-ERROR-OUTCOME", "CAP-ERROR-CODE"}
}

// hours is a clock that also goes on when somebody waits, at once.
type hours struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hours) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hours) Wait(ctx context.Context, d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
	return ctx.Err()
}

// shown is what came of asking a server that behaves so.
type shown struct {
	run      result.Run
	requests int64
	// live is the most memory beyond what was needed before that was still needed when garbage was last collected before a request came,
	// and heap the most that was in use beyond that with what nobody needed any more, in bytes.
	live, heap uint64
}

// memory says what was still needed when garbage was last collected, and what is in use with what nobody needs any more, in bytes.
func memory() (live, inUse uint64) {
	figures := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(figures)
	return figures[0].Value.Uint64(), figures[1].Value.Uint64()
}

// play asks a system in front of which settings are in force.
func (s *stage) play(t *testing.T, checks []string, settings ...hostile.Setting) shown {
	t.Helper()
	handler, err := hostile.Wrap(s.mock.Handler(), hostile.Options{Base: "/fhir", Except: mocks.FromNeighbour}, settings...)
	if err != nil {
		t.Fatal(err)
	}
	var (
		seen shown
		mu   sync.Mutex
		sent atomic.Int64
	)
	runtime.GC() // so that what an earlier run left is not counted
	held, _ := memory()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent.Add(1)%16 == 1 {
			live, inUse := memory()
			mu.Lock()
			seen.live, seen.heap = max(seen.live, live-min(live, held)), max(seen.heap, inUse-min(inUse, held))
			mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	base := s.mock.BaseURL()
	config, _, err := hostile.TLS(time.Now(), []string{"ccr.mock.test"}, settings...)
	if err != nil {
		t.Fatal(err)
	}
	if config == nil {
		server.Start()
	} else {
		server.Listener = tls.NewListener(server.Listener, config)
		server.Start()
		base = strings.Replace(base, "http://", "https://", 1)
	}
	address := server.Listener.Addr().(*net.TCPAddr).String()
	t.Cleanup(server.Close)
	timeout := 20 * time.Second
	writes := false
	for _, setting := range settings {
		b, ok := hostile.Find(setting.Name)
		writes = writes || ok && b.Writes
		if ok && b.Rule == "unreachable" {
			timeout = 700 * time.Millisecond // it is never answered, however long one waits
		}
	}
	hours := &hours{now: time.Now()}
	seen.run, err = suites.Run(t.Context(), suites.Config{
		Ledger: s.ledger, Judge: s.judge, Seed: 1, Timeout: timeout,
		Systems:   []suites.System{{Name: "ccr", BaseURL: base, ConnectTo: address, Writes: writes}},
		Selection: suites.Selection{Checks: checks}, Manners: suites.Manners{Now: hours.Now, Wait: hours.Wait},
	})
	if err != nil {
		t.Fatal(err)
	}
	seen.requests = sent.Load()
	return seen
}

// named reports whether a fault is named by the check, and the rule or reason, that it owes. Only what a SHOULD warns of may
// leave the verdict conformant.
func named(run result.Run, b hostile.Behaviour) bool {
	return b.Check+b.Rule != "" && slices.ContainsFunc(run.Results, func(r result.Result) bool {
		if b.Check != "" && r.Check != b.Check || r.Status == result.Pass || r.Status == result.NotApplicable {
			return false
		}
		if passed(run) && r.Status != result.Warning {
			return false
		}
		return b.Rule == "" || string(r.Reason) == b.Rule || slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Rule == b.Rule })
	})
}

// passed reports whether a run ends as if everything that was asked had been demonstrated.
func passed(run result.Run) bool {
	return run.Verdict.Outcome == result.Conformant || run.Verdict.Outcome == result.SelectionPassed
}

// blamed reports whether a result blames a server that does what is legal. A note, which warns of something odd, is no blame.
func blamed(r result.Result) bool {
	switch r.Status {
	case result.Pass, result.NotApplicable:
		return false
	case result.Warning:
		return result.WorstSeverity(r.Findings) == result.SeverityError
	default:
		return r.Reason != result.NoData
	}
}

// asked are the checks for behaviours with which all controls would read gigabytes.
func asked() map[string][]string {
	return map[string][]string{
		"answers-of-30-mb":           {"CAP-ERROR-OUTCOME", "CAP-READ-001", "CAP-SEARCHSET-001", "PAR-PAGE-001"},
		"few-types":                  {"PRO-DISPLAY-001", "PRO-FURTHER-001", "PRO-TEXT-001", "PRO-UNIT-001"},
		"declares-result-parameters": {"PAR-DECLARED-001", "CAP-DECLARED-002", "CAP-SEARCHSET-001"},
		"total-refused":              {"PAR-TOTAL-001", "PAR-META-COUNT", "CAP-READ-001", "CAP-SEARCHSET-001", "PAR-PAGE-001", "PAR-DATE-001"},
	}
}

// TestEveryBehaviourIsMetAsItsKindAsks asks a server that behaves in each way. What is legal may raise nothing; a fault must be
// named by the check, and the rule or reason, that it owes, and may never end in a verdict of conformant. Whatever happens,
// every check has a result, no fault is Concord's own, and requests and memory are bounded.
func TestEveryBehaviourIsMetAsItsKindAsks(t *testing.T) {
	if testing.Short() && os.Getenv("CONCORD_HOSTILE") == "" {
		t.Skip("-short: this asks a server anew for each of more than a hundred behaviours")
	}
	s := newStage(t)
	for _, b := range hostile.All() {
		only := os.Getenv("CONCORD_HOSTILE")
		if only != "" && only != "all" && !slices.Contains(strings.Split(only, ","), b.Name) {
			continue
		}
		if b.Theme == hostile.Style && only == "" {
			continue // suites/proof asks everything of systems of each style
		}
		t.Run(string(b.Theme)+"/"+b.Name, func(t *testing.T) {
			checks := controls()
			if b.Check != "" {
				checks = append(checks, b.Check)
			}
			if b.Writes {
				for _, c := range suites.Catalogue() {
					if c.Writes {
						checks = append(checks, c.ID)
					}
				}
			}
			slices.Sort(checks)
			checks = slices.Compact(checks)
			if few := asked()[b.Name]; few != nil {
				checks = few
			}
			seen := s.play(t, checks, hostile.Setting{Name: b.Name})
			s.bounded(t, seen, checks)
			met := named(seen.run, b)
			if b.Kind == hostile.Legal {
				met = !slices.ContainsFunc(seen.run.Results, blamed)
			}
			if !met {
				t.Errorf("%s %s is not named; verdict %s", b.Check, b.Rule, seen.run.Verdict.Outcome)
				for _, r := range seen.run.Results {
					t.Logf("  %s: %s %s %s %s", r.Check, r.Status, r.Reason, r.Message, summary(r))
				}
			}
		})
	}
}

// most are the bounds of one narrow run.
const (
	// Requests grow with the people who are asked about, and with nothing that a system answers.
	mostRequestsEach = 20
	// The promise is 512 MB beyond the largest answer that is read. Answers of 30 MB need the most: 270 MB, and 473 where they come first, since
	// the mocks then keep what they make of their own records. Garbage comes on top: a collector that a loaded machine starves lets several
	// times as much stand.
	mostLive = 512 << 20
	mostHeap = 4 * mostLive
)

// bounded holds a run to what every run promises.
func (s *stage) bounded(t *testing.T, seen shown, checks []string) {
	t.Helper()
	if want := len(checks); len(seen.run.Results) != want {
		t.Errorf("%d results, want %d", len(seen.run.Results), want)
	}
	for _, r := range seen.run.Results {
		if r.Reason == result.HarnessFault || r.Check == "" {
			t.Errorf("%s: %s %s %s", r.Check, r.Status, r.Reason, r.Message)
		}
	}
	if people := len(record.Sample(s.ledger)); seen.requests > int64(mostRequestsEach*people) {
		t.Errorf("%d requests about %d people", seen.requests, people)
	}
	if seen.live > mostLive || seen.heap > mostHeap {
		t.Errorf("%d MB needed, %d MB in use", seen.live>>20, seen.heap>>20)
	}
	t.Logf("%d requests, %d MB needed, %d MB in use", seen.requests, seen.live>>20, seen.heap>>20)
}

// summary is what a result found, on one line.
func summary(r result.Result) string {
	var parts []string
	for _, f := range r.Findings[:min(3, len(r.Findings))] {
		text := f.Message
		parts = append(parts, f.Rule+" ("+text[:min(len(text), 200)]+")")
	}
	return strings.Join(parts, "; ")
}

// TestABehaviourOfOneTypeLeavesTheVerdictsAboutOthersAlone breaks Observation and looks at the rest.
func TestABehaviourOfOneTypeLeavesTheVerdictsAboutOthersAlone(t *testing.T) {
	s := newStage(t)
	for _, name := range []string{"html-with-200", "closed-without-answer", "redirect-loop"} {
		seen := s.play(t, []string{"PAR-IDENTITY-001", "CAP-READ-001", "PRO-ALLERGY-001", "PAR-DATE-001"}, hostile.Setting{Name: name, Type: "Observation"})
		for _, r := range seen.run.Results {
			if broken := r.Check == "PAR-DATE-001"; broken == (r.Status == result.Pass) {
				t.Errorf("%s of Observation: %s is %s %s %s", name, r.Check, r.Status, r.Message, summary(r))
			}
		}
	}
}

// TestAServerThatShowsEverybodyIsBlamedForThatAlone asks checks that need somebody to ask about, and one that is about finding them.
func TestAServerThatShowsEverybodyIsBlamedForThatAlone(t *testing.T) {
	s := newStage(t)
	seen := s.play(t, []string{"CAP-READ-001", "CAP-ETAG-001", "CAP-MEDIA-001", "CAP-ERROR-OUTCOME", "PAR-IDENTITY-001"}, hostile.Setting{Name: "forty-thousand-strangers"})
	for _, r := range seen.run.Results {
		want := result.NotRun
		if r.Check == "PAR-IDENTITY-001" {
			want = result.Fail
		}
		if r.Status != want || want == result.NotRun && !strings.Contains(r.Message, "records of more than") {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
}

// TestASearchByPatientThatShowsEverybodysRecordsIsNoFaultOfWhatTheyHold has HAPI FHIR's storage for tests: of the types to which nobody
// gave a search by patient it shows everybody's records.
func TestASearchByPatientThatShowsEverybodysRecordsIsNoFaultOfWhatTheyHold(t *testing.T) {
	s := newStage(t)
	seen := s.play(t, []string{"PAR-FACTS-IMMUNIZATION", "PRO-IMMUNIZATION-001", "PRO-CLAIM-001", "PRO-SNOMED-001", "PRO-OBSERVATION-001", "PAR-SEARCH-IMMUNIZATION"},
		hostile.Setting{Name: "patient-ignored", Type: "Immunization"})
	for _, r := range seen.run.Results {
		want := result.Pass // what the other types show is seen all the same
		switch r.Check {
		case "PAR-SEARCH-IMMUNIZATION", "PAR-FACTS-IMMUNIZATION":
			want = result.Fail
		case "PRO-IMMUNIZATION-001":
			want = result.NotRun
		}
		if r.Status != want || want == result.NotRun && (!strings.Contains(r.Message, "records of more than") || strings.Contains(r.Message, "load more")) {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
}

// TestAServerThatNeedsThePatientsTypeIsBlamedForThatAlone has Medplum's store in memory, to which a patient's id alone is nobody's.
func TestAServerThatNeedsThePatientsTypeIsBlamedForThatAlone(t *testing.T) {
	s := newStage(t)
	others := []string{"CAP-SEARCHSET-001", "CAP-PAGE-001", "PAR-DATE-001", "PAR-FACTS-IMMUNIZATION", "PAR-FILTER-001", "PAR-SEARCH-IMMUNIZATION", "PAR-GRID-MODIFIER", "PRO-IMMUNIZATION-001"}
	for _, name := range []string{"patient-id-alone-finds-nothing", "patient-id-alone-refused"} {
		seen := s.play(t, append([]string{"PAR-GRID-REFERENCE"}, others...), hostile.Setting{Name: name})
		for _, r := range seen.run.Results {
			if r.Check == "PAR-GRID-REFERENCE" {
				if r.Status != result.Fail || len(r.Findings) != 1 || r.Findings[0].Rule != "patient-by-id" {
					t.Errorf("%s: %s is %s: %s", name, r.Check, r.Status, summary(r))
				}
			} else if r.Status != result.Pass {
				t.Errorf("%s: %s is %s: %s %s", name, r.Check, r.Status, r.Message, summary(r))
			}
		}
		if said := strings.Join(seen.run.Systems[0].Remarks, " "); !strings.Contains(said, "by type and id") {
			t.Errorf("%s: the remarks are %q", name, said)
		}
	}
}

// TestASearchThatIsRefusedByGetHidesNoRecord asks a check of searches, and others that need what a long search finds.
func TestASearchThatIsRefusedByGetHidesNoRecord(t *testing.T) {
	s := newStage(t)
	for name, rule := range map[string]string{"long-url-refused": "answer-uri-too-long", "search-by-get-refused": "answer-status"} {
		seen := s.play(t, []string{"PAR-SEARCH-ALLERGY", "SCN-P16", "PAR-FACTS-ALLERGY"}, hostile.Setting{Name: name})
		for _, r := range seen.run.Results {
			refused := slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Rule == rule })
			if is := r.Check == "PAR-SEARCH-ALLERGY"; is != refused || is != (r.Status == result.Fail) {
				t.Errorf("%s: %s is %s: %s %s", name, r.Check, r.Status, r.Message, summary(r))
			}
		}
		if said := strings.Join(seen.run.Systems[0].Remarks, " "); !strings.Contains(said, "asked by POST") {
			t.Errorf("%s: the remarks are %q", name, said)
		}
	}
}

// TestAServerThatTakesTokensWithoutTheirSystemIsBlamedForThatAlone has a server that compares the text of a token with the value.
func TestAServerThatTakesTokensWithoutTheirSystemIsBlamedForThatAlone(t *testing.T) {
	s := newStage(t)
	others := []string{"CAP-SEARCHSET-001", "CAP-PAGE-001", "PAR-DATE-001", "PAR-FACTS-IMMUNIZATION", "PAR-FILTER-001", "PAR-SEARCH-IMMUNIZATION", "PAR-GRID-REFERENCE", "PRO-IMMUNIZATION-001"}
	seen := s.play(t, append([]string{"PAR-IDENTITY-001", "SCN-P08-DIRECTORY"}, others...), hostile.Setting{Name: "token-system-unmatched"})
	for _, r := range seen.run.Results {
		if r.Check == "PAR-IDENTITY-001" {
			if r.Status != result.Fail || len(r.Findings) != 1 || r.Findings[0].Rule != "token-system" {
				t.Errorf("%s is %s: %s", r.Check, r.Status, summary(r))
			}
		} else if r.Status != result.Pass {
			t.Errorf("%s %s is %s: %s %s", r.Check, r.Scope, r.Status, r.Message, summary(r))
		}
	}
	if said := strings.Join(seen.run.Systems[0].Remarks, " "); !strings.Contains(said, "by the value alone") {
		t.Errorf("the remarks are %q", said)
	}
}

// TestAChainThatIsIgnoredIsSaidToBe has a search by the identifier of the patient answered with everybody's records.
func TestAChainThatIsIgnoredIsSaidToBe(t *testing.T) {
	seen := newStage(t).play(t, []string{"PAR-SEARCH-ALLERGY"}, hostile.Setting{Name: "chain-ignored"})
	found := false
	for _, f := range seen.run.Results[0].Findings {
		if strings.Contains(f.Message, "patient.identifier=") {
			found = true
			if f.Cause != result.IgnoredParameter {
				t.Errorf("%s: %q", f.Message, f.Cause)
			}
		}
	}
	if !found {
		t.Errorf("nothing is said of the chain: %+v", seen.run.Results)
	}
}

// TestTheFormOfAReferenceThatIsNotReadIsSaidToBe has systems that find nobody by type and id, or by the URL of their own that leads there.
func TestTheFormOfAReferenceThatIsNotReadIsSaidToBe(t *testing.T) {
	s := newStage(t)
	for name, want := range map[string]map[string]result.Cause{
		"typed-patient-not-found":      {"the patient by Type/id": result.ReferenceForm},
		"own-base-reference-not-found": {"the patient by URL": result.OwnAddress},
	} {
		seen := s.play(t, []string{"PAR-SEARCH-ALLERGY"}, hostile.Setting{Name: name})
		told := map[string]result.Cause{}
		for _, f := range seen.run.Results[0].Findings {
			for _, form := range []string{"the patient by Type/id", "the patient by URL"} {
				if strings.Contains(f.Message, form) {
					told[form] = f.Cause
				}
			}
		}
		if !maps.Equal(told, want) {
			t.Errorf("%s: %v, and not %v", name, told, want)
		}
	}
}

// TestARefusalOfPartialDatesIsNotDemonstratedOnce: UK Core Access has them taken where that can be, and a refusal hides nothing from anybody.
func TestARefusalOfPartialDatesIsNotDemonstratedOnce(t *testing.T) {
	s := newStage(t)
	seen := s.play(t, []string{"PAR-DATE-001", "PAR-DATE-002", "PAR-SEARCH-OBSERVATION", "PAR-SEARCH-OBSERVATION-SHOULD", "PAR-SEARCH-PATIENT", "PAR-SEARCH-ENCOUNTER", "PAR-GRID-DATE"},
		hostile.Setting{Name: "partial-date-refused"})
	for _, r := range seen.run.Results {
		want := result.Pass
		if r.Check == "PAR-DATE-002" {
			want = result.NotRun
		}
		if r.Status != want || want == result.NotRun && !strings.Contains(r.Message, "dates must be whole") {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
	if outcome := seen.run.Verdict.Outcome; outcome != result.Partial {
		t.Errorf("the verdict is %s", outcome)
	}
}

// TestWhatIsNotSentIsNotSaidToBeRight: a server need not send ETag and Last-Modified, and one that does not has shown nothing of them.
func TestWhatIsNotSentIsNotSaidToBeRight(t *testing.T) {
	s := newStage(t)
	for _, r := range s.play(t, []string{"CAP-ETAG-001", "CAP-ETAG-002", "CAP-MODIFIED-001"}, hostile.Setting{Name: "no-validators"}).run.Results {
		if r.Status != result.NotApplicable || !strings.Contains(r.Message, "sends no ") {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
}

func TestAnswersOfAProxyThatSaysSoAreJudgedAsAnyOther(t *testing.T) {
	s := newStage(t)
	seen := s.play(t, []string{"PAR-FACTS-IMMUNIZATION", "CAP-READ-001", "CAP-ERROR-ID", "CAP-PAGE-001"}, hostile.Setting{Name: "answers-203"})
	for _, r := range seen.run.Results {
		if r.Status != result.Pass {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
	if said := strings.Join(seen.run.Systems[0].Remarks, " "); !strings.Contains(said, "status 203") {
		t.Errorf("the remarks are %q", said)
	}
}

func TestAStatementWithThePresentTimeInItSaysNothingAboutHEAD(t *testing.T) {
	s := newStage(t)
	for _, r := range s.play(t, []string{"CAP-HEAD-001"}, hostile.Setting{Name: "statement-dated-now"}).run.Results {
		if r.Status != result.Pass {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
}

// TestWhatIsWrittenIsTakenAwayAgainOrNamed looks at what a run that may write leaves behind.
func TestWhatIsWrittenIsTakenAwayAgainOrNamed(t *testing.T) {
	s := newStage(t)
	left := func() []string {
		var references []string
		for _, kind := range exchange.ScratchTypes() {
			answer := httptest.NewRecorder()
			s.mock.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/fhir/"+kind+"?identifier="+url.QueryEscape(exchange.ScratchSystem+"|"), nil))
			bundle, err := fhir.DecodeObject(answer.Body.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range fhir.Entries(fhir.Resource(bundle)) {
				if entry.Resource.Type() == kind {
					references = append(references, entry.Resource.Reference())
				}
			}
		}
		return references
	}
	for _, name := range []string{"write-answers-nothing", "none-exist-ignored", "wrong-method-taken", "location-elsewhere", "update-ignored", "stale-search-after-write"} {
		seen := s.play(t, []string{"CAP-WRITE-CREATE"}, hostile.Setting{Name: name})
		if found := left(); len(found) > 0 || len(seen.run.Systems[0].Remarks) > 0 {
			t.Errorf("%s: %v is left, and is told as %q", name, found, seen.run.Systems[0].Remarks)
		}
	}
	seen := s.play(t, []string{"CAP-WRITE-DELETE"}, hostile.Setting{Name: "delete-ignored"})
	found, told := left(), strings.Join(seen.run.Systems[0].Remarks, " ")
	for _, reference := range found {
		if !strings.Contains(told, reference) {
			t.Errorf("%s is left, and the run says %q", reference, told)
		}
	}
	if len(found) == 0 {
		t.Error("nothing is left where deletes are ignored")
	}
}

// TestACreateThatDoesNotSayWhereIsBlamedForThatAlone: the search for what was made finds it all the same, and is no late one.
func TestACreateThatDoesNotSayWhereIsBlamedForThatAlone(t *testing.T) {
	s := newStage(t)
	seen := s.play(t, []string{"CAP-WRITE-CREATE", "CAP-WRITE-CACHE", "CAP-WRITE-READ", "CAP-WRITE-UPDATE", "CAP-WRITE-DELETE"},
		hostile.Setting{Name: "location-missing"}, hostile.Setting{Name: "write-answers-nothing"})
	for _, r := range seen.run.Results {
		want := result.Pass
		if r.Check == "CAP-WRITE-CREATE" {
			want = result.Fail
		}
		if r.Status != want {
			t.Errorf("%s is %s: %s %s", r.Check, r.Status, r.Message, summary(r))
		}
	}
}

func TestASettingOfOnePatientChangesNothingForOthers(t *testing.T) {
	s := newStage(t)
	people := s.ledger.Stories()
	first, second := people[0].People[0].NHSNumber, people[1].People[0].NHSNumber
	handler, err := hostile.Wrap(s.mock.Handler(), hostile.Options{Base: "/fhir"}, hostile.Setting{Name: "html-with-200", Patient: first})
	if err != nil {
		t.Fatal(err)
	}
	for number, broken := range map[string]bool{first: true, second: false} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C"+number, nil))
		if got := strings.Contains(answer.Body.String(), "<!DOCTYPE"); got != broken {
			t.Errorf("%s: broken %v, want %v", number, got, broken)
		}
	}
}

func TestSettingsAreRead(t *testing.T) {
	got, err := hostile.ParseSetting("Head-Not-Found:type=Patient,patient=9990000018")
	if want := (hostile.Setting{Name: "head-not-found", Type: "Patient", Patient: "9990000018"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "no-such", "no-total:", "no-total:Patient", "no-total:colour=red"} {
		if _, err := hostile.ParseSetting(bad); err == nil {
			t.Errorf("%q is read as a setting", bad)
		}
	}
}

func TestBehavioursAreDescribedOnceAndFaultsOweSomething(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range hostile.All() {
		if seen[b.Name] || b.Title == "" || b.Theme == "" {
			t.Errorf("%+v", b)
		}
		seen[b.Name] = true
		if owes := b.Check+b.Rule != ""; owes != (b.Kind == hostile.Fault) {
			t.Errorf("%s is a %s behaviour and owes %q %q", b.Name, b.Kind, b.Check, b.Rule)
		}
		if _, ok := suites.Catalogue().Find(b.Check); b.Check != "" && !ok {
			t.Errorf("%s names check %s, which does not exist", b.Name, b.Check)
		}
	}
}
