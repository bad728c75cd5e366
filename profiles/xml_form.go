package profiles

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// elementKind says which attributes an element of XML may have (section 2.6.1 of R4, XML representation: the id of an element,
// the url of an extension and the value of a primitive are attributes, everything else is an element).
type elementKind int

const (
	// unknownElement is one that the definitions do not have, which is said of the element.
	unknownElement elementKind = iota
	resourceElement
	complexElement
	extensionElement
	primitiveElement
)

func kindOfElement(t *typeRef) elementKind {
	if t != nil && t.special == extensionType {
		return extensionElement
	}
	return complexElement
}

// mayHave says whether an attribute without a prefix belongs to such an element.
func (k elementKind) mayHave(attribute string) bool {
	switch attribute {
	case "id":
		return k != resourceElement
	case "url":
		return k == extensionElement
	case "value":
		return k == primitiveElement
	default:
		return false
	}
}

// misfit is a part of XML that stands for something, and in a form that FHIR does not have.
type misfit struct {
	pointer, name, message string
	at                     int64
	// mild says that readers of XML pass over it.
	mild bool
}

func (x *xmlReader) misfit(pointer, name string, at int64, message string) {
	x.misfits = append(x.misfits, misfit{pointer: pointer, name: name, at: at, message: message})
}

// order notes an element that is out of order, and returns the place of the last one in order.
func (x *xmlReader) order(n *node, name, pointer string, at int64, last int) int {
	if n == nil {
		return last
	}
	p := n.props.get(name)
	if p == nil {
		return last
	}
	place := slices.Index(n.children, p.node)
	if place >= last || place < 0 {
		return max(place, last)
	}
	x.misfit(pointer+"/"+name, name, at,
		fmt.Sprintf("<%s> must come before <%s>: XML has elements in the order of their definition", name, n.children[last].name))
	return last
}

const schemaNamespace = "http://www.w3.org/2001/XMLSchema-instance"

// attributes reads the attributes of an element into its object. One that the definitions have as an element is read as that,
// and one that they do not have is kept under its name, so that it is reported as such.
func (x *xmlReader) attributes(obj map[string]any, start xml.StartElement, n *node, kind elementKind, pointer string) {
	at := x.began()
	for _, a := range start.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space == "xmlns" && a.Value == schemaNamespace:
			x.namesSchemas(pointer, name, at, start)
		case a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns":
		case a.Name.Space == schemaNamespace && namesSchema(name):
			x.misfit(pointer, name, at, fmt.Sprintf("<%s> must not say where a schema is: leave the attribute %s out", start.Name.Local, prefixed(a.Name)))
		case a.Name.Space != "":
			if kind != unknownElement {
				x.misfit(pointer, name, at, fmt.Sprintf("<%s> must not have the attribute %s, which is not FHIR's", start.Name.Local, prefixed(a.Name)))
			}
		case kind.mayHave(name):
			if name != "value" {
				obj[name] = a.Value
			}
		case n == nil || kind == unknownElement:
			if name != "value" {
				obj[name] = a.Value
			}
		case name == "resourceType":
			x.misfit(pointer, name, at, "the type of a resource is the name of its element in XML, not an attribute")
		default:
			p := n.props.get(name)
			if p == nil {
				obj[name] = a.Value
				continue
			}
			x.misfit(pointer+"/"+name, name, at, fmt.Sprintf("%s is an element of <%s>, not an attribute", name, start.Name.Local))
			if p.typ != nil && p.typ.primitive != notPrimitive {
				addPrimitive(obj, name, typedText(p.typ.primitive, a.Value), nil, p.node.array)
			}
		}
	}
}

// namesSchema says whether an attribute of the namespace of XML Schema instances says where a schema is.
func namesSchema(attribute string) bool {
	return attribute == "schemaLocation" || attribute == "noNamespaceSchemaLocation"
}

// namesSchemas notes that an element declares the namespace of XML Schema instances, which resources must not have (R4, XML
// representation, XML Schema and Schematron), unless one of its own attributes shows it already.
func (x *xmlReader) namesSchemas(pointer, prefix string, at int64, start xml.StartElement) {
	if slices.ContainsFunc(start.Attr, func(a xml.Attr) bool { return a.Name.Space == schemaNamespace }) {
		return
	}
	x.misfits = append(x.misfits, misfit{
		pointer: pointer, name: prefix, at: at, mild: true,
		message: fmt.Sprintf("a resource must not have the namespace %s: leave xmlns:%s out", schemaNamespace, prefix),
	})
}

// began is where the element that was read last begins.
func (x *xmlReader) began() int64 {
	return int64(max(bytes.LastIndexByte(x.data[:x.decoder.InputOffset()], '<'), 0))
}

func prefixed(name xml.Name) string {
	switch name.Space {
	case xmlNamespace:
		return "xml:" + name.Local
	case schemaNamespace:
		return "xsi:" + name.Local
	default:
		return name.Local + " of " + name.Space
	}
}

// fits says whether an element may stand for what its name says, and notes why not. What cannot be taken for a part of the
// resource at all is left out of it.
func (x *xmlReader) fits(start xml.StartElement, p *prop, parent elementKind, pointer string, at int64) bool {
	name := start.Name.Local
	switch {
	case parent == unknownElement:
	case name == "resourceType" || strings.HasPrefix(name, "_"):
		x.misfit(pointer, name, at, fmt.Sprintf("there is no element <%s> in XML", name))
		return false
	case p == nil:
	case start.Name.Space != fhirNamespace && (p.typ == nil || p.typ.primitive != primXHTML):
		x.misfit(pointer, name, at, fmt.Sprintf("<%s> is not in the namespace %s", name, fhirNamespace))
	case name == "id" && parent != resourceElement, name == "url" && parent == extensionElement:
		x.misfit(pointer, name, at, fmt.Sprintf("%s is an attribute here, not an element", name))
	}
	return true
}
