package search

import (
	"maps"
	"slices"

	"concord.example/concord/internal/fhir"
)

// posting maps a key that values of a parameter have to the slots of the resources that have one, ascending.
type posting map[string][]int32

// postingKind says what the keys of a posting are.
type postingKind uint8

const (
	// postReference has "Type/id" and "/id", or a foreign reference as it is; contained ones have the key containedKey.
	postReference postingKind = iota
	// postReferenceIdentifier has the folded value of Reference.identifier.
	postReferenceIdentifier
	// postToken has folded codes.
	postToken
	// postURI has uris, canonicals without their version.
	postURI
)

// containedKey is the key of resources that refer to one they contain, which no posting can know more about.
const containedKey = "#"

type postingKey struct {
	code string
	kind postingKind
}

// posting returns the posting of a parameter, built if it has not been. Index.mu must be held at least for reading.
func (s *typeStore) posting(ix *Index, parameter *Parameter, kind postingKind) posting {
	s.buildMu.Lock()
	defer s.buildMu.Unlock()
	key := postingKey{parameter.Code, kind}
	if built, ok := s.postings[key]; ok {
		return built
	}
	built := posting{}
	for slot, resource := range s.slots {
		if resource != nil {
			for _, k := range keysOf(ix, resource, parameter, kind) {
				built[k] = append(built[k], int32(slot))
			}
		}
	}
	s.postings[key] = built
	return built
}

// sharedPostings returns the postings of references and identifiers for a clone. Their lists are short, so that changing one of them in
// the clone costs little; other postings are built again when they are first asked for.
func (s *typeStore) sharedPostings() map[postingKey]posting {
	s.buildMu.Lock()
	defer s.buildMu.Unlock()
	shared := map[postingKey]posting{}
	for key, built := range s.postings {
		if key.kind == postReference || key.kind == postReferenceIdentifier || key.code == "identifier" {
			shared[key] = maps.Clone(built)
		}
	}
	return shared
}

// post adds a resource to the postings there are. Index.mu must be held for writing.
func (s *typeStore) post(ix *Index, resource fhir.Resource, slot int32) {
	for key, built := range s.postings {
		if parameter, ok := Lookup(resource.Type(), key.code); ok {
			for _, k := range keysOf(ix, resource, parameter, key.kind) {
				list := built[k]
				if at, found := slices.BinarySearch(list, slot); !found {
					// A new list each time, because a clone of the index may share the old one.
					built[k] = slices.Concat(list[:at], []int32{slot}, list[at:])
				}
			}
		}
	}
}

// unpost takes a resource out of the postings there are. Index.mu must be held for writing.
func (s *typeStore) unpost(ix *Index, resource fhir.Resource, slot int32) {
	for key, built := range s.postings {
		if parameter, ok := Lookup(resource.Type(), key.code); ok {
			for _, k := range keysOf(ix, resource, parameter, key.kind) {
				list := built[k]
				if at, found := slices.BinarySearch(list, slot); found {
					if len(list) == 1 {
						delete(built, k)
					} else {
						built[k] = slices.Concat(list[:at], list[at+1:])
					}
				}
			}
		}
	}
}

// keysOf returns the keys of a resource in a posting, sorted, each once.
func keysOf(ix *Index, resource fhir.Resource, parameter *Parameter, kind postingKind) []string {
	m := &matching{root: resource, options: &ix.options}
	var keys []string
	if kind == postReference {
		keys = parameter.references(m)
		for _, key := range keys {
			if ref, ok := fhir.ParseReference(key); ok && ref.Base == "" && ref.ID != "" {
				keys = append(keys, "/"+ref.ID)
			}
		}
	}
	for i := range parameter.paths {
		p := &parameter.paths[i]
		p.find(resource, func(element any) bool {
			keys = appendKeys(keys, p, element, kind)
			return false
		})
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func appendKeys(keys []string, p *path, element any, kind postingKind) []string {
	value, isObject := object(element)
	switch kind {
	case postReference:
		if text, _ := value["reference"].(string); isObject && len(text) > 0 && text[0] == '#' {
			keys = append(keys, containedKey)
		}
	case postReferenceIdentifier:
		if identifier, ok := object(value["identifier"]); ok {
			keys = append(keys, fold(fhir.Text(identifier["value"])))
		}
	case postToken:
		tokenCodes(p, element, func(code string) { keys = append(keys, fold(code)) })
	case postURI:
		if text, ok := element.(string); ok {
			keys = append(keys, uriKey(p.typ, text))
		}
	}
	return keys
}

// tokenCodes visits the codes of a token's element.
func tokenCodes(p *path, element any, visit func(string)) {
	value, _ := object(element)
	switch p.typ {
	case "Coding":
		visit(fhir.Text(value["code"]))
	case "CodeableConcept":
		each(value["coding"], func(item any) bool {
			coding, _ := object(item)
			visit(fhir.Text(coding["code"]))
			return false
		})
	case "Identifier", "ContactPoint":
		visit(fhir.Text(value["value"]))
	default:
		visit(fhir.Text(element))
	}
}

func uriKey(typ, uri string) string {
	if typ == "canonical" {
		for i := range len(uri) {
			if uri[i] == '|' {
				return uri[:i]
			}
		}
	}
	return uri
}
