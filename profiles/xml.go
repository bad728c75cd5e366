package profiles

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles/definition"
)

const (
	fhirNamespace  = "http://hl7.org/fhir"
	deepestElement = fhir.MaxDepth
)

// isXML says whether a text is XML rather than JSON.
func isXML(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(text, fhir.ByteOrderMark), " \t\r\n"), "<")
}

// DecodeXML reads a resource in FHIR XML into the tree that fhir.Decode makes of the same resource in JSON (section 2.6.2
// of R4). What the definitions do not have is kept under its name, so that Validate can report it. Document type
// declarations are refused, so there are no entities to expand. The error is a *fhir.SyntaxError.
func (r *Registry) DecodeXML(data []byte) (map[string]any, error) {
	tree, _, err := r.decodeXML(data)
	return tree, err
}

// decodeXML also gives the reader, with the offset at which each value starts, by JSON pointer, and what is out of order.
func (r *Registry) decodeXML(data []byte) (map[string]any, *xmlReader, error) {
	x := &xmlReader{registry: r, data: data, decoder: xml.NewDecoder(bytes.NewReader(data)), places: map[string]int64{}}
	x.decoder.CharsetReader = func(charset string, text io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") {
			return text, nil
		}
		return nil, &charsetError{charset}
	}
	for {
		at := x.decoder.InputOffset()
		token, err := x.decoder.Token()
		if err != nil {
			return nil, nil, x.fail(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			x.root = t.Name.Local
			tree, err := x.resource(t, "", 0)
			if err == nil {
				err = x.end()
			}
			if err != nil {
				return nil, nil, x.fail(err)
			}
			x.places[""] = at
			return tree, x, nil
		case xml.Directive:
			return nil, nil, x.fail(errDirective)
		case xml.CharData:
			if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte(fhir.ByteOrderMark)))) > 0 {
				return nil, nil, x.fail(errors.New("text stands before the root element"))
			}
		default:
		}
	}
}

// charsetError says that a document declares another encoding than UTF-8.
type charsetError struct{ charset string }

// Error names the encoding and says what to do.
func (e *charsetError) Error() string {
	return fmt.Sprintf("the document says that it is encoded in %s; FHIR is exchanged in UTF-8, so save it as that and change the declaration", e.charset)
}

// placedError is what is wrong with an element.
type placedError struct{ pointer, message string }

// Error says what is wrong.
func (e *placedError) Error() string { return e.message }

var errDirective = errors.New("a document type declaration is not allowed in FHIR XML")

type xmlReader struct {
	registry *Registry
	data     []byte
	decoder  *xml.Decoder
	places   map[string]int64
	misfits  []misfit
	// root is the name of the root element.
	root string
}

// fail turns an error into a syntax error at the place that was reached.
func (x *xmlReader) fail(err error) *fhir.SyntaxError {
	line, column := x.decoder.InputPos()
	message := strings.TrimPrefix(err.Error(), "XML syntax error on line "+strconv.Itoa(line)+": ")
	var charset *charsetError
	if errors.As(err, &charset) {
		message = charset.Error()
	}
	if errors.Is(err, io.EOF) {
		message = "the document ends too early"
	}
	syntax := &fhir.SyntaxError{Offset: int(x.decoder.InputOffset()), Line: line, Column: column, Message: message}
	var placed *placedError
	if errors.As(err, &placed) {
		syntax.Pointer = x.root + placed.pointer
	}
	return syntax
}

// end checks that nothing but white space and comments follows the root.
func (x *xmlReader) end() error {
	for {
		token, err := x.decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return errors.New("the document goes on after its end")
			}
		case xml.StartElement:
			return errors.New("the document has more than one root element")
		case xml.Directive:
			return errDirective
		default:
		}
	}
}

// resource reads an element that is a resource.
func (x *xmlReader) resource(start xml.StartElement, pointer string, depth int) (map[string]any, error) {
	if start.Name.Space != fhirNamespace {
		return nil, fmt.Errorf("<%s> is not in the namespace %s", start.Name.Local, fhirNamespace)
	}
	var n *node
	if s, err := x.registry.shapeOf(definition.TypeURL(start.Name.Local)); err == nil && s != nil && s.resource {
		n = s.root
	}
	obj, err := x.object(start, n, resourceElement, pointer, depth)
	if err != nil {
		return nil, err
	}
	obj["resourceType"] = start.Name.Local
	return obj, nil
}

// object reads an element with children.
func (x *xmlReader) object(start xml.StartElement, n *node, kind elementKind, pointer string, depth int) (map[string]any, error) {
	if depth > deepestElement {
		return nil, fmt.Errorf("elements are nested more than %d deep", deepestElement)
	}
	obj := map[string]any{}
	x.attributes(obj, start, n, kind, pointer)
	last := 0
	for {
		at := x.decoder.InputOffset()
		token, err := x.decoder.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return obj, nil
		case xml.Directive:
			return nil, errDirective
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, &placedError{pointer, fmt.Sprintf("text is not allowed in <%s>; values are in attributes", start.Name.Local)}
			}
		case xml.StartElement:
			last = x.order(n, t.Name.Local, pointer, at, last)
			if err := x.child(obj, n, kind, t, at, pointer, depth); err != nil {
				return nil, err
			}
		default:
		}
	}
}

