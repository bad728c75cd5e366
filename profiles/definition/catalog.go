package definition

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Catalog holds many code systems compressed, each in a block of its own company, and the names of value sets. Only the
// index is read when it is opened; a block is unpacked when a code system in it is first asked for. It is safe for
// concurrent use.
type Catalog struct {
	blocks  [][]byte
	systems map[string]catalogued
	sets    map[string]struct{} // URLs of value sets
	tables  sync.Map            // URL -> *CodeSystem
	// byOID has the URL of the code system of an object identifier, and "" for one that several have. It is made when first asked for.
	byOID func() map[string]string
}

// catalogued is the place of a code system in a catalog.
type catalogued struct {
	// line has the fields of the index, parted by tabs.
	line                  string
	block, offset, length int
}

func (c catalogued) fields() []string { return strings.SplitN(c.line, "\t", catalogFields) }

const (
	catalogMagic = "concord-catalog-2\n"
	// blockSize is how many bytes of code systems are compressed together: more saves space, less saves time.
	blockSize = 32 << 10
	// maxBlock bounds what a block may unpack to, as one code system may be longer than a block.
	maxBlock = 8 << 20
)

// The fields of a line of the index that stands for a code system.
const (
	catalogURL = iota
	catalogVersion
	catalogName
	catalogStatus
	catalogContent
	catalogFolds
	catalogSupplements
	catalogOIDs
	catalogFields
)

// oidRoot is what most object identifiers of code systems start with: HL7's. It is left out of the index.
const oidRoot = "2.16.840.1.113883."

// shortOID returns an object identifier without HL7's root, and any other with a mark that it is whole.
func shortOID(oid string) string {
	if rest, below := strings.CutPrefix(oid, oidRoot); below {
		return rest
	}
	return "/" + oid
}

// WriteCatalog writes code systems and the URLs of value sets as a catalog. Of the concepts it keeps code,
// display, designations, parents, "notSelectable" and a status other than active. The bytes depend on what is given alone.
func WriteCatalog(w io.Writer, systems []*CodeSystem, sets []string) error {
	systems = slices.Clone(systems)
	slices.SortFunc(systems, func(a, b *CodeSystem) int { return strings.Compare(a.URL, b.URL) })
	var index, body bytes.Buffer
	var block strings.Builder
	count := 0
	seal := func() error {
		if block.Len() == 0 {
			return nil
		}
		start := body.Len()
		if err := deflate(&body, block.String()); err != nil {
			return err
		}
		fmt.Fprintf(&index, "B\t%d\n", body.Len()-start)
		block.Reset()
		count++
		return nil
	}
	for _, c := range systems {
		text := catalogText(c)
		if block.Len()+len(text) > blockSize {
			if err := seal(); err != nil {
				return fmt.Errorf("write catalog: %w", err)
			}
		}
		folds := ""
		if c.CaseInsensitive {
			folds = "i"
		}
		oids := make([]string, 0, len(c.OIDs))
		for _, oid := range c.OIDs {
			oids = append(oids, shortOID(oid))
		}
		fields := []string{c.URL, c.Version, c.Name, c.Status, c.Content, folds, c.Supplements, strings.Join(oids, " ")}
		for _, f := range fields {
			if strings.ContainsAny(f, "\t\n") {
				return fmt.Errorf("write catalog: %s: a field holds a tab or a line break", c.URL)
			}
		}
		fmt.Fprintf(&index, "C\t%s\t%d\t%d\t%d\n", strings.Join(fields, "\t"), count, block.Len(), len(text))
		block.WriteString(text)
	}
	if err := seal(); err != nil {
		return fmt.Errorf("write catalog: %w", err)
	}
	for _, url := range slices.Compact(slices.Sorted(slices.Values(sets))) {
		fmt.Fprintf(&index, "V\t%s\n", url)
	}
	var head bytes.Buffer
	if err := deflate(&head, index.String()); err != nil {
		return fmt.Errorf("write catalog: %w", err)
	}
	out := binary.BigEndian.AppendUint32([]byte(catalogMagic), uint32(head.Len())) //nolint:gosec // an index of 4 GB cannot be made
	for _, part := range [][]byte{out, head.Bytes(), body.Bytes()} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write catalog: %w", err)
		}
	}
	return nil
}

