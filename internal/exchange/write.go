package exchange

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// checkWrite lets through what loads data and what takes away what was loaded, and nothing else: POST of a Bundle to the base, POST
// to a type, PUT to a type and id, and DELETE of what may be deleted. place is the URL below the base.
func checkWrite(request Request, place string, mayDelete func(string) bool) error {
	if request.Method == http.MethodDelete {
		return checkDelete(place, mayDelete)
	}
	allowed := request.Method == http.MethodPost && (place == "" || place == "/" || typePlace.MatchString(place)) ||
		request.Method == http.MethodPut && instancePlace.MatchString(place)
	if !allowed {
		return fmt.Errorf("refused to send: %s %s is neither a create, an update nor a transaction", request.Method, place)
	}
	resource, err := fhir.DecodeObject([]byte(request.Body))
	if err != nil {
		// What cannot be read cannot be searched for NHS numbers.
		return fmt.Errorf("refused to send: the body of a write must be one FHIR resource in JSON: %w", err)
	}
	for i, entry := range fhir.Objects(resource["entry"]) {
		method := fhir.Text(fhir.Get(entry, "request", "method"))
		if method == http.MethodDelete && mayDelete != nil {
			if err := checkDelete("/"+fhir.Text(fhir.Get(entry, "request", "url")), mayDelete); err != nil {
				return err
			}
			continue
		}
		if !slices.Contains([]string{http.MethodPost, http.MethodPut}, method) {
			return fmt.Errorf("refused to send: entry %d is a %q, and only POST and PUT load data", i, method)
		}
	}
	return checkSynthetic(resource)
}

// checkDelete lets through the delete of one resource that may be deleted.
func checkDelete(place string, mayDelete func(string) bool) error {
	if mayDelete == nil || !instancePlace.MatchString(place) || !mayDelete(strings.TrimPrefix(place, "/")) {
		return fmt.Errorf("refused to send: DELETE %s, and only what is known to have been put there by this program is deleted", place)
	}
	return nil
}

var (
	typePlace     = regexp.MustCompile(`^/[A-Z][A-Za-z]*$`)
	instancePlace = regexp.MustCompile(`^/[A-Z][A-Za-z]*/[A-Za-z0-9.-]{1,64}$`)
)

// checkSynthetic refuses a resource with an NHS number that could be a person's: in an identifier of the NHS number's
// system, in one that does not say its system, or in the search of a conditional create.
func checkSynthetic(value any) error {
	switch value := value.(type) {
	case map[string]any:
		system := fhir.Text(value["system"])
		if system == "" || strings.Contains(strings.ToLower(system), "nhs-number") {
			if err := checkTestRange(fhir.Text(value["value"])); err != nil {
				return err
			}
		}
		for _, part := range value {
			if err := checkSynthetic(part); err != nil {
				return err
			}
		}
	case []any:
		for _, part := range value {
			if err := checkSynthetic(part); err != nil {
				return err
			}
		}
	case string:
		return CheckQuery(value)
	}
	return nil
}
