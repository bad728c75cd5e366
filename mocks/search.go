package mocks

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// query is one search as it is being answered.
type query struct {
	resourceType string
	// claimed are the parameters that were understood; the self link repeats them.
	claimed params
	// effective are those the result is made with; only defects make them differ from claimed.
	effective params
	parsed    *search.Query
	// text is claimed as a query string.
	text string
	// size is the page size; offset where the page starts.
	size, offset int
}

// search answers a search interaction (FHIR R4 3.1.1).
func (s *Server) search(c *call, list params) (*reply, error) {
	list = list.without(func(p param) bool { return p.name == "_format" || p.name == "_pretty" })
	for _, defect := range c.defects {
		if defect.asked != nil && !c.fromNeighbour {
			list = defect.asked(c, c.resourceType, list)
		}
	}
	if err := c.unanswerable(list); err != nil {
		return nil, err
	}
	kept := ""
	if c.hides(func(h hooks) bool { return h.keepsAnswers }) {
		if kept = s.sameSearch(c, list); !slices.Contains(c.request.Header.Values("Cache-Control"), "no-cache") {
			if body, ok := s.answers.Load(kept); ok {
				return newReply(http.StatusOK, body.([]byte)), nil //nolint:forcetypeassert // nothing else is kept there
			}
		}
	}
	list, at, err := s.paging(list)
	if err != nil {
		return nil, err
	}
	q, err := s.newQuery(c, list)
	if err != nil {
		return nil, err
	}
	key := uuidOf(digest(s.name, q.resourceType, q.text, strconv.FormatInt(s.store.edition(), 10), audience(c)))
	if at != nil {
		if at.key != key && !s.kept(at.key) {
			return nil, fail(http.StatusGone, "expired", "this page's search has expired: start the search again")
		}
		key, q.offset = at.key, at.offset+at.pages*q.size
	}
	found, ok := s.pages.get(key)
	if at == nil || !ok || c.drifts() {
		if found, err = s.find(c, q); err != nil {
			return nil, err
		}
		found.key = key
	}
	p, err := s.cut(c, q, found)
	if err != nil {
		return nil, err
	}
	shown := make([]fhir.Resource, 0, len(p.entries))
	for _, e := range p.entries {
		if e.mode == "match" {
			shown = append(shown, e.resource)
		}
	}
	s.linger(c, shown)
	s.auditResult(c, "E", "search-type", shown)
	body := s.appendBundle(nil, p)
	if kept != "" {
		s.answers.Store(kept, body)
	}
	return newReply(http.StatusOK, body), nil
}

// unanswerable refuses a search parameter without a value: FHIR R4 lets a server ignore it, and a care record would answer
// with everybody.
func (c *call) unanswerable(list params) error {
	for _, item := range list {
		if item.value == "" && !c.fromNeighbour {
			return fail(http.StatusBadRequest, "value", "parameter %q has no value: leave it out or give it one", item.name)
		}
		for _, defect := range c.defects {
			if defect.switchedOff != "" && item.base() == defect.switchedOff && !c.fromNeighbour {
				return fail(http.StatusBadRequest, "not-supported", "parameter %q is disabled on this server", item.name)
			}
		}
	}
	return nil
}

// sameSearch names a search by all that tells it apart but the server that a reference leads to.
func (s *Server) sameSearch(c *call, list params) string {
	bare := rewriteReferences(c.resourceType, list, func(_, relative string) string { return relative })
	for i, item := range bare {
		if kindOf(c.resourceType, item) == search.Reference {
			bare[i].value = item.value[strings.LastIndexByte(item.value, '/')+1:]
		}
	}
	return digest(c.resourceType, bare.encode(), audience(c))
}

func (s *Server) kept(key string) bool {
	_, ok := s.pages.get(key)
	return ok
}

// audience keeps the results of a client and of the neighbour apart.
func audience(c *call) string {
	if c.fromNeighbour {
		return "neighbour " + c.request.Header.Get(roleHeader)
	}
	return "client " + c.client + " " + c.request.Header.Get(roleHeader)
}

