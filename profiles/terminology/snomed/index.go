package snomed

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"sort"
	"strconv"
	"strings"
	"sync"
)

var errNoIndex = errors.New(`it is no index of SNOMED CT, or it is damaged; make it with "concord terminology import"`)

// Index answers questions about the codes of a release. It is safe for concurrent use.
type Index struct {
	// Meta says what the index was made of.
	Meta  Meta
	parts [sections][]byte
	unmap func() error
	sets  sync.Map // expression -> *selected
}

// Open maps an index into memory.
func Open(name string) (*Index, error) {
	data, unmap, err := mapFile(name)
	if err != nil {
		return nil, fmt.Errorf("open index of SNOMED CT: %w", err)
	}
	x := &Index{unmap: unmap}
	if err := x.read(data); err != nil {
		return nil, fmt.Errorf("open index %s: %w", name, errors.Join(err, unmap()))
	}
	return x, nil
}

// Close unmaps the index, which must not be asked any more.
func (x *Index) Close() error { return x.unmap() }

func (x *Index) read(data []byte) error {
	const head = len(magic) + sections*headSection
	if len(data) < head || string(data[:len(magic)]) != magic {
		return errNoIndex
	}
	for i := range x.parts {
		place := data[len(magic)+i*headSection:]
		start, length := binary.LittleEndian.Uint64(place), binary.LittleEndian.Uint64(place[8:])
		if start > uint64(len(data)) || length > uint64(len(data))-start {
			return errNoIndex
		}
		x.parts[i] = data[start : start+length]
	}
	if err := json.Unmarshal(x.parts[metaSection], &x.Meta); err != nil {
		return errNoIndex
	}
	n := x.Meta.Concepts
	for section, want := range map[int]int{
		idSection: n * 8, activeSection: (n + 7) / 8, parentStarts: (n + 1) * 4, childStarts: (n + 1) * 4, attributeStarts: (n + 1) * 4,
		termStarts: (n + 1) * 8, refsetSection: x.Meta.Refsets * 8, memberStarts: (x.Meta.Refsets + 1) * 4, memberSection: x.Meta.Members * 4,
	} {
		if n < 0 || len(x.parts[section]) != want {
			return errNoIndex
		}
	}
	return nil
}

// number reads the i-th number of four bytes of a section; what is outside is 0, so that a damaged index cannot do harm.
func (x *Index) number(section, i int) int {
	part := x.parts[section]
	if i < 0 || (i+1)*4 > len(part) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(part[i*4:]))
}

// span returns where the numbers of the i-th concept or refset are in a section, of which each has a width.
func (x *Index) span(starts, section, i, width int) (from, to int) {
	return x.number(starts, i), min(x.number(starts, i+1), len(x.parts[section])/4/width)
}

func (x *Index) long(section, i int) uint64 {
	part := x.parts[section]
	if i < 0 || (i+1)*8 > len(part) {
		return 0
	}
	return binary.LittleEndian.Uint64(part[i*8:])
}

// find returns the position of a concept.
func (x *Index) find(code string) (int, bool) {
	id, err := strconv.ParseUint(code, 10, 64)
	if err != nil || code[0] == '0' || code[0] == '+' {
		return 0, false
	}
	return x.at(id)
}

func (x *Index) at(id uint64) (int, bool) {
	n := x.Meta.Concepts
	i := sort.Search(n, func(i int) bool { return x.long(idSection, i) >= id })
	return i, i < n && x.long(idSection, i) == id
}

// Has says whether the release has the concept.
func (x *Index) Has(code string) bool {
	_, known := x.find(code)
	return known
}

// Active says whether a concept is there and active.
func (x *Index) Active(code string) bool {
	i, known := x.find(code)
	return known && x.parts[activeSection][i/8]&(1<<(i%8)) != 0
}

// Term is a text that a concept is known by.
type Term struct {
	Text string
	// FullySpecified says that it is the fully specified name; Preferred that a language refset other than that of the
	// United States prefers it, and PreferredUS that this one does.
	FullySpecified, Preferred, PreferredUS bool
}

