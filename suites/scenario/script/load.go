package script

import (
	_ "embed" // the schema is embedded
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of a scenario file, for editors. It says what Parse says about structure; whether
// stories, labels and expressions exist, only Parse can say.
func Schema() []byte { return slices.Clone(schema) }

// Load reads every .yaml and .yml file directly in a folder, and returns them in the order of their ids. It reads all of
// them before it fails, so that one error names every fault.
func Load(folder fs.FS, name string, words Vocabulary) ([]*Script, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("read scenarios %s: %w", name, err)
	}
	var (
		scripts []*Script
		failed  []error
	)
	ids := map[string]string{}
	for _, entry := range entries {
		if extension := path.Ext(entry.Name()); entry.IsDir() || extension != ".yaml" && extension != ".yml" {
			continue
		}
		file := path.Join(name, entry.Name())
		data, err := fs.ReadFile(folder, entry.Name())
		if err != nil {
			failed = append(failed, fmt.Errorf("read scenario %s: %w", file, err))
			continue
		}
		made, err := Parse(file, data, words)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if other, taken := ids[made.ID]; taken {
			failed = append(failed, &Problem{File: file, Line: 1, Column: 1, Message: fmt.Sprintf("id %s is that of %s too", made.ID, other)})
			continue
		}
		ids[made.ID] = file
		scripts = append(scripts, made)
	}
	slices.SortFunc(scripts, func(a, b *Script) int { return strings.Compare(a.ID, b.ID) })
	return scripts, errors.Join(failed...)
}