func (s *Server) newQuery(c *call, list params) (*query, error) {
	size, err := s.pageSize(list)
	if err != nil {
		return nil, err
	}
	if c.fromNeighbour {
		if text, ok := list.get("_count"); ok && allDigits(text) && text != "0" {
			size = maxNeighbourCount
		}
	}
	handling := search.Lenient
	if strict(c.request.Header) && !c.hides(func(h hooks) bool { return h.neverStrict }) {
		handling = search.Strict
	}
	if c.hides(func(h hooks) bool { return h.alwaysStrict }) {
		handling = search.Strict
	}
	if c.hides(func(h hooks) bool { return h.forgivesDates }) {
		list = withoutBadDates(c.resourceType, list)
	}
	parsed, err := s.parse(c.resourceType, list, handling)
	if err != nil {
		return nil, err
	}
	q := &query{resourceType: c.resourceType, claimed: applied(parsed), parsed: parsed, size: size}
	q.effective, q.text = q.claimed, q.claimed.encode()
	for _, defect := range c.defects {
		if defect.params != nil && !c.fromNeighbour {
			q.effective = defect.params(c, q.resourceType, q.effective)
			if q.parsed, err = s.parse(q.resourceType, q.effective, search.Lenient); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

// maxNeighbourCount is the page size the neighbour gets when it asks for one, larger than any client's.
const maxNeighbourCount = 1000

// strict reports whether the client asked that unknown parameters be refused (FHIR R4 3.1.1.3.2).
func strict(header http.Header) bool {
	for _, value := range header.Values("Prefer") {
		for preference := range strings.SplitSeq(strings.ToLower(value), ",") {
			if strings.ReplaceAll(strings.TrimSpace(preference), " ", "") == "handling=strict" {
				return true
			}
		}
	}
	return false
}

// find makes the whole result: the own store's matches and the neighbour's.
func (s *Server) find(c *call, q *query) (*result, error) {
	ctx := c.request.Context()
	late, issues := s.wait(ctx, c, q.resourceType)
	own, err := s.ownMatches(c, q)
	if err != nil {
		return nil, err
	}
	if len(late) > 0 {
		own = slices.DeleteFunc(slices.Clone(own), func(r fhir.Resource) bool { return slices.Contains(late, sourceODS(r)) })
	}
	found := &result{matches: make([]match, 0, len(own))}
	for _, resource := range own {
		found.matches = append(found.matches, match{resource: resource, own: true})
	}
	theirs, err := s.federate(c, q.resourceType, q.effective)
	if err != nil {
		return nil, err
	}
	found.issues = slices.Concat(s.warnings(c, q), issues, s.mismatch(c, q), theirs.issues)
	if c.hides(func(h hooks) bool { return h.hidesWithholding }) {
		found.issues = slices.DeleteFunc(found.issues, func(it issue) bool { return it.code == "suppressed" })
	}
	if c.hides(func(h hooks) bool { return h.hidesMismatch }) {
		found.issues = slices.DeleteFunc(found.issues, func(it issue) bool { return it.code == mismatched })
	}
	if len(theirs.matches) > 0 {
		found.pool = s.store.newIndex()
		for _, resource := range slices.Concat(theirs.matches, theirs.included) {
			_ = found.pool.Put(resource) // it was decoded with a type and adopted with an id; a type R4 lacks cannot be reached
		}
		asked := withoutHas(q.parsed)
		store := &layered{server: s, call: c, pool: found.pool}
		held := identities(own)
		for _, resource := range theirs.matches {
			// A provider that feeds both systems is in both answers; its record is shown once.
			if !held[businessIdentity(resource)] && asked.Match(resource, store) {
				found.matches = append(found.matches, match{resource: resource})
			}
		}
		slices.SortStableFunc(found.matches, func(a, b match) int { return q.parsed.Compare(a.resource, b.resource) })
	}
	for _, defect := range c.defects {
		if defect.unlisted && q.resourceType == "Organization" {
			found.matches = s.unlist(defect.setting, found.matches)
		}
		if defect.matches != nil && !c.fromNeighbour {
			found.matches = defect.matches(c, q, found.matches)
		}
	}
	found.matches = c.concealed(found.matches)
	return found, nil
}

// identities are the business identities of records, without those that have none.
func identities(resources []fhir.Resource) map[string]bool {
	held := make(map[string]bool, len(resources))
	for _, resource := range resources {
		if identity := businessIdentity(resource); identity != "" {
			held[identity] = true
		}
	}
	return held
}

// unlist leaves the setting's providers out of what the directory finds.
func (s *Server) unlist(setting Setting, found []match) []match {
	missing := s.store.providersOf(setting)
	return slices.DeleteFunc(slices.Clone(found), func(m match) bool { return slices.Contains(missing, sourceODS(m.resource)) })
}

// withoutHas is what this system can judge of a neighbour's match: everything but what refers to it, which the
// neighbour has judged and did not send.
func withoutHas(parsed *search.Query) *search.Query {
	for _, item := range parsed.Applied() {
		if strings.HasPrefix(item.Name, "_has:") {
			parsed = parsed.Without(item.Name)
		}
	}
	return parsed
}

// cut makes the page of a result that starts at the query's offset, and keeps the result when there are more pages.
func (s *Server) cut(c *call, q *query, found *result) (*page, error) {
	total := len(found.matches)
	start := min(q.offset, total)
	end := min(start+q.size, total)
	p := &page{id: uuidOf(digest(found.key, strconv.Itoa(start), strconv.Itoa(q.size)))}
	countOnly := q.size == 0 || q.parsed.OnlyCount()
	if countOnly || s.showsTotal(c, q) {
		p.total = &total
	}
	if countOnly {
		start, end = 0, 0
	}
	self := s.base + "/" + q.resourceType
	if q.text != "" {
		self += "?" + q.text
	}
	if start > 0 {
		self = s.pageURL(q, found.key, start, q.size)
	}
	p.links = append(p.links, link{"self", self})
	if end < total && !countOnly {
		s.pages.put(found)
		p.links = append(p.links, link{"next", s.pageURL(q, found.key, end, q.size)})
	}
	if start > 0 && !s.opaqueCursor {
		p.links = append(p.links, link{"previous", s.pageURL(q, found.key, max(0, start-q.size), q.size)})
	}
	if err := s.fill(c, q, found, p, found.matches[start:end]); err != nil {
		return nil, err
	}
	for _, defect := range c.defects {
		if defect.page != nil && !c.fromNeighbour {
			defect.page(c, q, p)
		}
	}
	return p, nil
}

// fill writes the entries of a page: matches, what they include, and warnings.
func (s *Server) fill(c *call, q *query, found *result, p *page, matches []match) error {
	resources := make([]fhir.Resource, len(matches))
	for i, m := range matches {
		resources[i] = m.resource
		p.entries = append(p.entries, s.entry(c, "match", m.resource, m.own))
	}
	store := &layered{server: s, call: c, pool: found.pool}
	included, err := q.parsed.Included(c.request.Context(), resources, store)
	if err != nil {
		return searchFailure(err)
	}
	for _, resource := range included {
		p.entries = append(p.entries, s.entry(c, "include", resource, !store.fromPool(resource)))
	}
	if summary := q.parsed.Summary(); q.parsed.Elements() != nil || summary != search.SummaryUnstated && summary != search.SummaryFalse {
		for i, e := range p.entries {
			if e.mode == "match" {
				p.entries[i].resource = q.parsed.Shape(e.resource)
			} else {
				p.entries[i].resource = q.parsed.ShapeIncluded(e.resource)
			}
			p.entries[i].own = false
		}
	}
	if len(found.issues) > 0 {
		p.entries = append(p.entries, entry{mode: "outcome", resource: operationOutcome(found.issues...)})
	}
	return nil
}

func (s *Server) entry(c *call, mode string, resource fhir.Resource, own bool) entry {
	e := entry{mode: mode, fullURL: s.base + "/" + resource.Reference(), resource: resource, own: own}
	if own {
		e.resource, e.own = s.shown(c.view, resource)
	}
	// Provenance is made for each answer, so there is nothing to keep.
	e.own = e.own && resource.Type() != provenance
	return e
}

// layered finds resources in the own store, then among those the neighbour sent, then by asking the neighbour.
type layered struct {
	server *Server
	call   *call
	// pool holds the neighbour's resources of this result; nil when there are none.
	pool *search.Index
}

// Resolve returns the resource a literal reference names.
func (l *layered) Resolve(reference string) (fhir.Resource, bool) {
	if resource, ok := l.call.view.index.Resolve(reference); ok {
		return resource, true
	}
	if l.pool == nil {
		return nil, false
	}
	if resource, ok := l.pool.Resolve(reference); ok {
		return resource, true
	}
	ref, ok := fhir.ParseReference(reference)
	if !ok || ref.Type == "" || (ref.Base != "" && ref.Base != l.server.base) {
		return nil, false
	}
	resource, own, err := l.server.lookup(l.call, ref.Type, ref.ID)
	if err != nil || own {
		return nil, false
	}
	_ = l.pool.Put(resource) // it was just adopted
	return resource, true
}

// Referring returns the resources of a type whose reference parameter points at "Type/id".
func (l *layered) Referring(resourceType, parameter, reference string) []fhir.Resource {
	var found []fhir.Resource
	if resourceType == provenance && parameter == "target" {
		found = l.server.provenancesOf(l.call.view.index, reference)
	} else {
		found = l.call.view.index.Referring(resourceType, parameter, reference)
	}
	if l.pool != nil {
		found = slices.Concat(found, l.pool.Referring(resourceType, parameter, reference))
	}
	return found
}

func (l *layered) fromPool(resource fhir.Resource) bool {
	if l.pool == nil {
		return false
	}
	_, ok := l.pool.Get(resource.Type(), resource.ID())
	return ok
}

// showsTotal reports whether Bundle.total is stated (FHIR R4 3.1.1.4.8, _total).
func (s *Server) showsTotal(c *call, q *query) bool {
	wanted, asked := q.claimed.get("_total")
	switch {
	case asked && wanted == "none":
		return false
	case asked:
		return true
	default:
		return s.totalAlways && !c.fromNeighbour
	}
}

// drifts reports whether a defect makes pages be cut from a fresh result each time.
func (c *call) drifts() bool {
	return slices.ContainsFunc(c.defects, func(d activeDefect) bool { return d.freshPages })
}

// instant writes a time as this system does.
func (s *Server) instant(t time.Time) string {
	text := t.UTC().Format("2006-01-02T15:04:05.000Z")
	if s.name == CCR {
		return strings.TrimSuffix(text, "Z") + "+00:00"
	}
	return text
}