// child reads one child of an element and adds it to the object.
func (x *xmlReader) child(obj map[string]any, n *node, kind elementKind, start xml.StartElement, at int64, pointer string, depth int) error {
	name := start.Name.Local
	var p *prop
	if n != nil {
		p = n.props.get(name)
	}
	place := pointer + "/" + fhir.EscapePointer(name)
	if _, there := x.places[place]; !there {
		x.places[place] = at
	}
	array := p != nil && p.node.array
	if array {
		place += "/" + strconv.Itoa(max(length(obj[name]), length(obj["_"+name])))
		x.places[place] = at
	}
	value, sibling, err := x.value(start, p, at, place, depth)
	if err != nil {
		return err
	}
	if !x.fits(start, p, kind, place, at) {
		return nil
	}
	if p != nil && p.typ != nil && p.typ.primitive != notPrimitive && p.typ.primitive != primXHTML {
		addPrimitive(obj, name, value, sibling, array)
		return nil
	}
	add(obj, name, value, array)
	return nil
}

func length(v any) int {
	list, _ := v.([]any)
	return len(list)
}

// value reads the value of an element, and the id and extensions of a primitive.
func (x *xmlReader) value(start xml.StartElement, p *prop, at int64, place string, depth int) (value any, sibling map[string]any, err error) {
	switch {
	case start.Name.Local == "div" && start.Name.Space == xhtmlNamespace:
		if err := x.skip(); err != nil {
			return nil, nil, err
		}
		return strings.TrimSpace(string(x.data[at:x.decoder.InputOffset()])), nil, nil
	case p == nil:
		obj, err := x.object(start, nil, unknownElement, place, depth+1)
		if v, given := attribute(start, "value"); err == nil && given && len(obj) == 0 {
			return v, nil, nil
		}
		return obj, nil, err
	case p.typ != nil && p.typ.primitive != notPrimitive:
		owner := p.node.childrenOf(p.typ)
		obj, err := x.object(start, owner, primitiveElement, place, depth+1)
		if err != nil {
			return nil, nil, err
		}
		if v, given := attribute(start, "value"); given {
			value = typedText(p.typ.primitive, v)
		}
		if len(obj) > 0 {
			sibling = obj
		}
		return value, sibling, nil
	case p.typ != nil && isResourceType(x.registry, p.typ):
		v, err := x.inner(start, place, depth+1)
		return v, nil, err
	default:
		obj, err := x.object(start, p.node.childrenOf(p.typ), kindOfElement(p.typ), place, depth+1)
		return obj, nil, err
	}
}

// skip reads to the end of the element that was begun last, which is not FHIR's.
func (x *xmlReader) skip() error {
	for depth := 1; depth > 0; {
		token, err := x.decoder.Token()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			if depth++; depth > deepestElement {
				return fmt.Errorf("elements are nested more than %d deep", deepestElement)
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			return errDirective
		default:
		}
	}
	return nil
}

// inner reads the one resource inside <contained>, <resource> and the like.
func (x *xmlReader) inner(start xml.StartElement, place string, depth int) (any, error) {
	var found any = map[string]any{}
	count := 0
	for {
		token, err := x.decoder.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			return found, nil
		case xml.StartElement:
			if count++; count > 1 {
				return nil, fmt.Errorf("<%s> holds more than one resource", start.Name.Local)
			}
			if found, err = x.resource(t, place, depth); err != nil {
				return nil, err
			}
		case xml.Directive:
			return nil, errDirective
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, &placedError{place, fmt.Sprintf("text is not allowed in <%s>, which holds a resource", start.Name.Local)}
			}
		default:
		}
	}
}

func attribute(start xml.StartElement, name string) (string, bool) {
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// typedText turns the text of a primitive into the JSON value that it has; a text that is none stays a text, which is
// then reported.
func typedText(p primitive, s string) any {
	switch p {
	case primBoolean:
		switch s {
		case "true":
			return true
		case "false":
			return false
		}
	case primDecimal, primInteger, primPositiveInt, primUnsignedInt:
		if v, err := fhir.Decode([]byte(s)); err == nil {
			if n, ok := v.(json.Number); ok {
				return n
			}
		}
	default:
	}
	return s
}

func add(obj map[string]any, name string, value any, array bool) {
	old, there := obj[name]
	list, isList := old.([]any)
	switch {
	case array || isList:
		obj[name] = append(list, value)
	case there:
		// It does not repeat, which the walk reports of the array.
		obj[name] = []any{old, value}
	default:
		obj[name] = value
	}
}

// addPrimitive adds a primitive and what belongs beside it, keeping the two arrays of one that repeats equally long.
func addPrimitive(obj map[string]any, name string, value any, sibling map[string]any, array bool) {
	if !array {
		if value != nil || sibling == nil {
			if value == nil {
				value = ""
			}
			add(obj, name, value, false)
		}
		if sibling != nil {
			obj["_"+name] = sibling
		}
		return
	}
	values, _ := obj[name].([]any)
	siblings, _ := obj["_"+name].([]any)
	if value == nil && sibling == nil {
		value = ""
	}
	count := max(len(values), len(siblings))
	if sibling != nil || siblings != nil {
		for len(siblings) < count {
			siblings = append(siblings, nil)
		}
		var item any
		if sibling != nil {
			item = sibling
		}
		obj["_"+name] = append(siblings, item)
	}
	obj[name] = append(values, value)
}
