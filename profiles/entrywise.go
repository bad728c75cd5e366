package profiles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/ukrules"
)

// entrywise judges a large Bundle with the tree of no more of its entries in memory than are looked at: the one that is
// judged, and those that it leads to and whose content matters. It comes to the findings that a walk over the whole tree
// comes to. Where it cannot be sure of that, it gives up and the Bundle is read as a whole.
type entrywise struct {
	judge *judge
	text  *fhir.BundleText
	// asked are the types that a searchset was asked for.
	asked []string
	// late are the faults of the rules for entries, which come after those of the walk.
	late []fault
	// rules judges by the rules for England, if that is asked for; unlawful are the faults that it found.
	rules    *ukrules.Walk
	unlawful []fault
	// targets are the entries that were opened because references lead to them.
	targets []int
	// links are what the entries of a document lead to.
	links [][]string
	// failed says that the Bundle must be read as a whole.
	failed bool
}

// wholeBelow is the length of a text, in bytes, below which a Bundle is read as a whole: its tree is small, and reading it
// twice is not worth it.
const wholeBelow = 4 << 20

// judgeEntries judges a text entry by entry. ok is false when it has to be read as a whole.
func (j *judge) judgeEntries(ctx context.Context, text string, opts Options) (findings []result.Finding, ok bool, err error) {
	bundle, ok := fhir.OpenBundle(text)
	if !ok {
		return nil, false, nil
	}
	defer j.reset()
	for _, ordered := range []bool{false, true} {
		j.reset()
		j.ctx, j.opts, j.root, j.ordered = ctx, opts, bundle.Root, ordered
		e := &entrywise{judge: j, text: bundle}
		e.begin()
		j.entries = e
		if err := errors.Join(j.run(bundle.Root), ctx.Err()); err != nil {
			return nil, false, fmt.Errorf("validate: %w", err)
		}
		if e.failed {
			return nil, false, nil
		}
		// Which findings stand before a limit must not depend on the order of a map.
		if ordered || !j.broken {
			if !ordered && e.rules != nil && e.rules.Full() {
				e.rulesInOrder()
			}
			return e.finish(ctx)
		}
		e.forget()
	}
	return nil, false, nil
}

// begin prepares for the first entry.
func (e *entrywise) begin() {
	j, root := e.judge, e.text.Root
	for name := range root {
		// What comes before the entries in the order of names would have to be judged before them.
		e.failed = e.failed || name < "entry"
	}
	if root["type"] == "searchset" {
		j.try(func() { e.asked = j.selfLink(root) })
	}
	if root["type"] == "document" {
		e.links = make([][]string, len(e.text.Entries))
	}
	if j.opts.Rules != nil {
		e.rules = j.opts.Rules.Walk(root, "entry", j.ordered)
	}
}

// suits says whether what the shapes of a Bundle ask of all its entries together is known, so that they can be judged one by
// one.
func (e *entrywise) suits(shapes []*shape) bool {
	if e.failed || len(shapes) != 1 {
		return false
	}
	root := shapes[0].root
	if root.valued || root.binding != nil {
		return false
	}
	published := invariantsOfBundle()
	for _, inv := range root.invariants {
		if known, about := published[inv.Key]; !about || known != strings.TrimSpace(inv.Expression) {
			return false
		}
	}
	entry := root.kid("entry")
	return entry != nil && entry.array && len(entry.slices) == 0 && localInvariants(entry, 0)
}

// invariantsOfBundle are the invariants of a Bundle in R4. What they ask of an entry is told by its facts.
func invariantsOfBundle() map[string]string {
	return map[string]string{
		"bdl-1":  "total.empty() or (type = 'searchset') or (type = 'history')",
		"bdl-2":  "entry.search.empty() or (type = 'searchset')",
		"bdl-3":  "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' or %resource.type = 'history'))",
		"bdl-4":  "entry.all(response.exists() = (%resource.type = 'batch-response' or %resource.type = 'transaction-response' or %resource.type = 'history'))",
		"bdl-7":  uniqueURLs,
		"bdl-9":  "type = 'document' implies (identifier.system.exists() and identifier.value.exists())",
		"bdl-10": "type = 'document' implies (timestamp.hasValue())",
		"bdl-11": "type = 'document' implies entry.first().resource.is(Composition)",
		"bdl-12": "type = 'message' implies entry.first().resource.is(MessageHeader)",
	}
}

