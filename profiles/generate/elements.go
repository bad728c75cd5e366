package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// otherVersions are the versions of FHIR whose elements extensions may carry into R4, each with the mark that stands for it.
// R4's own elements are in its definitions.
func otherVersions() []struct{ version, mark string } {
	return []struct{ version, mark string }{{"1.0", "1"}, {"3.0", "3"}, {"5.0", "5"}}
}

// element is what the package of elements says of one.
type element struct {
	Types    []string `json:"types"`
	Elements []string `json:"elements"`
	Modifier bool     `json:"modifier"`
	Ref      string   `json:"ref"`
}

// elements writes what the elements of other versions of FHIR are, from the package hl7.fhir.xver-extensions: a line for each type
// ("=Patient"), then one for each element below it, "animal|13!{species,breed" for one that has these parts in the versions 1.0
// and 3.0 and is a modifier there. Types stand alone, and nothing stands where R4 has the same element; what it has in several ways is
// parted by blanks. ">" leads to the element that it has the parts of.
func elements(archive string) (file, error) {
	data, err := os.ReadFile(archive) //nolint:gosec // the developer names it
	if err != nil {
		return file{}, fmt.Errorf("generate: %w", err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return file{}, fmt.Errorf("generate: %s: %w", archive, err)
	}
	byPath := map[string][]string{}
	versions := map[string]map[string]json.RawMessage{}
	for packed := tar.NewReader(zip); ; {
		head, err := packed.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return file{}, fmt.Errorf("generate: %s: %w", archive, err)
		}
		version, found := strings.CutPrefix(head.Name, "package/other/xver-paths-")
		if !found {
			continue
		}
		var all map[string]json.RawMessage
		if err := json.NewDecoder(packed).Decode(&all); err != nil {
			return file{}, fmt.Errorf("generate: %s: %s: %w", archive, head.Name, err)
		}
		versions[strings.TrimSuffix(version, ".json")] = all
	}
	for _, v := range otherVersions() {
		if versions[v.version] == nil {
			return file{}, fmt.Errorf("generate: %s has no elements of %s", archive, v.version)
		}
		for path, raw := range versions[v.version] {
			var e element
			if json.Unmarshal(raw, &e) == nil { // one entry is a note about the file
				byPath[path] = addVersion(byPath[path], v.mark, e.line())
			}
		}
	}
	return file{name: "elements.txt", data: elementLines(byPath), tables: len(byPath)}, nil
}

// line says what an element is.
func (e element) line() string {
	mark := ""
	if e.Modifier {
		mark = "!"
	}
	switch {
	case e.Ref != "":
		return mark + ">" + strings.TrimPrefix(e.Ref, "#")
	case len(e.Types) == 1 && strings.HasPrefix(e.Types[0], "@"):
		return mark + ">" + e.Types[0][1:]
	case len(e.Elements) > 0:
		return mark + "{" + strings.Join(names(e.Elements), ",")
	default:
		return mark + strings.Join(names(e.Types), ",")
	}
}

// names are names of types or parts without what they lead to and without the mark of what R4 has.
func names(list []string) []string {
	var out []string
	for _, name := range list {
		name, _, _ = strings.Cut(strings.TrimPrefix(name, "!"), "(")
		if !slices.Contains(out, name) && name != "id" && name != "extension" && name != "modifierExtension" {
			out = append(out, name)
		}
	}
	return out
}

func addVersion(list []string, mark, says string) []string {
	for i, known := range list {
		if strings.TrimLeft(known, "135") == says {
			list[i] = mark + known
			if before := strings.TrimSuffix(known, says); before != "" {
				list[i] = before + mark + says
			}
			return list
		}
	}
	return append(list, mark+says)
}

func elementLines(byPath map[string][]string) []byte {
	byType := map[string][]string{}
	for path, list := range byPath {
		typ, rest, nested := strings.Cut(path, ".")
		if nested {
			byType[typ] = append(byType[typ], rest+"|"+strings.Join(list, " "))
		}
	}
	var types []string
	for typ := range byType {
		types = append(types, typ)
	}
	slices.Sort(types)
	var out bytes.Buffer
	for _, typ := range types {
		out.WriteString("=" + typ + "\n")
		slices.Sort(byType[typ])
		for _, line := range byType[typ] {
			out.WriteString(line + "\n")
		}
	}
	return out.Bytes()
}
