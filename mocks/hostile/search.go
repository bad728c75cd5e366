package hostile

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
)

// asking makes the hooks of a behaviour that only changes the parameters of searches.
func asking(ask func(parameters url.Values)) func() hooks {
	return func() hooks {
		return hooks{ask: func(_ *Exchange, parameters url.Values) { ask(parameters) }}
	}
}

// without leaves out parameters, with whatever modifier or chain.
func without(drop func(name string, values []string) bool) func() hooks {
	return asking(func(parameters url.Values) {
		for name, values := range parameters {
			if drop(name, values) {
				delete(parameters, name)
			}
		}
	})
}

// refusing answers searches that a condition holds of with the error that they are not supported.
func refusing(text string, when func(x *Exchange) bool) func() hooks {
	return func() hooks {
		return hooks{answer: func(x *Exchange) {
			if x.search() && when(x) {
				x.set(http.StatusBadRequest, fhirJSON, outcome("not-supported", text))
			}
		}}
	}
}

// fhirJSON is the media type of FHIR in JSON.
const fhirJSON = "application/fhir+json; charset=utf-8"

// outcome writes an OperationOutcome.
func outcome(code, text string) string {
	return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"` + code + `","diagnostics":"` + text + `"}]}`
}

// results are the parameters that are no filters.
func results() []string {
	return []string{"_count", "_sort", "_include", "_revinclude", "_total", "_summary", "_elements", "_format", "_pretty", "page", "queryId", "cursor", "_contained"}
}

// filter reports whether a parameter narrows a search.
func filter(name string) bool {
	base, _, _ := strings.Cut(name, ":")
	return !slices.Contains(results(), base)
}

// searchBehaviours are what servers do with the parameters of a search.
func searchBehaviours() []Behaviour {
	fault := func(name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Search, Kind: Fault, Title: title, Check: check, Rule: rule, hooks: hooks}
	}
	legal := func(name, title string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Search, Kind: Legal, Title: title, hooks: hooks}
	}
	modifier := func(values ...string) func(string) bool {
		return func(value string) bool { return slices.Contains(values, value) }
	}
	ends := func(name string, known func(string) bool) bool {
		_, given, ok := strings.Cut(name, ":")
		return ok && known(given)
	}
	known := modifier("exact", "contains", "missing", "not", "text", "in", "not-in", "above", "below", "of-type", "identifier", "iterate")
	return []Behaviour{
		fault("empty-value-matches-all", "a parameter with an empty value is no filter: everybody is shown", "PAR-GRID-EMPTY", "", without(func(name string, values []string) bool {
			return filter(name) && !slices.ContainsFunc(values, func(v string) bool { return v != "" })
		})),
		fault("identifier-ignored", "a search by identifier is no filter: everybody is shown", "PAR-IDENTITY-001", "search-about-everybody", without(func(name string, _ []string) bool {
			base, _, _ := strings.Cut(name, ":")
			return base == "identifier"
		})),
		fault("patient-ignored", "a search by patient is no filter: everybody's records are shown", "PAR-SEARCH-IMMUNIZATION", "", without(func(name string, _ []string) bool {
			base, _, _ := strings.Cut(name, ":")
			return base == "patient"
		})),
		fault("patient-id-alone-finds-nothing", "a search for a patient's records by the id alone finds nothing, and by type and id finds them", "PAR-GRID-REFERENCE", "patient-by-id", asking(func(parameters url.Values) {
			for i, value := range parameters["patient"] {
				if !strings.ContainsAny(value, "/") {
					parameters["patient"][i] = "Patient/concord-nobody"
				}
			}
		})),
		fault("token-system-unmatched", "an identifier with its system finds nobody, and its value alone finds them", "PAR-IDENTITY-001", "token-system", asking(func(parameters url.Values) {
			for i, value := range parameters["identifier"] {
				if system, _, with := strings.Cut(value, "|"); with && system != "" {
					parameters["identifier"][i] = "concord-nobody"
				}
			}
		})),
		fault("text-anywhere", "a text is found by whatever it holds, as :contains does, so that Son finds Johnson", "PAR-GRID-STRING", "search-contract", asking(func(parameters url.Values) {
			for _, name := range []string{"family", "given", "name", "address", "address-city", "address-postalcode"} {
				if values, ok := parameters[name]; ok {
					parameters[name+":contains"] = values
					delete(parameters, name)
				}
			}
		})),
		fault("patient-id-alone-refused", "a search for a patient's records by the id alone is refused, and by type and id finds them", "PAR-GRID-REFERENCE", "patient-by-id", refusing("the reference has no type", func(x *Exchange) bool {
			return slices.ContainsFunc(append(x.Parameters["patient"], x.form["patient"]...), func(value string) bool { return value != "" && !strings.Contains(value, "/") })
		})),
		fault("meta-not-indexed", "_lastUpdated, _tag, _security, _profile and _source are declared and find nothing, whatever they are asked for", "PAR-GRID-TOKEN", "parameter-silent", func() hooks {
			return hooks{answer: func(x *Exchange) {
				if !x.search() || !slices.ContainsFunc([]string{"_lastUpdated", "_tag", "_security", "_profile", "_source"}, x.has) {
					return
				}
				x.bundle(func(bundle map[string]any) {
					bundle["total"] = 0
					delete(bundle, "entry")
				})
			}}
		}),
		fault("repetition-refused", "a parameter that is given twice is refused", "PAR-DATE-001", "search-repetition-refused", refusing("date is invalid", func(x *Exchange) bool {
			return len(x.Parameters["date"]) > 1
		})),
		fault("repetition-last-counts", "of a parameter that is given twice only the last value counts", "PAR-DATE-001", "", asking(func(parameters url.Values) {
			for name, values := range parameters {
				parameters[name] = values[len(values)-1:]
			}
		})),
		fault("unknown-modifier-ignored", "a modifier that FHIR does not have is dropped in silence", "PAR-GRID-MODIFIER", "", asking(func(parameters url.Values) {
			for name, values := range parameters {
				base, given, ok := strings.Cut(name, ":")
				if ok && !known(given) && (given == "" || given[0] < 'A' || given[0] > 'Z') && !strings.Contains(given, ".") {
					delete(parameters, name)
					parameters[base] = append(parameters[base], values...)
				}
			}
		})),
		fault("missing-maybe-taken", ":missing with a value that is neither true nor false is taken", "PAR-GRID-MALFORMED", "", without(func(name string, values []string) bool {
			return ends(name, modifier("missing")) && values[0] != "true" && values[0] != "false"
		})),
		fault("summary-bogus-taken", "_summary with a value that FHIR does not have is taken", "PAR-GRID-MALFORMED", "", without(func(name string, values []string) bool {
			return name == "_summary" && !slices.Contains([]string{"true", "false", "text", "data", "count"}, values[0])
		})),
		fault("count-negative-taken", "_count=-1 is taken", "PAR-GRID-MALFORMED", "", without(func(name string, values []string) bool {
			return name == "_count" && strings.HasPrefix(values[0], "-")
		})),
		fault("count-text-breaks", "_count=abc is answered with status 500", "PAR-GRID-MALFORMED", "", func() hooks {
			return hooks{answer: func(x *Exchange) {
				if count := x.Parameters.Get("_count"); x.search() && strings.Trim(count, "-0123456789") != "" {
					x.set(http.StatusInternalServerError, fhirJSON, outcome("exception", "For input string"))
				}
			}}
		}),
		fault("unknown-parameter-ignored", "a parameter that FHIR does not have is passed over, whatever Prefer says", "PAR-IGNORED-STRICT", "ignored-strict", func() hooks {
			return hooks{request: func(x *Exchange) { x.Request.Header.Del("Prefer") }}
		}),
		legal("total-refused", "_total is refused", refusing("_total is not supported", func(x *Exchange) bool { return x.has("_total") })),
		legal("unknown-parameter-refused", "a parameter that FHIR does not have is refused, unless the client prefers to have it ignored", func() hooks {
			return hooks{request: func(x *Exchange) {
				if x.search() && !strings.Contains(x.Request.Header.Get("Prefer"), "handling=lenient") {
					x.Request.Header.Set("Prefer", "handling=strict")
				}
			}}
		}),
		fault("declared-parameter-refused", "a parameter that is declared is refused as disabled", "PAR-GRID-REFUSED", "", refusing("search by status is disabled on this server", func(x *Exchange) bool {
			return x.has("status") || x.has("clinical-status")
		})),
		fault("declared-parameter-ignored", "a parameter that is declared is ignored", "PAR-DECLARED-001", "", without(func(name string, _ []string) bool {
			base, _, _ := strings.Cut(name, ":")
			return base == "status" || base == "clinical-status"
		})),
		fault("filters-dropped", "a gateway in front drops all filters but the patient", "PAR-FILTER-001", "", without(func(name string, _ []string) bool {
			return filter(name) && !strings.HasPrefix(name, "patient") && !strings.HasPrefix(name, "subject") && name != "identifier" && name != "_id"
		})),
		fault("query-dropped", "a gateway in front drops all that follows the question mark", "CAP-ERROR-NHS", "", asking(func(parameters url.Values) {
			clear(parameters)
		})),
		fault("own-base-reference-not-found", "a reference that is absolute and leads to the server itself finds nothing", "PAR-GRID-REFERENCE", "", asking(func(parameters url.Values) {
			for name, values := range parameters {
				for i, value := range values {
					if filter(name) && strings.HasPrefix(value, "http") && strings.Contains(value, "/Patient/") {
						values[i] = "Patient/nobody"
					}
				}
			}
		})),
		fault("typed-patient-not-found", "a patient who is named by type and id, and not by id alone, finds nothing", "PAR-SEARCH-ALLERGY", "", asking(func(parameters url.Values) {
			for name, values := range parameters {
				for i, value := range values {
					if filter(name) && strings.HasPrefix(value, "Patient/") {
						values[i] = "Patient/nobody"
					}
				}
			}
		})),
		fault("other-base-reference-found", "a reference to another server's record finds the server's own", "PAR-GRID-REFERENCE", "", asking(func(parameters url.Values) {
			for name, values := range parameters {
				for i, value := range values {
					if filter(name) && strings.HasPrefix(value, "http") {
						if at := strings.Index(value, "/Patient/"); at >= 0 {
							values[i] = value[at+1:]
						}
					}
				}
			}
		})),
		fault("stale-search-cache", "the answer to one form of a reference is given to every other, until Cache-Control: no-cache asks for the truth", "PAR-GRID-CACHE", "", staleCache),
		fault("identifier-any-system", "identifier=|value matches any system", "PAR-GRID-TOKEN", "", asking(func(parameters url.Values) {
			for i, value := range parameters["identifier"] {
				parameters["identifier"][i] = strings.TrimPrefix(value, "|")
			}
		})),
		fault("quantity-unit-unmatched", "value-quantity by unit matches the code only", "PAR-GRID-VALUE", "", asking(func(parameters url.Values) {
			for i, value := range parameters["value-quantity"] {
				if parts := strings.Split(value, "|"); len(parts) == 3 && parts[1] == "" && parts[2] != "" {
					parameters["value-quantity"][i] = parts[0] + "||concord-no-such-unit"
				}
			}
		})),
		fault("chain-ignored", "a chained parameter is ignored", "PAR-META-CHAIN", "", without(func(name string, _ []string) bool { return strings.Contains(name, ".") })),
		fault("has-ignored", "_has is ignored", "PAR-META-CHAIN", "meta-has", without(func(name string, _ []string) bool { return strings.HasPrefix(name, "_has") })),
		fault("composite-ignored", "a composite parameter is ignored", "PAR-GRID-VALUE", "", without(func(name string, _ []string) bool {
			return strings.HasPrefix(name, "code-value-") || strings.HasPrefix(name, "combo-code-value") || strings.HasPrefix(name, "component-code-value")
		})),
		fault("include-ignored", "_include is ignored", "PAR-META-INCLUDE", "", without(func(name string, _ []string) bool { return strings.HasPrefix(name, "_include") })),
		fault("revinclude-ignored", "_revinclude is ignored", "PAR-SEARCH-RESULTS-SHOULD", "", without(func(name string, _ []string) bool { return strings.HasPrefix(name, "_revinclude") })),
		fault("sort-ignored", "_sort is ignored", "PAR-SORT-001", "", without(func(name string, _ []string) bool { return name == "_sort" })),
		fault("post-loses-url-parameters", "a search by POST drops the parameters of its URL", "PAR-GRID-POST", "", func() hooks {
			return hooks{request: func(x *Exchange) {
				if x.posted() {
					address := *x.Request.URL
					address.RawQuery = ""
					x.Request.URL = &address
				}
			}}
		}),
		fault("lenient-refused", "an unknown parameter is refused although Prefer asks for lenient handling", "PAR-GRID-LENIENT", "", refusing("unknown search parameter", func(x *Exchange) bool {
			if !strings.Contains(x.Request.Header.Get("Prefer"), "lenient") {
				return false
			}
			for name := range x.Parameters {
				if strings.Contains(name, "no-such") {
					return true
				}
			}
			return false
		})),
		fault("rare-parameter-refused", "a parameter that is declared, and that few search by, is refused as disabled", "CAP-DECLARED-002", "declared-parameter-refused",
			refusing("search by part-of is disabled on this server", func(x *Exchange) bool { return x.has("part-of") || x.has("based-on") })),
		fault("bad-nhs-number-is-no-filter", "a number that fails the check digit is no filter: everybody is shown", "CAP-ERROR-NHS", "bad-nhs-number-found", func() hooks {
			return hooks{request: func(x *Exchange) {
				number := strings.TrimPrefix(x.Parameters.Get("identifier"), fhir.NHSNumberSystem+"|")
				if x.Type() != "Patient" || number == x.Parameters.Get("identifier") || len(number) != 10 || fhir.CheckNHSNumber(number) == nil {
					return
				}
				address := *x.Request.URL
				address.RawQuery = "_count=5"
				x.Request.URL = &address
			}}
		}),
		legal("modifiers-refused", "the modifiers :not, :missing, :exact and :contains are refused", refusing("modifier not supported", func(x *Exchange) bool {
			return slices.ContainsFunc(slices.Collect(maps.Keys(x.Parameters)), func(name string) bool { return ends(name, modifier("not", "missing", "exact", "contains")) })
		})),
		legal("sort-refused", "_sort is refused", refusing("_sort is not supported", func(x *Exchange) bool { return x.has("_sort") })),
		legal("text-modifier-anywhere", ":text matches words anywhere in a resource", textAnywhere),
	}
}

// textAnywhere finds by :text whatever has the words somewhere.
func textAnywhere() hooks {
	modified := func(parameters url.Values) (name, words string) {
		for given, values := range parameters {
			if strings.HasSuffix(given, ":text") && len(values) > 0 {
				return given, values[0]
			}
		}
		return "", ""
	}
	return hooks{
		ask: func(_ *Exchange, parameters url.Values) {
			if name, _ := modified(parameters); name != "" {
				delete(parameters, name)
			}
		},
		answer: func(x *Exchange) {
			name, words := modified(x.Parameters)
			if name == "" {
				return
			}
			x.entries(func(entries []any) []any {
				return slices.DeleteFunc(entries, func(entry any) bool {
					text, err := json.Marshal(fhir.Get(entry, "resource"))
					return err != nil || !strings.Contains(strings.ToLower(string(text)), strings.ToLower(words))
				})
			})
			x.bundle(func(bundle map[string]any) { delete(bundle, "total") })
		},
	}
}

// staleCache answers searches that differ only in how they write a reference with the first answer that was given.
func staleCache() hooks {
	var kept sync.Map
	key := func(x *Exchange) string {
		same := url.Values{}
		for name, values := range x.Parameters {
			for _, value := range values {
				if name == "patient" || name == "subject" {
					value = value[strings.LastIndexByte(value, '/')+1:]
				}
				same.Add(name, value)
			}
		}
		return x.Type() + "?" + same.Encode()
	}
	fresh := func(x *Exchange) bool { return strings.Contains(x.Request.Header.Get("Cache-Control"), "no-cache") }
	return hooks{
		instead: func(w http.ResponseWriter, x *Exchange) bool {
			if !x.search() || !x.has("patient") && !x.has("subject") || fresh(x) {
				return false
			}
			known, ok := kept.Load(key(x))
			if !ok {
				return false
			}
			old, ok := known.(*Exchange)
			if ok {
				plain(w, &Exchange{Request: x.Request, Status: old.Status, Header: old.Header.Clone(), text: old.text})
			}
			return ok
		},
		answer: func(x *Exchange) {
			if x.search() && x.whole() && (x.has("patient") || x.has("subject")) {
				kept.Store(key(x), &Exchange{Status: x.Status, Header: x.Header.Clone(), text: x.Body()})
			}
		},
	}
}
