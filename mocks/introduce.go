package mocks

import (
	"fmt"
	"net/http"
	"strings"
)

// birthDateHeader tells the neighbour what date of birth is known here of the person it is asked about, so that it can say
// when it knows another. There is no English standard for it; GP Connect leaves the comparison to whoever shows the record.
const birthDateHeader = "X-Patient-Birth-Date"

// mismatched is the issue type of the warning that the two systems do not agree on who a person is.
const mismatched = "business-rule"

// introduced are the headers with which the neighbour is asked: those of the request, and the date of birth of the Patient
// that a search names by reference.
func (s *Server) introduced(c *call, resourceType string, list params) http.Header {
	header := c.request.Header.Clone()
	header.Del(birthDateHeader)
	for _, item := range list {
		if !s.literalReference(resourceType, item) {
			continue
		}
		if ref, ok := referenceValue(item.value, s.base); ok {
			if patient, ok := s.store.index.Get("Patient", ref.ID); ok {
				header.Set(birthDateHeader, patient.Text("birthDate"))
			}
		}
	}
	return header
}

// mismatch is the warning for the neighbour that it knows another date of birth of the person whom it asks about.
func (s *Server) mismatch(c *call, q *query) []issue {
	theirs := c.request.Header.Get(birthDateHeader)
	if !c.fromNeighbour || theirs == "" {
		return nil
	}
	for _, item := range q.claimed {
		if !strings.HasSuffix(item.name, ":Patient.identifier") {
			continue
		}
		for _, id := range s.store.patients("Patient|" + item.value) {
			patient, ok := s.store.index.Get("Patient", id)
			if !ok || patient.Text("birthDate") == "" || patient.Text("birthDate") == theirs {
				continue
			}
			return []issue{{severity: "warning", code: mismatched, text: fmt.Sprintf(
				"%s and %s hold different dates of birth for this person: make sure who it is before you read these records", s.title, titleOf(s.peer.name))}}
		}
	}
	return nil
}
