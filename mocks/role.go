package mocks

import (
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// roleHeader says in which role a person asks (NHS England's APIs: the id of a role profile).
const roleHeader = "Nhsd-Session-Urid"

// clerkRole is the one role profile that both systems know not to be a clinician's.
const clerkRole = "100000000002"

// Roles returns the request headers that make the systems take who asks for a clinician or for a clerk. A request without
// them is the application's own and is taken for a clinician's.
func Roles() map[string]http.Header {
	return map[string]http.Header{
		"clinician": {roleHeader: {"100000000001"}},
		"clerk":     {roleHeader: {clerkRole}},
	}
}

// conceals reports whether who asks may not learn of a resource: a clerk may not see an alert that is labelled
// restricted. Nothing says that it was kept back, because that would tell as much as the alert.
func (c *call) conceals(resource fhir.Resource) bool {
	return c.beyond(resource) || resource.Type() == "Flag" && restricted(resource) && c.request.Header.Get(roleHeader) == clerkRole &&
		!c.hides(func(h hooks) bool { return h.ignoresRoles })
}

// concealed leaves out the matches that who asks may not learn of.
func (c *call) concealed(matches []match) []match {
	return slices.DeleteFunc(matches, func(m match) bool { return c.conceals(m.resource) })
}

// beyond reports whether a resource is about another patient than the one whose records the token opens.
func (c *call) beyond(resource fhir.Resource) bool {
	if c.onlyPatient == "" || c.lax(func(h hooks) bool { return h.ignoresBinding }) {
		return false
	}
	if resource.Type() == "Patient" {
		return resource.ID() != c.onlyPatient
	}
	about := subjects([]fhir.Resource{resource})
	return len(about) == 1 && about[0][strings.LastIndexByte(about[0], '/')+1:] != c.onlyPatient && strings.Contains(about[0], "Patient/")
}
