package mocks

import (
	"errors"
	"net/http"

	"concord.example/concord/internal/search"
)

// parse reads a search. What the parser refuses becomes a 400 that names the parameter and what is right.
func (s *Server) parse(resourceType string, list params, handling search.Handling) (*search.Query, error) {
	parsed, err := search.Parse(resourceType, list.encode(), search.Options{Handling: handling, Base: s.base, Now: s.Now()})
	if err != nil {
		return nil, searchFailure(err)
	}
	return parsed, nil
}

// searchFailure says what a client did wrong with a search; other errors stay as they are.
func searchFailure(err error) error {
	var costly *search.LimitError
	if errors.As(err, &costly) {
		return fail(http.StatusBadRequest, "too-costly", "%v", err)
	}
	var refused *search.ParamError
	switch {
	case !errors.As(err, &refused):
		return err
	case refused.Unknown:
		return fail(http.StatusBadRequest, "not-supported", "%v", err)
	default:
		return fail(http.StatusBadRequest, "value", "%v", err)
	}
}

// applied are the parameters of a query that were understood, for the self link.
func applied(parsed *search.Query) params {
	var list params
	for _, item := range parsed.Applied() {
		list = append(list, param{item.Name, item.Value})
	}
	return list
}

// isReferenceParam reports whether a name is a reference search parameter of a type.
func isReferenceParam(resourceType, code string) bool {
	parameter, ok := search.Lookup(resourceType, code)
	return ok && parameter.Kind == search.Reference
}

// referenceTargets are the types a reference parameter may point at.
func referenceTargets(resourceType, code string) []string {
	parameter, ok := search.Lookup(resourceType, code)
	if !ok {
		return nil
	}
	return parameter.Targets
}
