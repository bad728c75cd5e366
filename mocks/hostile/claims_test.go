package hostile_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
)

// said is an answer as a client meets it: what is not of the body by name, and what is in the body by the path of each element.
type said struct {
	around map[string]string
	text   string
	leaves map[string]int
}

// reader asks a server, and keeps what is below the address that the server happens to have.
type reader struct {
	client *http.Client
	server *httptest.Server
	// asked is how often the server was asked: a client asks again where a connection is dropped.
	asked atomic.Int64
}

func newReader(t *testing.T, handler http.Handler) *reader {
	t.Helper()
	r := &reader{client: &http.Client{Transport: &http.Transport{DisableCompression: true}}}
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.asked.Add(1)
		request.Host = "a.example.test"
		handler.ServeHTTP(w, request)
	}))
	t.Cleanup(r.server.Close)
	return r
}

// ask reads the answer to a question below the base, with all pages that follow.
func (r *reader) ask(t *testing.T, question string) said {
	t.Helper()
	s := said{around: map[string]string{}, leaves: map[string]int{}}
	request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		s.around["before"] = fmt.Sprint(code)
		return nil
	}}), http.MethodGet, r.server.URL+"/fhir/"+question, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip")
	before := r.asked.Load()
	response, err := r.client.Do(request)
	if err != nil {
		s.around["connection"] = "dropped"
		return s
	}
	defer func() { _ = response.Body.Close() }()
	if r.asked.Load() > before+1 {
		s.around["connection"] = "dropped, and asked again"
	}
	body, err := io.ReadAll(response.Body)
	if err == nil && response.Header.Get("Content-Encoding") == "gzip" {
		body, err = unzipped(body)
	}
	if err != nil {
		s.around["connection"] = "cut"
		return s
	}
	s.around["status"], s.around["protocol"], s.around["closed"] = fmt.Sprint(response.StatusCode), response.Proto, fmt.Sprint(response.Close)
	for name, values := range response.Header {
		if name != "X-Request-Id" && name != "Content-Length" {
			s.around["header "+name] = strings.Join(values, ", ")
		}
	}
	s.text = string(body)
	object, err := fhir.DecodeObject(body)
	if err != nil {
		return s
	}
	s.add("", map[string]any(object))
	if next := fhir.Link(object, "next"); next != "" && !strings.Contains(question, "_count=3") {
		address, err := url.Parse(next)
		if err != nil {
			t.Fatal(err)
		}
		_, path, rooted := strings.Cut(address.Path, "/fhir")
		if path = strings.TrimPrefix(path, "/"); !rooted {
			path = address.Path
		}
		further := r.ask(t, path+"?"+address.RawQuery)
		s.around["pages"] = "1" + further.around["pages"]
		if further.around["status"] != s.around["status"] {
			s.around["status"] += " and then " + further.around["status"]
		}
		for leaf, n := range further.leaves {
			if !strings.HasPrefix(leaf, "Bundle.link") && !strings.HasPrefix(leaf, "Bundle.id") && !strings.HasPrefix(leaf, "Bundle.t") && !strings.HasPrefix(leaf, "Bundle.resourceType") {
				s.leaves[leaf] += n
			}
		}
	}
	return s
}

// unzipped is what was compressed.
func unzipped(body []byte) ([]byte, error) {
	from, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(from)
}

// add counts the leaves below a value. A resource within begins a path of its own.
func (s said) add(path string, value any) {
	switch value := value.(type) {
	case map[string]any:
		if kind := fhir.Text(value["resourceType"]); kind != "" {
			path = kind
		}
		for name, below := range value {
			if name != "resourceType" {
				s.add(path+"."+name, below)
			}
		}
	case []any:
		for _, item := range value {
			s.add(path, item)
		}
	default:
		s.leaves[path+"="+fmt.Sprint(value)]++
	}
}

