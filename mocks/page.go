package mocks

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// match is one resource of a search result.
type match struct {
	resource fhir.Resource
	// own says that the store holds it, so its bytes can be kept; the neighbour's resources and changed copies are not.
	own bool
}

// entry is one entry of a page.
type entry struct {
	mode     string
	fullURL  string
	resource fhir.Resource
	own      bool
}

// link is one Bundle.link.
type link struct{ relation, url string }

// page is one page of a searchset before it is written.
type page struct {
	id string
	// total is nil when the system does not say.
	total   *int
	links   []link
	entries []entry
}

// drop removes the links with a relation.
func (p *page) drop(relation string) {
	p.links = slices.DeleteFunc(p.links, func(l link) bool { return l.relation == relation })
}

// appendBundle writes the searchset.
func (s *Server) appendBundle(dst []byte, p *page) []byte {
	bodies := make([][]byte, len(p.entries))
	size := 1024
	for i, e := range p.entries {
		if e.own {
			bodies[i] = s.store.encode(e.resource)
		}
		size += len(bodies[i]) + 256
	}
	dst = slices.Grow(dst, size)
	dst = append(dst, `{"resourceType":"Bundle","id":`...)
	dst = appendJSON(dst, p.id)
	dst = append(dst, `,"meta":{"lastUpdated":`...)
	dst = appendJSON(dst, s.instant(s.Now()))
	dst = append(dst, `},"type":"searchset"`...)
	if p.total != nil {
		dst = append(dst, `,"total":`...)
		dst = strconv.AppendInt(dst, int64(*p.total), 10)
	}
	dst = append(dst, `,"link":[`...)
	for i, l := range p.links {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"relation":`...)
		dst = appendJSON(dst, l.relation)
		dst = append(dst, `,"url":`...)
		dst = appendJSON(dst, l.url)
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	for i, e := range p.entries {
		if i == 0 {
			dst = append(dst, `,"entry":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		if e.fullURL != "" {
			dst = append(dst, `"fullUrl":`...)
			dst = appendJSON(dst, e.fullURL)
			dst = append(dst, ',')
		}
		dst = append(dst, `"resource":`...)
		if e.own {
			dst = append(dst, bodies[i]...)
		} else {
			dst = appendJSON(dst, e.resource)
		}
		dst = append(dst, `,"search":{"mode":`...)
		dst = appendJSON(dst, e.mode)
		dst = append(dst, `}}`...)
	}
	if len(p.entries) > 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// result is a whole search result, kept while a client pages through it.
type result struct {
	key     string
	matches []match
	// pool holds the neighbour's resources, matches and those it sent along, for includes to find.
	pool   *search.Index
	issues []issue
}

// maxStored bounds how many results are kept for paging, maxMatches how many matches they have in all but the last.
const maxStored, maxMatches = 512, 20_000

// pageStore keeps the results that have further pages, the most recently used ones. A client that pages reads the
// result as it was when it began, whatever is written meanwhile.
type pageStore struct {
	mu     sync.Mutex
	order  []string // least recently used first
	byName map[string]*result
	// matches is how many those have in all.
	matches int
}

func newPageStore() *pageStore { return &pageStore{byName: map[string]*result{}} }

func (p *pageStore) get(key string) (*result, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, ok := p.byName[key]
	if ok {
		p.touch(key)
	}
	return kept, ok
}

func (p *pageStore) put(r *result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if before := p.byName[r.key]; before != nil {
		p.matches -= len(before.matches)
	}
	p.byName[r.key] = r
	p.matches += len(r.matches)
	p.touch(r.key)
	for len(p.order) > maxStored || p.matches > maxMatches && len(p.order) > 1 {
		p.matches -= len(p.byName[p.order[0]].matches)
		delete(p.byName, p.order[0])
		p.order = p.order[1:]
	}
}

func (p *pageStore) touch(key string) {
	if i := slices.Index(p.order, key); i >= 0 {
		p.order = slices.Delete(p.order, i, i+1)
	}
	p.order = append(p.order, key)
}

func (p *pageStore) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.order, p.byName, p.matches = nil, map[string]*result{}, 0
}

// digest is a short deterministic name for parts.
func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(part)))) // a hash never fails to write
		_, _ = h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// uuidOf shapes a digest as a UUID of version 8.
func uuidOf(d string) string {
	return d[:8] + "-" + d[8:12] + "-8" + d[13:16] + "-8" + d[17:20] + "-" + d[20:32]
}

// The parameters by which the two systems page.
const (
	paramQueryID = "queryId"
	paramPage    = "page"
	paramCursor  = "cursor"
)

// position is where in a stored result a page starts.
type position struct {
	key string
	// offset counts matches, pages whole pages before it; one of them is 0.
	offset, pages int
}

// pageURL is the address of the page of a result that starts at offset.
func (s *Server) pageURL(q *query, key string, offset, size int) string {
	address := s.base + "/" + q.resourceType + "?"
	if s.opaqueCursor {
		token := strconv.Itoa(offset) + "." + key + "." + q.text
		return address + paramCursor + "=" + base64.RawURLEncoding.EncodeToString([]byte(token))
	}
	if q.text != "" {
		address += q.text + "&"
	}
	return address + paramQueryID + "=" + key + "&" + paramPage + "=" + strconv.Itoa(offset/size+1)
}

// paging reads the paging parameters of a request: the search they continue and where. at is nil on a first page.
func (s *Server) paging(list params) (rest params, at *position, err error) {
	bad := func(name string) error {
		return fail(http.StatusBadRequest, "value", "%s: not a page of this server; follow the links of the searchset as they are", name)
	}
	if s.opaqueCursor {
		token, ok := list.get(paramCursor)
		if !ok {
			return list, nil, nil
		}
		decoded, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(list.without(func(p param) bool { return p.name == paramCursor })) > 0 {
			return nil, nil, bad(paramCursor)
		}
		offsetText, remainder, _ := strings.Cut(string(decoded), ".")
		key, raw, ok := strings.Cut(remainder, ".")
		offset, numberErr := strconv.Atoi(offsetText)
		if !ok || numberErr != nil || offset < 0 {
			return nil, nil, bad(paramCursor)
		}
		rest, err = parseParams(raw)
		if err != nil {
			return nil, nil, bad(paramCursor)
		}
		return rest, &position{key: key, offset: offset}, nil
	}
	id, ok := list.get(paramQueryID)
	number, hasPage := list.get(paramPage)
	if !ok && !hasPage {
		return list, nil, nil
	}
	n, numberErr := strconv.Atoi(number)
	if !ok || numberErr != nil || n < 1 || n > 1<<30 {
		return nil, nil, bad(paramPage)
	}
	rest = list.without(func(p param) bool { return p.name == paramQueryID || p.name == paramPage })
	return rest, &position{key: id, pages: n - 1}, nil
}
