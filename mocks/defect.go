package mocks

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Defect is one way a shared care record goes wrong, as a named switch. Turned on, it breaks exactly the thing it says
// and nothing else, so that a harness can be shown to notice each on its own.
type Defect struct {
	// ID is "D01", "D02" and so on, stable for ever.
	ID string
	// Title says the fault in a few words.
	Title string
	// Breaks says what a clinician or an engineer would not see, or would see wrongly.
	Breaks string
	// Family groups defects: identity, search, coding, time, provenance, privacy, security, operation, structure, detail and others.
	Family string
	// Severity is S1 (could contribute to serious harm or unlawful disclosure) to S4 (advisory).
	Severity string
	// Checks are the ids of the checks that must fail when the defect is on, and the only ones that may, sorted. They
	// stand in kills.txt.
	Checks []string

	hooks
}

// OfProviders reports whether the defect lies with single providers: without any named, with those that it chooses itself.
func (d Defect) OfProviders() bool {
	return d.content != nil && d.content.byProvider || d.unlisted || d.slowProvider
}

// hooks are the places where a defect can take hold. All are optional.
type hooks struct {
	// content changes what the system believes its own resources say. Search then works on the changed resource, as
	// in a system whose feed is wrong, so that no second fault appears.
	content *contentHook
	// served changes resources as they are written, while search still works on what is stored.
	served *contentHook
	// params changes the parameters of a search in effect; the self link still claims the original ones.
	params func(c *call, resourceType string, list params) params
	// asked changes the parameters of a search before they are read, so that the self link does not claim what it leaves out.
	asked func(c *call, resourceType string, list params) params
	// alwaysStrict refuses what is unknown whatever the client prefers; switchedOff refuses one parameter that is declared.
	alwaysStrict bool
	switchedOff  string
	// formOnly reads the parameters of a search by POST from its body alone.
	formOnly bool
	// keepsAnswers gives the answer to a search again to whoever does not ask for a fresh one.
	keepsAnswers bool
	// matches changes the list of matches before it is cut into pages.
	matches func(c *call, q *query, found []match) []match
	// page changes one page of a searchset before it is written.
	page func(c *call, q *query, p *page)
	// request changes a request before it is looked at.
	request func(r *http.Request)
	// reply changes the answer as a whole.
	reply func(c *call, a *reply)
	// neighbour changes what was learnt from asking the neighbour.
	neighbour func(c *call, answer *neighbourAnswer) error
	// unlisted leaves the setting's providers, or one, out of directory searches.
	unlisted bool
	// leaks names the reason for withholding (fixtures.SensitiveItem, fixtures.Objection) that is not honoured;
	// leaksAcross says that it is the neighbour who then sees what clients do not.
	leaks       string
	leaksAcross bool
	// waitsForever waits for the neighbour and for slow providers for as long as they take.
	waitsForever bool
	// keepsCopies shows what the neighbour last answered when it cannot be reached.
	keepsCopies bool
	// hidesMismatch leaves out the warning that the two systems do not agree on who a person is.
	hidesMismatch bool
	// findsWithheld gives what must not be shown to who knows its id or its identifier.
	findsWithheld bool
	// hidesWithholding and hidesAge leave out the warnings that something was withheld or is old.
	hidesWithholding, hidesAge bool
	// vanishes deletes what was entered in error, mergeLoses what was about the Patient that loses a merge.
	vanishes, mergeLoses bool
	// ignoresRoles shows restricted alerts to every role.
	ignoresRoles bool
	// unaudited records no access by the neighbour, hidesOverride an emergency override as an ordinary access, hidesUser the
	// system that asked and not who asked through it.
	unaudited, hidesOverride, hidesUser bool
	// forgetsMerges leaves no trace of a merge, or of its end, in the audit trail.
	forgetsMerges bool
	// keepsMerged leaves what a merge moved where it is when the merge is undone.
	keepsMerged bool
	// joinsEmpty lists a provider that joins and takes none of its records.
	joinsEmpty bool
	// atTheDoor says that the defect is one of who is let in and what they are told: it shows at guarded ways in, and most of
	// these show there alone.
	atTheDoor bool
	// acceptsAnyToken and ignoresCertificate leave the door open.
	acceptsAnyToken, ignoresCertificate bool
	// needsNoToken, takesExpired, skipsAudience, acceptsAnyScope, skipsSignature and takesUnsigned leave out one thing that a
	// token is looked at for, ignoresBinding that it opens the records of one patient alone.
	needsNoToken, takesExpired, skipsAudience, acceptsAnyScope, skipsSignature, takesUnsigned, ignoresBinding bool
	// believesAssertions and takesReplays leave out what an assertion is looked at for.
	believesAssertions, takesReplays bool
	// takesAnySecret, takesNoSecret and takesOthersSecret leave out what a client's secret is looked at for.
	takesAnySecret, takesNoSecret, takesOthersSecret bool
	// needsNoCertificate, takesOldCertificates, takesStrangers and takesAnyName leave out what a certificate is looked at for.
	needsNoCertificate, takesOldCertificates, takesStrangers, takesAnyName bool
	// speaksOldTLS speaks versions of TLS that are no longer safe.
	speaksOldTLS bool
	// forgetsAccess and forgetsRefusals leave no trace at guarded ways in.
	forgetsAccess, forgetsRefusals bool
	// slowProvider makes a client wait for what comes from the setting's providers, or from one.
	slowProvider bool
	// slowTail makes one request in a hundred take longer than any budget.
	slowTail bool
	// capability changes the CapabilityStatement.
	capability func(statement fhir.Resource)
	// freshPages cuts every page from a search made anew, so that writes between pages move entries.
	freshPages bool
	// neverStrict answers strict clients as lenient ones; forgivesDates leaves out what is no date.
	neverStrict, forgivesDates bool
}