// differences names what is other in two answers: "status", "header ETag", "order" where the body says the same in another order or
// layout, or the paths of the elements.
func differences(a, b said) []string {
	found := map[string]bool{}
	if a.around["status"] != b.around["status"] || a.around["connection"] != b.around["connection"] {
		return []string{strings.TrimSpace("status " + b.around["status"] + " " + b.around["connection"])}
	}
	for _, pair := range [][2]said{{a, b}, {b, a}} {
		for name, value := range pair[0].around {
			if pair[1].around[name] != value {
				found[name] = true
			}
		}
		for leaf, n := range pair[0].leaves {
			if pair[1].leaves[leaf] != n {
				path, _, _ := strings.Cut(leaf, "=")
				found[path] = true
			}
		}
	}
	if len(found) == 0 && a.text != b.text {
		found["order"] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// questionsFor are questions that show records of many kinds, the directory, pages and refusals.
func questionsFor(t *testing.T, ledger *fixtures.Ledger, r *reader) []string {
	t.Helper()
	questions := []string{
		"metadata", "Patient/concord-no-such-id", "Organization?_count=3", "Location?_count=3", "Practitioner?_count=3", "PractitionerRole?_count=3",
	}
	patient := func(id string) string {
		story, _ := ledger.Story(id)
		search := "Patient?identifier=" + url.QueryEscape(fhir.NHSNumberSystem+"|"+story.Person().NHSNumber)
		questions = append(questions, search)
		for _, leaf := range slices.Sorted(maps.Keys(r.ask(t, search).leaves)) {
			if found, is := strings.CutPrefix(leaf, "Patient.id="); is {
				return found
			}
		}
		t.Fatalf("nobody of the story %s is shown", id)
		return ""
	}
	patient("dates") // who has two given names
	for _, query := range []string{"", "&_count=100"} {
		questions = append(questions, "Observation?patient="+patient("paging")+query)
	}
	told := patient("details")
	questions = append(questions, "Patient/"+told, "Patient/"+told+"/_history")
	for _, query := range []string{"_sort=-date", "date=ap2025", "_summary=count", "code:not=1", "code:text=potassium", "_total=accurate", "concord-no-such-parameter=1"} {
		questions = append(questions, "Observation?"+query+"&patient="+told)
	}
	for _, kind := range fixtures.Kinds() {
		questions = append(questions, string(kind)+"?_revinclude=Provenance:target&patient="+told)
	}
	return questions
}

// claims says by the names of differences what each lawful behaviour may change, and has to. "order" is a body that says the same in another
// order, or in other white space, which each change of a body may bring with it; the id and the links of a Bundle are another where the search is put
// otherwise to what lies behind.
func claims() map[string]string {
	const (
		instants = `.*\.(meta\.lastUpdated|period\.(start|end)|start|end|created|recorded|recordedDate|issued|authoredOn|dateAsserted|(effective|performed)DateTime|occurred.*|date)`
		refused  = `status 400 ?`
		later    = `(status 200( and then 200)* and then |status )`
		paged    = `pages|Bundle\.(id|link\.(relation|url)|meta\.lastUpdated)`
		told     = `.*\.(reference|identifier\.(system|value))`
	)
	return map[string]string{
		"answers-203": `status 203`, "busy-html": later + `503`, "clock-skew": `header Date`, "connection-closed": `closed`,
		"copy-gains-tags": `.*\.meta\.tag\.(code|system)`, "count-capped": paged, "cursor-without-type": `Bundle\.link\.url`,
		"declares-little":            `CapabilityStatement\.rest\.resource\.(conditionalRead|interaction\.code|operation\.(name|definition))`,
		"declares-result-parameters": `CapabilityStatement\.rest\.resource\.searchParam\.(name|type)`,
		"empty-last-page":            `pages|Bundle\.link\.(relation|url)`, "entry-with-id": `Bundle\.entry\.id`, "errors-broader-code": `OperationOutcome\..*`,
		"etag-of-the-body": `header Etag`, "etag-uuid": `header Etag`, "every-twentieth-dropped": `status 200 dropped, and asked again`,
		"few-types": `CapabilityStatement\.rest\.resource\..*|Observation\.specimen\.reference|status 40[04]`, "fhir-version-4-0-0": `CapabilityStatement\.fhirVersion`,
		"http-1-0": `closed|protocol`, "hundreds-of-headers": `header X-Gateway-\d+`, "informational": `before`, "metadata-large": `CapabilityStatement\.text\.(div|status)`,
		"modifiers-refused": refused, "no-charset": `header Content-Type`, "no-search-mode": `Bundle\.entry\.search\.mode`, "no-total": `Bundle\.total`,
		"no-validators": `header (Etag|Last-Modified)`, "outcome-among-matches": `Bundle\.entry\.search\.mode|OperationOutcome\.issue\..*`,
		"page-link-expires": later + `410`, "rare-prefixes-refused": refused, "rate-limit-headers": `header X-Ratelimit-.*`,
		"self-defaults-added": `Bundle\.link\.url`, "self-reordered": `Bundle\.link\.url`, "sort-refused": refused, "starting": `status 503`,
		"statement-dated-now": `CapabilityStatement\.date|header Etag`,
		"style-address-lines": `.*\.address\.line`, "style-bundle-told": `Bundle\.(entry\.search\.score|identifier\..*|timestamp)`,
		"style-category-added": `.*\.category\.coding\.(code|system)`, "style-coding-added": `.*\.coding\.(code|display|system)`, "style-codings-reversed": `order`,
		"style-contained-organisations": told + `|Organization\.id`, "style-contained-practitioners": told + `|Practitioner\.id`,
		"style-defaults-written":    `MedicationRequest\.doNotPerform|ServiceRequest\.doNotPerform|Patient\.deceasedBoolean`,
		"style-directory-elsewhere": `.*\.reference`, "style-effective-instants": `Observation\.effective(DateTime|Instant)`, "style-entries-reversed": `order`,
		"style-extension-added": `.*\.extension\.(url|valueString)`, "style-further-links": `Bundle\.link\.(relation|url)`, "style-given-together": `.*\.name\.given`,
		"style-gzip": `header Content-Encoding`, "style-headers": `header (Content-Type|X-Powered-By)`,
		"style-identifier-added": `.*\.identifier\.(system|type\.text|_value\..*)`, "style-identifiers-told": `.*\.identifier\.(assigner\.display|use)`,
		"style-keys-reversed": `order`, "style-language": `[A-Za-z]+\.language`, "style-linked-patient": `Patient\..*|Bundle\.(total|entry\..*)|CapabilityStatement\.rest\.resource\.searchParam\..*`, "style-lists-reversed": `order`,
		"style-medications-contained":  `Medication\..*|.*\.medication(CodeableConcept|Reference)\..*`,
		"style-medications-referenced": `.*\.medication(CodeableConcept|Reference)\..*`,
		"style-milliseconds":           instants, "style-names-told": `.*\.(name|address)\.text`, "style-narrative": `.*\.text\.(div|status)`,
		"style-nine-digits": instants, "style-no-source": `.*\.meta\.source`, "style-no-words": `.*\.text`, "style-opaque-cursors": `Bundle\.link\.url`, "style-organisations-in-capitals": `Organization\.name`,
		"style-other-ids": `.*\.(id|reference|fullUrl)|Bundle\.link\.url|header .*`, "style-other-zone": instants, "style-own-numbers": `.*\.identifier\.(system|value)`,
		"style-own-profile": `.*\.meta\.profile`, "style-periods": `.*\.(effective|performed)(DateTime|Period\.(start|end))`,
		"style-phone-international": `.*\.telecom\.value`, "style-postcodes-together": `.*\.address\.postalCode`, "style-ranges-told": `Observation\.(component\.)?referenceRange\.text`,
		"style-references-by-id": told, "style-references-by-identifier": `.*\.reference`, "style-references-told": `.*\.(type|display)`,
		"style-relative-next": `Bundle\.link\.url`, "style-request-in-source": `.*\.meta\.source`, "style-rooted-next": `Bundle\.link\.url`,
		"style-since": `.*\.period\.start`, "style-slashes-escaped": `order`, "style-small-pages": paged, "style-source-of-its-own": `.*\.meta\.source`,
		"style-summer-time": instants, "style-synonyms": `.*\.coding\.display`, "style-tags-added": `.*\.meta\.tag\.(code|system)`,
		"style-trailing-zeros": `.*\.value`, "style-urn-fullurl": `Bundle\.entry\.fullUrl`, "style-usual-names": `.*\.name\.use`,
		"style-version-names": `.*\.meta\.versionId|header Etag|Bundle\.entry\.response\.etag`, "style-versioned-targets": `Provenance\.target\.reference`,
		"style-whole-decimals": `.*\.value`, "text-modifier-anywhere": `Bundle\..*|Observation\..*`, "throttled-date": later + `429`, "throttled-seconds": later + `429`,
		"total-on-later-pages-only": `Bundle\.total`, "total-refused": refused, "unknown-parameter-refused": refused,
	}
}

// TestEachStyleChangesWhatItSaysAndNothingElse asks a mock with and without each lawful behaviour. One that changes nothing tries nothing
// out, and one that changes more than its title says tries out something else.
func TestEachStyleChangesWhatItSaysAndNothingElse(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.NewInsidePair(mocks.Options{Ledger: ledger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Close)
	changed, behind := map[string]map[string]bool{}, pair.Servers[0].Handler()
	plain := newReader(t, behind)
	questions := questionsFor(t, ledger, plain)
	clean := make([]said, len(questions))
	for i, question := range questions {
		clean[i] = plain.ask(t, question)
	}
	for _, b := range hostile.All() {
		if b.Kind != hostile.Legal || b.Writes {
			continue
		}
		changed[b.Name] = map[string]bool{}
		handler, err := hostile.Wrap(behind, hostile.Options{Base: "/fhir", Except: mocks.FromNeighbour}, hostile.Setting{Name: b.Name})
		if err != nil {
			t.Fatal(err)
		}
		styled := newReader(t, handler)
		for i, question := range questions {
			for _, name := range differences(clean[i], styled.ask(t, question)) {
				changed[b.Name][name] = true
			}
		}
	}
	claimed := claims()
	for name, differences := range changed {
		says, known := claimed[name]
		if !known {
			t.Errorf("%s: nobody says what it changes: %v", name, slices.Sorted(maps.Keys(differences)))
			continue
		}
		is, shown := regexp.MustCompile(`^(?:`+says+`)$`), false
		for difference := range differences {
			if is.MatchString(difference) {
				shown = true
			} else if difference != "order" && difference != "Bundle.id" && difference != "Bundle.link.url" {
				t.Errorf("%s changes %s, which it does not say", name, difference)
			}
		}
		if !shown {
			t.Errorf("%s changes nothing that it says, but %v", name, slices.Sorted(maps.Keys(differences)))
		}
	}
	for name := range claimed {
		if changed[name] == nil {
			t.Errorf("%s is said to change something, and is no lawful behaviour", name)
		}
	}
}