const uniqueURLs = "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()"

// localInvariants says whether no invariant of an element in an entry, outside its resource, looks at what is around it.
func localInvariants(n *node, depth int) bool {
	const deepest = 5
	if n.name == "resource" || depth > deepest {
		return true
	}
	for _, inv := range n.invariants {
		if strings.Contains(inv.Expression, "%") {
			return false
		}
	}
	return !slices.ContainsFunc(n.children, func(kid *node) bool { return !localInvariants(kid, depth+1) })
}

// entriesAt says whether the items that are judged are the entries that are read one at a time.
func (j *judge) entriesAt(items []any) bool {
	return j.entries != nil && len(j.path) == 1 && j.path[0].json == "entry" && len(items) == len(j.entries.text.Entries)
}

// walk judges the entries, each as it is read.
func (e *entrywise) walk(p *prop) {
	j := e.judge
	const often = 256
	for i := range e.text.Entries {
		if j.broken && (!j.ordered || e.links == nil && (e.rules == nil || e.rules.Full())) || i%often == 0 && j.ctx.Err() != nil {
			return
		}
		entry, ok := e.text.Entry(i)
		if !ok || hasID(entry, 0) {
			e.failed = true
			return
		}
		j.at(i)
		if !j.broken {
			j.item(p.node, p.typ, entry, nil)
			e.aside(func() { j.entryRules(e.text.Root, entry, e.asked) })
		}
		e.besides(i, entry)
		e.close(i)
	}
}

// besides is what else is to be known of an entry while it is at hand.
func (e *entrywise) besides(i int, entry map[string]any) {
	if e.rules != nil {
		e.unlawful = e.judge.registry.appendRules(e.unlawful, e.rules.Item(i, entry), e.text.Root)
	}
	if e.links != nil {
		resource, _ := entry["resource"].(map[string]any)
		// The strings are parts of the text, which is kept anyway.
		e.links[i] = linksOf(resource)
	}
}

// rulesInOrder applies the rules for England once more, in the order of the names, as there are too many faults.
func (e *entrywise) rulesInOrder() {
	j := e.judge
	e.rules, e.unlawful = j.opts.Rules.Walk(e.text.Root, "entry", true), nil
	for i := range e.text.Entries {
		if e.rules.Full() {
			return
		}
		entry, _ := e.text.Entry(i)
		e.unlawful = j.registry.appendRules(e.unlawful, e.rules.Item(i, entry), e.text.Root)
		e.close(i)
	}
}

// hasID says whether an element of an entry, outside its resource, has an id, which must be unique in the Bundle.
func hasID(v any, depth int) bool {
	if depth > deepestLink {
		return false
	}
	switch value := v.(type) {
	case map[string]any:
		for name, child := range value {
			if name == "id" || name != "resource" && hasID(child, depth+1) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, func(child any) bool { return hasID(child, depth+1) })
	}
	return false
}

// close lets an entry go when it was judged, and those that its references led to when they are many.
func (e *entrywise) close(i int) {
	const mostTargets = 64
	e.text.Close(i)
	if len(e.targets) > mostTargets {
		e.forget()
	}
	e.judge.evaluated = nil // its memory is used again
}

// forget lets the targets of references go.
func (e *entrywise) forget() {
	for _, i := range e.targets {
		e.text.Close(i)
	}
	e.targets = e.targets[:0]
	e.judge.evaluated = nil
}

// aside keeps what is reported apart.
func (e *entrywise) aside(report func()) {
	j := e.judge
	faults, broken := j.faults, j.broken
	j.faults, j.broken = e.late, len(e.late) > maxFaults
	report()
	e.late, j.faults, j.broken = j.faults, faults, broken
}