// contentHook rewrites resources of the system's own store.
type contentHook struct {
	// types are the resource types it looks at.
	types []string
	// when says whether a resource can show the fault. It must not change it. nil means always.
	when func(resource fhir.Resource) bool
	// whenIn is a when that needs to know the store.
	whenIn func(s *Server, resource fhir.Resource) bool
	// apply changes a copy of the resource. When it returns false the resource is withheld altogether.
	apply func(resource fhir.Resource) bool
	// applyIn is an apply that needs to know the store, or adds to the view.
	applyIn func(s *Server, v *view, resource fhir.Resource) bool
	// limit is how many resources change when the setting names no provider or patient; 0 means all.
	limit int
	// byPatient makes limit count people instead of resources.
	byPatient bool
	// byProvider applies the hook to the setting's providers, or to one that no scenario is about.
	byProvider bool
	// sweep lets the hook touch the one seeded fact of each provider that shows whether the provider can be seen; all
	// others leave those facts alone, so that a fault of content does not look like an absent provider.
	sweep bool
	// everywhere makes the neighbour see the fault too, as when the source itself is at fault.
	everywhere bool
}

// Setting turns a defect on, for everything it concerns or only for some providers or patients.
type Setting struct {
	// ID is the defect's id.
	ID string `json:"id"`
	// Providers are ODS codes; empty means every provider, or the defect's own default.
	Providers []string `json:"providers,omitempty"`
	// Patients are NHS numbers; empty means every patient, or the defect's own default.
	Patients []string `json:"patients,omitempty"`
}

// ParseSetting reads a setting as the command line takes it: "D71", "D71:provider=RRK,provider=RQ3" or
// "D01:patient=9990000018".
func ParseSetting(text string) (Setting, error) {
	id, rest, scoped := strings.Cut(text, ":")
	setting := Setting{ID: strings.ToUpper(strings.TrimSpace(id))}
	if _, ok := DefectByID(setting.ID); !ok {
		return Setting{}, fmt.Errorf("unknown defect %q: --list-defects prints them all", id)
	}
	if !scoped {
		return setting, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(part, "=")
		switch {
		case ok && value != "" && key == "provider":
			setting.Providers = append(setting.Providers, value)
		case ok && value != "" && key == "patient":
			setting.Patients = append(setting.Patients, value)
		default:
			return Setting{}, fmt.Errorf("defect %q: %q is neither provider=ODS nor patient=NHSNUMBER", text, part)
		}
	}
	return setting, nil
}

// Defects returns every defect the mocks know, by id.
func Defects() []Defect {
	all := slices.Concat(identityDefects(), searchDefects(), codingDefects(), timeDefects(), provenanceDefects(),
		privacyDefects(), eventDefects(), operationDefects(), structureDefects(), listingDefects(), detailDefects(), planDefects(),
		relationDefects(), restDefects(), queryDefects(), answerDefects(), securityDefects())
	slices.SortFunc(all, func(a, b Defect) int { return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID)) })
	for i := range all {
		all[i].Checks = kills()[all[i].ID]
	}
	return all
}

// DefectByID returns one defect.
func DefectByID(id string) (Defect, bool) {
	for _, defect := range Defects() {
		if defect.ID == id {
			return defect, true
		}
	}
	return Defect{}, false
}

// activeDefect is a defect in force with the setting that limits it.
type activeDefect struct {
	Defect
	setting Setting
}

// activate resolves settings, in the order of their ids, refusing unknown and repeated ones.
func activate(settings []Setting) ([]activeDefect, error) {
	active := make([]activeDefect, 0, len(settings))
	for _, setting := range settings {
		defect, ok := DefectByID(setting.ID)
		if !ok {
			return nil, fmt.Errorf("unknown defect %q", setting.ID)
		}
		active = append(active, activeDefect{defect, setting})
	}
	slices.SortStableFunc(active, func(a, b activeDefect) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(active); i++ {
		if active[i].ID == active[i-1].ID {
			return nil, fmt.Errorf("defect %s is set twice: name all its providers and patients in one setting", active[i].ID)
		}
	}
	return active, nil
}

// call is one request being answered.
type call struct {
	server  *Server
	guard   *guard
	request *http.Request
	// fromNeighbour says that the other system asks, so only the own store answers and no client-side defect shows.
	fromNeighbour bool
	// state is what was switched when the request arrived, and stays so for it.
	state *state
	// defects are those in force for this request.
	defects []activeDefect
	// view is what this request may see of the own store.
	view *view
	// client is who asks, as authorisation established it; "" without authorisation.
	client string
	// onlyPatient is the id of the one Patient whose records may be shown; "" for no such limit.
	onlyPatient string
	// refused says that who asked was not let in.
	refused bool
	// audited says that the access has been recorded.
	audited bool
	// resourceType is the type the path names, "" above type level.
	resourceType string
}