func deflate(w io.Writer, text string) error {
	z, err := flate.NewWriter(w, flate.BestCompression)
	if err != nil {
		return err //nolint:wrapcheck // the caller says what was written
	}
	if _, err := io.WriteString(z, text); err != nil {
		return err //nolint:wrapcheck // the caller says what was written
	}
	return z.Close() //nolint:wrapcheck // the caller says what was written
}

// catalogText writes concepts a line each: code, display (empty where it is the code) and designations, marks, and the
// parents by how far they stand before the concept.
func catalogText(c *CodeSystem) string {
	var b strings.Builder
	for i := range c.Concepts {
		concept := &c.Concepts[i]
		display := oneLine(concept.Display)
		switch display {
		case concept.Code:
			display = ""
		case "":
			display = "\x01"
		}
		for _, d := range concept.Designations {
			display += "\x02" + oneLine(d)
		}
		marks := ""
		for _, p := range concept.Properties {
			switch {
			case p.Code == "notSelectable" && p.Value == "true":
				marks += "n"
			case p.Code == "status" && p.Value == "retired":
				marks += "r"
			case p.Code == "status" && p.Value == "deprecated":
				marks += "d"
			}
		}
		line := oneLine(concept.Code) + "\t" + display + "\t" + marks
		for _, parent := range concept.Parents {
			line += "\t" + strconv.Itoa(i-parent)
		}
		b.WriteString(strings.TrimRight(line, "\t") + "\n")
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var errNoCatalog = errors.New("it is no catalog, or of another version")

// OpenCatalog reads the index of a catalog. The data must not change afterwards.
func OpenCatalog(data []byte) (*Catalog, error) {
	rest, ok := bytes.CutPrefix(data, []byte(catalogMagic))
	if !ok || len(rest) < 4 {
		return nil, fmt.Errorf("read catalog: %w", errNoCatalog)
	}
	size := int64(binary.BigEndian.Uint32(rest))
	rest = rest[4:]
	if size > int64(len(rest)) {
		return nil, fmt.Errorf("read catalog: %w", io.ErrUnexpectedEOF)
	}
	index, err := inflate(rest[:size])
	if err != nil {
		return nil, fmt.Errorf("read catalog: %w", err)
	}
	rest = rest[size:]
	c := &Catalog{systems: map[string]catalogued{}, sets: map[string]struct{}{}}
	for line := range strings.Lines(index) {
		kind, line, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		switch kind {
		case "B":
			length, err := strconv.Atoi(line)
			if err != nil || length < 0 || length > len(rest) {
				return nil, fmt.Errorf("read catalog: %w", errNoCatalog)
			}
			c.blocks = append(c.blocks, rest[:length])
			rest = rest[length:]
		case "C":
			at, err := placeInCatalog(line)
			if err != nil {
				return nil, fmt.Errorf("read catalog: %w", err)
			}
			url, _, _ := strings.Cut(line, "\t")
			c.systems[url] = at
		case "V":
			c.sets[line] = struct{}{}
		}
	}
	c.byOID = sync.OnceValue(c.indexOIDs)
	return c, nil
}

// placeInCatalog reads a line of the index: the fields of a code system, and three numbers after them.
func placeInCatalog(line string) (catalogued, error) {
	at := catalogued{line: line}
	for _, to := range []*int{&at.length, &at.offset, &at.block} {
		tab := strings.LastIndexByte(at.line, '\t')
		if tab < 0 {
			return catalogued{}, errNoCatalog
		}
		n, err := strconv.Atoi(at.line[tab+1:])
		if err != nil || n < 0 {
			return catalogued{}, errNoCatalog
		}
		*to, at.line = n, at.line[:tab]
	}
	if strings.Count(at.line, "\t") != catalogFields-1 {
		return catalogued{}, errNoCatalog
	}
	return at, nil
}

func (c *Catalog) indexOIDs() map[string]string {
	index := map[string]string{}
	for url, at := range c.systems {
		for oid := range strings.FieldsSeq(at.fields()[catalogOIDs]) {
			if of, there := index[oid]; there && of != url {
				index[oid] = ""
				continue
			}
			index[oid] = url
		}
	}
	return index
}

// SystemOfOID returns the URL of the code system that has an object identifier, which is given without "urn:oid:". It is "" when
// the catalog has none, or several.
func (c *Catalog) SystemOfOID(oid string) string {
	if c == nil {
		return ""
	}
	return c.byOID()[shortOID(oid)]
}

func inflate(data []byte) (string, error) {
	const usualRatio = 7 // what the index shrinks by; codes shrink less
	var text strings.Builder
	text.Grow(usualRatio * len(data))
	size, err := io.Copy(&text, io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxBlock+1))
	switch {
	case err != nil:
		return "", err //nolint:wrapcheck // the caller says what was read
	case size > maxBlock:
		return "", errNoCatalog
	}
	return text.String(), nil
}

// HasValueSet reports whether the catalog names a value set with the URL.
func (c *Catalog) HasValueSet(url string) bool {
	if c == nil {
		return false
	}
	_, known := c.sets[url]
	return known
}

// CodeSystem returns the code system with the URL, or nil if the catalog has none.
func (c *Catalog) CodeSystem(url string) (*CodeSystem, error) {
	if c == nil {
		return nil, nil //nolint:nilnil // a code system that is not there is no error
	}
	at, ok := c.systems[url]
	if !ok {
		return nil, nil //nolint:nilnil // a code system that is not there is no error
	}
	if table, done := c.tables.Load(url); done {
		return table.(*CodeSystem), nil //nolint:forcetypeassert // the map holds nothing else
	}
	if at.block >= len(c.blocks) && at.length > 0 {
		return nil, fmt.Errorf("read code system %s of catalog: %w", url, errNoCatalog)
	}
	text := ""
	if at.length > 0 {
		block, err := inflate(c.blocks[at.block])
		if err != nil || at.offset+at.length > len(block) {
			return nil, fmt.Errorf("read code system %s of catalog: %w", url, errors.Join(err, errNoCatalog))
		}
		text = strings.Clone(block[at.offset : at.offset+at.length])
	}
	f := at.fields()
	table := &CodeSystem{
		URL: url, Version: f[catalogVersion], Name: f[catalogName], Status: f[catalogStatus], Content: f[catalogContent],
		CaseInsensitive: f[catalogFolds] == "i", Supplements: f[catalogSupplements], Concepts: cataloguedConcepts(text),
	}
	for oid := range strings.FieldsSeq(f[catalogOIDs]) {
		whole, other := strings.CutPrefix(oid, "/")
		if !other {
			whole = oidRoot + oid
		}
		table.OIDs = append(table.OIDs, whole)
	}
	stored, _ := c.tables.LoadOrStore(url, table)
	return stored.(*CodeSystem), nil //nolint:forcetypeassert // the map holds nothing else
}

func cataloguedConcepts(text string) []Concept {
	list := make([]Concept, 0, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		display, rest, _ := strings.Cut(rest, "\t")
		marks, rest, _ := strings.Cut(rest, "\t")
		display, others, more := strings.Cut(display, "\x02")
		concept := Concept{Code: code, Display: display}
		if more {
			concept.Designations = strings.Split(others, "\x02")
		}
		switch display {
		case "":
			concept.Display = code
		case "\x01":
			concept.Display = ""
		}
		for _, m := range marks {
			switch m {
			case 'n':
				concept.Properties = append(concept.Properties, Property{"notSelectable", "true"})
			case 'r':
				concept.Properties = append(concept.Properties, Property{"status", "retired"})
			case 'd':
				concept.Properties = append(concept.Properties, Property{"status", "deprecated"})
			}
		}
		for rest != "" {
			var back string
			back, rest, _ = strings.Cut(rest, "\t")
			if n, err := strconv.Atoi(back); err == nil {
				concept.Parents = append(concept.Parents, len(list)-n)
			}
		}
		list = append(list, concept)
	}
	for i := range list {
		list[i].Parents = slices.DeleteFunc(list[i].Parents, func(p int) bool { return p < 0 || p >= len(list) })
	}
	return list
}
