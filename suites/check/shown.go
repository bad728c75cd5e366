package check

import (
	"encoding/json"
	"errors"
	"hash/maphash"
	"sync"

	"concord.example/concord/internal/exchange"
)

// shown is which records one page of a search shows, in their order: what must be known of an answer that is held against every
// other of its type, which may be large.
type shown struct {
	// whole says that there is no page before or after this one.
	whole bool
	order []string
}

// showing reads which records an answer shows; nil where it is no Bundle.
func showing(body string) *shown {
	var page struct {
		ResourceType string `json:"resourceType"`
		Link         []struct {
			Relation string `json:"relation"`
		} `json:"link"`
		Entry []struct {
			Resource *struct {
				ResourceType string `json:"resourceType"`
				ID           string `json:"id"`
			} `json:"resource"`
		} `json:"entry"`
	}
	var odd *json.UnmarshalTypeError
	if err := json.Unmarshal([]byte(body), &page); err != nil && !errors.As(err, &odd) || page.ResourceType != "Bundle" {
		return nil
	}
	s := &shown{whole: true}
	for _, link := range page.Link {
		if link.Relation == "next" || link.Relation == "previous" {
			s.whole = false
		}
	}
	for _, entry := range page.Entry {
		if r := entry.Resource; r != nil && r.ResourceType != "OperationOutcome" {
			s.order = append(s.order, r.ResourceType+"/"+r.ID)
		}
	}
	return s
}

// showings remembers what answers show that others are held against again and again: those to the search for all of a type.
type showings struct {
	mu   sync.Mutex
	seed maphash.Seed
	read map[string]showingOf
}

// showingOf is what an answer shows, with the hash of its text: an exchange that is asked again keeps its id.
type showingOf struct {
	hash  uint64
	shown *shown
}

func newShowings() *showings {
	return &showings{seed: maphash.MakeSeed(), read: map[string]showingOf{}}
}

// of is what an answer shows; nil where it is no Bundle.
func (s *showings) of(got *exchange.Exchange) *shown {
	hash := maphash.String(s.seed, got.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.read[got.ID]; ok && known.hash == hash {
		return known.shown
	}
	page := showing(got.Body)
	s.read[got.ID] = showingOf{hash, page}
	return page
}
