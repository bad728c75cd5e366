package fhir

// Reader reads documents one after the other and builds the tree of each in the memory of the one before, which spares
// most of what Decode allocates. It serves one goroutine at a time. The zero value is ready for use.
type Reader struct {
	decoder decoder
	memory  memory
}

// Read is DecodeRepeated. The objects and arrays of the tree are valid until Release; its strings and numbers are valid
// for ever. The tree must not be changed.
func (r *Reader) Read(text string) (any, []DuplicateKey, error) {
	r.decoder.memory = &r.memory
	r.decoder.restart(text)
	tree, err := r.decoder.document()
	if err != nil || len(r.decoder.repeated) == 0 {
		return tree, nil, err
	}
	return tree, r.decoder.repeatedKeys(), nil
}

// Locate is the function Locate for the document that was read last.
func (r *Reader) Locate(pointers []string) []Position {
	return locate(r.decoder.text, pointers)
}

// Release takes back the objects and arrays of everything that was read since the last Release.
func (r *Reader) Release() {
	r.memory.release()
	r.decoder.restart("")
}

// restart prepares the decoder for the next text, and lets the one before go.
func (d *decoder) restart(text string) {
	d.text, d.pos, d.repeated, d.cost = text, 0, nil, 0
	if cap(d.members) > mostKept || cap(d.items) > mostKept {
		d.members, d.items = nil, nil
	}
	// A document that was not read to its end leaves some behind.
	clear(d.members)
	clear(d.items)
	d.members, d.items = d.members[:0], d.items[:0]
}

const (
	// mostKept bounds how many objects, and how many places in arrays, are kept for the next document.
	mostKept = 4096
	// smallObject is how many properties an object may have to be kept: Go holds such a map in one piece, and it is as good
	// as new when it is cleared.
	smallObject = 8
	// mostBuffer bounds the room for strings with escapes that is kept.
	mostBuffer = 1 << 16
)

// memory holds objects and arrays that are used again. A nil memory makes new ones.
type memory struct {
	objects []map[string]any
	used    int
	places  []any
}

// object returns an empty map for so many properties.
func (m *memory) object(size int) map[string]any {
	if m == nil || size > smallObject {
		return make(map[string]any, size)
	}
	if m.used < len(m.objects) {
		m.used++
		return m.objects[m.used-1]
	}
	object := make(map[string]any, size)
	if len(m.objects) < mostKept {
		m.objects = append(m.objects, object)
		m.used++
	}
	return object
}

// array returns an array of the items.
func (m *memory) array(items []any) []any {
	if m == nil || len(items) > mostKept/2 {
		return append(make([]any, 0, len(items)), items...)
	}
	start := len(m.places)
	if start+len(items) > cap(m.places) {
		// What was given out stays where it is; it is let go with the tree.
		m.places, start = make([]any, 0, min(mostKept, max(64, 2*cap(m.places), len(items)))), 0
	}
	m.places = append(m.places, items...)
	return m.places[start:len(m.places):len(m.places)]
}

func (m *memory) release() {
	for _, object := range m.objects[:m.used] {
		clear(object)
	}
	m.used = 0
	clear(m.places)
	m.places = m.places[:0]
}