// take adds faults that were kept apart, up to the limit.
func (j *judge) take(faults []fault) {
	for _, f := range faults {
		if j.broken {
			return
		}
		if len(j.faults) >= maxFaults {
			j.overflow()
			return
		}
		j.faults = append(j.faults, f)
	}
}

// newIndex returns the index of the entries.
func (e *entrywise) newIndex() *bundleIndex {
	x := indexEntries(e.text.Entries)
	x.resource = e.resource
	x.links = func(i int) []string { return e.links[i] }
	return x
}

// resource returns the resource of an entry that something leads to.
func (e *entrywise) resource(i int) map[string]any {
	if there := e.text.Opened(i); !there {
		e.targets = append(e.targets, i)
	}
	entry, ok := e.text.Entry(i)
	e.failed = e.failed || !ok
	resource, _ := entry["resource"].(map[string]any)
	return resource
}

// invariants checks the invariants of the Bundle.
func (e *entrywise) invariants(n *node) {
	view := e.view()
	for _, inv := range n.invariants {
		var met bool
		if inv.Key == "bdl-7" {
			met = e.text.Root["type"] == "history" || e.distinct()
		} else {
			met = e.judge.meetsInvariant(n, inv, "Bundle", view, nil)
		}
		if !met {
			e.judge.broke(n, inv)
		}
	}
}

// view returns the Bundle with one entry for each kind that its invariants tell apart, the first one first.
func (e *entrywise) view() map[string]any {
	type kind struct{ resource, search, request, response bool }
	seen := map[kind]bool{}
	var entries []any
	for i, f := range e.text.Entries {
		k := kind{f.Resource, f.Search, f.Request, f.Response}
		if i > 0 && seen[k] {
			continue
		}
		seen[k] = true
		entry := map[string]any{}
		for name, has := range map[string]bool{"search": f.Search, "request": f.Request, "response": f.Response} {
			if has {
				entry[name] = map[string]any{"id": name}
			}
		}
		if f.Resource {
			entry["resource"] = map[string]any{"resourceType": f.Type}
		}
		entries = append(entries, entry)
	}
	view := make(map[string]any, len(e.text.Root))
	for name, value := range e.text.Root {
		view[name] = value
	}
	view["entry"] = entries
	return view
}

// distinct says whether no two entries have the same fullUrl and version.
func (e *entrywise) distinct() bool {
	seen := make(map[string]struct{}, len(e.text.Entries))
	for _, f := range e.text.Entries {
		if f.FullURL == "" {
			continue
		}
		key := f.FullURL + f.Version
		if _, again := seen[key]; again {
			return false
		}
		seen[key] = struct{}{}
	}
	return true
}

// finish puts the findings together once all was judged.
func (e *entrywise) finish(ctx context.Context) ([]result.Finding, bool, error) {
	j := e.judge
	if !e.text.Rest() || e.failed {
		return nil, false, nil
	}
	faults := j.faults
	if e.rules != nil {
		e.unlawful = j.registry.appendRules(e.unlawful, e.rules.Rest(), e.text.Root)
		faults = withRules(faults, e.unlawful)
	}
	findings := locate(e.text, faults, e.text.Repeated(), e.text.Root)
	e.forget()
	at := -1
	for k := range findings {
		if i, in := entryOf(findings[k].Path); in && i != at && j.opts.Waivers.LooksInto(findings[k]) {
			e.text.Close(at)
			if _, ok := e.text.Entry(i); !ok {
				return nil, false, nil
			}
			at = i
		}
		j.opts.Waivers.Mark(ctx, e.text.Root, findings[k:k+1])
	}
	e.text.Close(at)
	return findings, true, nil
}

// entryOf returns the position of the entry that a path leads into.
func entryOf(path string) (i int, in bool) {
	rest, in := strings.CutPrefix(path, "Bundle.entry[")
	if !in {
		return -1, false
	}
	position, _, _ := strings.Cut(rest, "]")
	i, err := strconv.Atoi(position)
	return i, err == nil
}
