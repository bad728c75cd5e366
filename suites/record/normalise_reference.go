package record

import (
	"cmp"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

const (
	// unknown stands for a reference whose target could not be named: it leads to nothing that was shown.
	unknown = "?"
	// or stands between the identifiers of one target.
	or = '\x1f'
	// moments stands before what a target says when, which is no identifier of it.
	moments = "\x1e"
)

// Names knows the business identities of resources by their relative reference, "Encounter/7": all their identifiers. Ids
// are a server's own and are never compared. A reference that was followed and leads nowhere has no identity: "". One to another
// server is known by its whole text, since an id means something else there. A number that a system gave a record in place of its source's
// is there too, system|value: whoever refers by that alone means the record.
type Names map[string]string

// Learn takes in the resources' identities.
func (n Names) Learn(resources []fhir.Resource) {
	for _, resource := range resources {
		if identity := identityOf(resource); identity != "" {
			n[resource.Reference()] = identity
		}
		n.learnMedicine(resource.Reference(), followed{resource: resource})
	}
}

// learn takes in the resources' identities as a reader knows them.
func (n Names) learn(reader *Reader, resources []fhir.Resource) {
	n.Learn(resources)
	all := reader.identities(resources, n)
	for i, resource := range resources {
		identities := all[i]
		if moment := reader.moment(resource); moment != "" {
			identities = append(identities, moments+moment)
		}
		identity := identityBy(identities)
		if identity == "" {
			continue
		}
		n[resource.Reference()] = identity
		if own := Identifiers(resource); len(own) < len(identities) {
			for _, number := range own {
				n[number] = identity
			}
		}
	}
}

// identityOf is all identifiers of a resource, in an order of their own.
func identityOf(resource fhir.Resource) string { return identityBy(Identifiers(resource)) }

func identityBy(identifiers []string) string {
	for i, identifier := range identifiers {
		identifiers[i] = unspaced(identifier)
	}
	slices.Sort(identifiers)
	return strings.Join(identifiers, string(or))
}

// scope is where a reference is resolved: among what is known by id, and what its own resource contains.
type scope struct{ names, contained Names }

func scopeOf(resource fhir.Resource, names Names) scope {
	in := scope{names: names}
	if inner := resource.Objects("contained"); names != nil && len(inner) > 0 {
		in.contained = make(Names, len(inner))
		for _, object := range inner {
			in.contained["#"+fhir.Text(object["id"])] = identityOf(object)
		}
	}
	return in
}

// referenceRule compares references by the business identity of what they lead to: relative or absolute, contained, by id
// or by identifier. One whose target was not shown is unknown; when that is what is expected, nothing is.
func referenceRule() rule {
	return rule{name: "reference", read: func(values []any, in scope) string {
		if in.names == nil {
			return ""
		}
		targets := make([]string, 0, len(values))
		for _, value := range values {
			targets = append(targets, in.target(value))
		}
		slices.Sort(targets)
		return strings.Join(slices.Compact(targets), "\n")
	}, differ: func(expected, actual string) bool {
		for target := range strings.SplitSeq(expected, "\n") {
			if target != "" && target != unknown && !slices.ContainsFunc(strings.Split(actual, "\n"), func(other string) bool { return sameTarget(target, other) }) {
				return true
			}
		}
		return false
	}}
}

// sameTarget reports whether two identities share an identifier, or say the same and have none of one register.
func sameTarget(a, b string) bool {
	if a == b || a == anything || b == anything {
		return true
	}
	own, others := strings.Split(a, string(or)), strings.Split(b, string(or))
	said := false
	for _, identifier := range own {
		if !slices.Contains(others, identifier) {
			continue
		}
		if said = strings.HasPrefix(identifier, moments); !said {
			return true
		}
	}
	return said && !sameIssuer(own, others)
}

// worded is an identity as a reader knows it.
func worded(identity string) string {
	if !strings.Contains(identity, moments) {
		return identity
	}
	return strings.Join(slices.DeleteFunc(strings.Split(identity, string(or)), func(part string) bool { return strings.HasPrefix(part, moments) }), string(or))
}

// target names what a Reference leads to. Where it gives an id and an identifier, both must lead to the same.
func (in scope) target(reference any) string {
	named := identifierOf(reference)
	literal := relative(reference)
	found, followed := in.names[literal]
	if strings.HasPrefix(literal, "#") {
		found, followed = in.contained[literal]
	}
	if elsewhere, ok := in.names[fhir.Text(fhir.Get(reference, "reference"))]; ok {
		if found, followed = elsewhere, true; found == named && in.names[renumbers] != "" && !registered(named) {
			return anything // it is a number of the system's own, and who has it is for another to show
		}
	}
	switch {
	case !followed && named == "":
		return unknown
	case !followed:
		if known := in.names[named]; known != "" {
			return known
		}
		kind, _, _ := strings.Cut(cmp.Or(literal, fhir.Text(fhir.Get(reference, "type"))), "/")
		if in.names[unserved(kind)] != "" && !registered(named) {
			return anything // nobody can look whose number it is
		}
		return named
	case named != "" && strings.Contains(found, moments) && !sameIssuer([]string{named}, strings.Split(found, string(or))):
		return found + string(or) + named // what a system knows by a number of its own may be what is meant
	case named != "" && !sameTarget(named, found):
		if found == "" {
			found = "nothing"
		}
		return "an id of " + worded(found) + " beside the identifier " + named
	case found == "":
		return unknown
	default:
		return found
	}
}

// renumbers is where names say that a system gives records numbers of its own.
const renumbers = "renumbers/"

// unserved is where names say of a type that nothing of it can be asked for.
func unserved(resourceType string) string { return resourceType + "/" }

// identifierOf is the identifier that a Reference gives, "" for none.
func identifierOf(reference any) string {
	identifier := fhir.Get(reference, "identifier")
	if identifier == nil {
		return ""
	}
	return unspaced(fhir.Text(fhir.Get(identifier, "system")) + "|" + fhir.Text(fhir.Get(identifier, "value")))
}

// unspaced is an identifier, where it is an NHS number without the spaces with which people write it: that makes nobody another person, and
// is charged where somebody is looked for by it.
func unspaced(identifier string) string {
	if strings.HasPrefix(identifier, fhir.NHSNumberSystem+"|") {
		return strings.ReplaceAll(identifier, " ", "")
	}
	return identifier
}

// relative is the relative form of a literal reference, "" for one of another form.
func relative(reference any) string {
	parsed, ok := fhir.ParseReference(fhir.Text(fhir.Get(reference, "reference")))
	if !ok || parsed.URN != "" {
		return ""
	}
	return parsed.Relative()
}