// Terms returns the active terms of a concept.
func (x *Index) Terms(code string) []Term {
	i, known := x.find(code)
	if !known {
		return nil
	}
	start, end := x.long(termStarts, i), x.long(termStarts, i+1)
	blob := x.parts[termSection]
	if start > end || end > uint64(len(blob)) {
		return nil
	}
	var list []Term
	for blob = blob[start:end]; len(blob) >= termHead; {
		length := int(blob[1]) | int(blob[2])<<8
		if len(blob) < termHead+length {
			break
		}
		list = append(list, Term{
			Text: string(blob[termHead : termHead+length]), FullySpecified: blob[0]&markFSN != 0,
			Preferred: blob[0]&markPreferred != 0, PreferredUS: blob[0]&markUS != 0,
		})
		blob = blob[termHead+length:]
	}
	return list
}

// Display returns the term that a concept is best shown with: the preferred synonym, else the fully specified name.
func (x *Index) Display(code string) string {
	best, rank := "", 0
	for _, t := range x.Terms(code) {
		own := 1
		switch {
		case t.Preferred && !t.FullySpecified:
			own = 4
		case t.PreferredUS && !t.FullySpecified:
			own = 3
		case t.FullySpecified:
			own = 2
		}
		if own > rank {
			best, rank = t.Text, own
		}
	}
	return best
}

// Successor is a concept that stands in for an inactive one.
type Successor struct {
	// How is the kind of association, for example "replaced by".
	How, Code string
}

// Successors lists what stands in for an inactive concept, the closest kind first.
func (x *Index) Successors(code string) []Successor {
	i, known := x.find(code)
	if !known {
		return nil
	}
	const width = 3
	n := len(x.parts[associationSection]) / (width * 8)
	var list []Successor
	first := sort.Search(n, func(k int) bool { return x.long(associationSection, k*width) >= uint64(i) }) //nolint:gosec // i is no less than 0
	for k := first; k < n && x.long(associationSection, k*width) == uint64(i); k++ {                      //nolint:gosec // as above
		if how := associationName(x.long(associationSection, k*width+1)); how != "" {
			list = append(list, Successor{how, strconv.FormatUint(x.long(associationSection, k*width+2), 10)})
		}
	}
	return list
}

// associationName names the historical association reference sets.
func associationName(refset uint64) string {
	switch refset {
	case 900000000000526001:
		return "replaced by"
	case 900000000000527005:
		return "same as"
	case 1186924009:
		return "partially equivalent to"
	case 900000000000523009:
		return "possibly equivalent to"
	case 1186921001:
		return "possibly replaced by"
	case 900000000000530003:
		return "alternatively"
	case 900000000000524003:
		return "moved to"
	case 900000000000528000:
		return "was a"
	default:
		return ""
	}
}

// Set is a selection of concepts.
type Set struct {
	index *Index
	bits  []uint64
}

const wordBits = 64

func (x *Index) newSet() *Set {
	return &Set{index: x, bits: make([]uint64, (x.Meta.Concepts+wordBits-1)/wordBits)}
}

func (s *Set) add(i int) bool {
	if i < 0 || i >= s.index.Meta.Concepts {
		return false
	}
	word, bit := i/wordBits, uint64(1)<<(i%wordBits)
	if s.bits[word]&bit != 0 {
		return false
	}
	s.bits[word] |= bit
	return true
}

func (s *Set) holds(i int) bool {
	return i < s.index.Meta.Concepts && s.bits[i/wordBits]&(1<<(i%wordBits)) != 0
}

// Has says whether the set holds a code.
func (s *Set) Has(code string) bool {
	i, known := s.index.find(code)
	return known && s.holds(i)
}

// Len counts the concepts of the set.
func (s *Set) Len() int {
	n := 0
	for _, w := range s.bits {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s *Set) each(visit func(i int)) {
	for word, w := range s.bits {
		for ; w != 0; w &= w - 1 {
			visit(word*wordBits + bits.TrailingZeros64(w))
		}
	}
}

// selected is what an expression selects, worked out once.
type selected struct {
	once sync.Once
	set  *Set
	err  error
}

// Select works out an expression of SNOMED CT's constraint language (see parse for what of it is read) and remembers what
// it selects.
func (x *Index) Select(expression string) (*Set, error) {
	stored, _ := x.sets.LoadOrStore(strings.TrimSpace(expression), &selected{})
	s := stored.(*selected) //nolint:forcetypeassert // the map holds nothing else
	s.once.Do(func() {
		var e *constraint
		if e, s.err = parse(expression); s.err == nil {
			s.set, s.err = x.evaluate(e)
		}
	})
	return s.set, s.err
}
