package fhir

import "sync"

// Cache decodes the answers of a server, which hold the same resources again and again: a resource of a Bundle whose text
// is, byte for byte, one that was read lately is the tree that was made then. It serves several goroutines.
type Cache struct {
	mu sync.Mutex
	// room is how many bytes of documents are kept twice over: when recent has so many, it takes the place of older.
	room, held    int
	recent, older map[string]map[string]any
	decoders      sync.Pool
}

// NewCache returns a Cache that keeps the resources of up to so many bytes of documents, and of as many before them.
func NewCache(room int) *Cache {
	return &Cache{room: room, recent: map[string]map[string]any{}}
}

// DecodeObject is the function DecodeObject, with trees that share resources with those of other documents. They must not
// be changed.
func (c *Cache) DecodeObject(text string) (map[string]any, error) {
	d, _ := c.decoders.Get().(*decoder)
	if d == nil {
		d = &decoder{}
	}
	defer c.decoders.Put(d)
	d.restart(text)
	d.cache, d.counted = c, 0
	// A document of which little else would be left is not worth the others.
	if len(text) > c.room/4 {
		d.cache = nil
	}
	tree, err := d.whole()
	d.restart("")
	if err != nil {
		return nil, err
	}
	return asObject(tree)
}

// get returns the tree of a text that was read lately.
func (c *Cache) get(text string) (map[string]any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if tree, ok := c.recent[text]; ok {
		return tree, true
	}
	tree, ok := c.older[text]
	if ok {
		c.keep(text, tree, len(text))
	}
	return tree, ok
}

// put keeps the tree of a text. Its strings keep the document in memory that they were read from, which is counted by
// whoever puts its first tree.
func (c *Cache) put(text string, tree map[string]any, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(text, tree, size)
}

func (c *Cache) keep(text string, tree map[string]any, size int) {
	if c.held+size > c.room {
		c.older, c.recent, c.held = c.recent, map[string]map[string]any{}, 0
	}
	c.recent[text] = tree
	c.held += size
}

// resourceDepth is how deep the objects are nested that hold the resources of a Bundle: Bundle, its entries, an entry.
const resourceDepth = 3

// resource reads the resource of an entry, or takes it from the cache. Only resources that are read at the same depth and
// hold no property twice are shared, so that a document gives the same tree and the same errors as without a cache.
func (d *decoder) resource() (any, error) {
	start := d.pos
	end := objectEnd(d.text, start)
	if end < 0 {
		return d.object(resourceDepth + 1) // which says what is wrong
	}
	if tree, ok := d.cache.get(d.text[start:end]); ok {
		d.pos = end
		return tree, nil
	}
	repeated := len(d.repeated)
	value, err := d.object(resourceDepth + 1)
	if err != nil {
		return nil, err
	}
	if tree, ok := value.(map[string]any); ok && len(d.repeated) == repeated && d.pos == end {
		d.cache.put(d.text[start:end], tree, len(d.text)-d.counted)
		d.counted = len(d.text)
	}
	return value, nil
}

// objectEnd returns where the object that starts at start ends, or -1 when it does not. Whether what is between is an
// object is for others to find out.
func objectEnd(text string, start int) int {
	depth, quoted := 0, false
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\\' {
				i++
			}
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
