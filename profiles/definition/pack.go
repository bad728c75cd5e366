package definition

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
)

// maxPack bounds what a pack may unpack to, so that a damaged one cannot fill the memory.
const maxPack = 64 << 20

// packSummary is how many fields stand before the JSON on a line of a pack.
const packSummary = 9

// WritePack writes tables as a pack: gzip over lines of tab-separated summary fields and FHIR JSON, in which frequent
// phrases are single bytes. The bytes depend on the tables alone.
func WritePack(w io.Writer, pack Package, tables []Table) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("write pack %s: %w", pack.Name, err)
	}
	if err := writeLines(zip, pack, tables); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return fmt.Errorf("write pack %s: %w", pack.Name, err)
	}
	return nil
}

// writeLines writes tables as the lines of a pack.
func writeLines(w io.Writer, pack Package, tables []Table) error {
	out := bufio.NewWriter(w)
	phrases := folder()
	head := []string{pack.Name, pack.Version}
	if pack.Hash != "" {
		head = append(head, pack.Hash) // of a package that was compiled; that of a pack is the hash of the pack
	}
	fmt.Fprintln(out, strings.Join(head, "\t")) //nolint:errcheck // a bufio.Writer keeps its first error for Flush
	for _, t := range tables {
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		s := t.Summary
		if err := enc.Encode(s.withoutSummary(t.JSON)); err != nil {
			return fmt.Errorf("write pack %s: %s: %w", pack.Name, t.Summary.URL, err)
		}
		fields := s.fields()
		for _, f := range fields {
			if strings.ContainsAny(f, "\t\n") {
				return fmt.Errorf("write pack %s: %s: a field holds a tab or a line break", pack.Name, s.URL)
			}
		}
		line, err := fold(phrases, append(fields, text.String())...)
		if err != nil {
			return fmt.Errorf("write pack %s: %s: %w", pack.Name, s.URL, err)
		}
		fmt.Fprint(out, line) //nolint:errcheck // kept for Flush
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write pack %s: %w", pack.Name, err)
	}
	return nil
}

// summaryNames are the properties that the fields of a summary stand for, in the order of fields.
func summaryNames() []string {
	return []string{"resourceType", "url", "version", "name", "status", "type", "kind", "derivation", "baseDefinition"}
}

func (s Summary) fields() []string {
	return []string{s.Resource, s.URL, s.Version, s.Name, s.Status, s.Type, s.Kind, s.Derivation, s.Base}
}

// withoutSummary leaves out what the summary says.
func (s Summary) withoutSummary(m map[string]any) map[string]any {
	rest, fields := maps.Clone(m), s.fields()
	for i, name := range summaryNames() {
		if rest[name] == fields[i] {
			delete(rest, name)
		}
	}
	return rest
}

// complete puts what the summary says back.
func (s Summary) complete(m map[string]any) {
	fields := s.fields()
	for i, name := range summaryNames() {
		if _, there := m[name]; !there && fields[i] != "" {
			m[name] = fields[i]
		}
	}
}

// Table is one line of a pack.
type Table struct {
	Summary Summary
	JSON    map[string]any
}

// AddPack adds what a pack holds. Its tables are read when they are first asked for.
func (s *Set) AddPack(data []byte) error {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("read pack: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(zip, maxPack))
	if err != nil {
		return fmt.Errorf("read pack: %w", err)
	}
	found := len(s.Packages)
	if err := s.addLines(string(raw)); err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	for i := range s.Packages[found:] {
		s.Packages[found+i].Hash = hex.EncodeToString(sum[:])
	}
	return nil
}

// addLines adds the lines of a pack.
func (s *Set) addLines(raw string) error {
	phrases, texts := newUnfolder(), map[string]string{}
	head, rest, _ := strings.Cut(raw, "\n")
	name, version, _ := strings.Cut(head, "\t")
	version, hash, _ := strings.Cut(version, "\t")
	if name != "" {
		s.Packages = append(s.Packages, Package{Name: name, Version: version, Hash: hash})
	}
	for line := range strings.Lines(rest) {
		f := strings.SplitN(line, "\t", packSummary+1)
		if len(f) != packSummary+1 {
			return fmt.Errorf("read pack %s: a line has %d fields instead of %d", name, len(f), packSummary+1)
		}
		for i := range packSummary {
			f[i] = phrases.once(f[i], texts)
		}
		s.add(&entry{raw: f[packSummary], phrases: phrases, summary: Summary{
			Resource: f[0], URL: f[1], Version: f[2], Name: f[3], Status: f[4], Type: f[5], Kind: f[6], Derivation: f[7], Base: f[8],
		}})
	}
	return nil
}
