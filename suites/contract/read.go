package contract

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"concord.example/concord/internal/strictyaml"
)

//go:embed uk-core-access.yaml nhs-england-query.yaml parity.yaml
var embedded embed.FS

// files are the embedded layers in their order.
func files() []string {
	return []string{"uk-core-access.yaml", "nhs-england-query.yaml", "parity.yaml"}
}

// The name and version of the embedded contract.
const (
	embeddedName    = "Concord search contract"
	embeddedVersion = "1.0.0"
)

// maxFile is the largest contract file that is read, in bytes.
const maxFile = 4 << 20

// file is a contract file as it is written.
type file struct {
	Name    string   `yaml:"name"`
	Version string   `yaml:"version"`
	Layer   int      `yaml:"layer"`
	Source  string   `yaml:"source"`
	Rows    []rowDTO `yaml:"rows"`
	// Overrides change rows that another file brought. Only a programme's own file has them.
	Overrides []rowDTO    `yaml:"overrides"`
	Waivers   []waiverDTO `yaml:"waivers"`

	path  string
	lines lines
}

// rowDTO is a row or an override as it is written.
type rowDTO struct {
	ID          string   `yaml:"id"`
	Resource    string   `yaml:"resource"`
	Parameters  []string `yaml:"parameters"`
	Kind        []string `yaml:"kind"`
	Level       string   `yaml:"level"`
	Comparators []string `yaml:"comparators"`
	Modifiers   []string `yaml:"modifiers"`
	Includes    []string `yaml:"includes"`
	Results     []string `yaml:"results"`
	Errors      []string `yaml:"errors"`
	Source      string   `yaml:"source"`
	// Untested says why nothing tests the row, or what of it nothing tests.
	Untested string `yaml:"untested"`
	// Reason says why an override was made.
	Reason string `yaml:"reason"`
}

type waiverDTO struct {
	ID      string   `yaml:"id"`
	Rows    []string `yaml:"rows"`
	Says    string   `yaml:"says"`
	Instead string   `yaml:"instead"`
}

// Embedded returns the contract that Concord brings. It fails only when Concord itself was built wrongly.
func Embedded() (*Contract, error) { return Read() }

// Read returns the embedded contract with the named files laid over it, in their order. An empty path is left out.
func Read(paths ...string) (*Contract, error) {
	b := &builder{sums: sha256.New(), at: map[string]int{}}
	for _, name := range files() {
		text, err := embedded.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the embedded contract: %w", err)
		}
		b.add(name, text, false)
	}
	b.contract.Name, b.contract.Version = embeddedName, embeddedVersion
	for _, path := range paths {
		if path == "" {
			continue
		}
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		b.add(path, text, true)
	}
	b.checkWaivers()
	if err := errors.Join(b.failed...); err != nil {
		return nil, err
	}
	b.contract.Hash = hex.EncodeToString(b.sums.Sum(nil))
	return &b.contract, nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		return nil, fmt.Errorf("read contract %s: it has %d bytes, and a contract has at most %d", path, info.Size(), maxFile)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		var cause *os.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, fmt.Errorf("read contract %s: %w", path, err)
	}
	return text, nil
}

// parse reads one file. Keys that no contract has, and keys that stand twice, are errors with the line. Tags, anchors and
// aliases are refused: a contract needs none, and the YAML decoder stops with a fault at some of them.
func parse(path string, text []byte) (f *file, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			f, err = nil, fmt.Errorf("%s:1: this is not YAML that can be read (%v)", path, fault)
		}
	}()
	parsed, err := strictyaml.Parse(text)
	if err != nil {
		return nil, located(path, err)
	}
	for _, document := range parsed.Docs {
		if document.Body == nil {
			continue
		}
		var v visitor
		ast.Walk(&v, document.Body)
		if v.what != "" {
			return nil, fmt.Errorf("%s:%d: a contract has no %s", path, v.line, v.what)
		}
	}
	f = &file{path: path, lines: numberLines(parsed)}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)), yaml.Strict())
	if err := decoder.Decode(f); err != nil {
		return nil, located(path, err)
	}
	return f, nil
}

// visitor finds the first thing that a contract does not hold.
type visitor struct {
	what string
	line int
}

// Visit looks at one node.
func (v *visitor) Visit(node ast.Node) ast.Visitor {
	what := ""
	switch node.(type) {
	case *ast.TagNode:
		what = "tags"
	case *ast.AnchorNode:
		what = "anchors"
	case *ast.AliasNode:
		what = "aliases"
	case *ast.MergeKeyNode:
		what = "merge keys"
	}
	if what != "" && v.what == "" {
		v.what, v.line = what, 1
		if token := node.GetToken(); token != nil && token.Position != nil {
			v.line = token.Position.Line
		}
	}
	return v
}

// located puts the line of a YAML error behind the path, as path:line: message.
func located(path string, err error) error {
	if err.Error() == "EOF" {
		return fmt.Errorf("%s:1: the file is empty; a contract has a name, a version and rows", path)
	}
	line := 1
	message := err.Error()
	var failure yaml.Error
	if errors.As(err, &failure) {
		message = failure.GetMessage()
		if token := failure.GetToken(); token != nil && token.Position != nil {
			line = token.Position.Line
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	return fmt.Errorf("%s:%d: %s", path, line, message)
}

// lines say on which line an item of a list begins and where its keys stand: "rows[2]", "rows[2].level".
type lines map[string]int

func numberLines(parsed *ast.File) lines {
	found := lines{}
	for _, document := range parsed.Docs {
		for _, section := range entries(document.Body) {
			list, ok := section.Value.(*ast.SequenceNode)
			name := section.Key.String()
			found[name] = section.Key.GetToken().Position.Line
			if !ok {
				continue
			}
			for i, item := range list.Values {
				at := fmt.Sprintf("%s[%d]", name, i)
				for n, entry := range entries(item) {
					line := entry.Key.GetToken().Position.Line
					found[at+"."+entry.Key.String()] = line
					if n == 0 {
						found[at] = line
					}
				}
			}
		}
	}
	return found
}

// entries are the keys and values of a mapping, which the parser represents in another way when there is only one.
func entries(node ast.Node) []*ast.MappingValueNode {
	switch node := node.(type) {
	case *ast.MappingNode:
		return node.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}
	default:
		return nil
	}
}

// of returns the line of a key of an item, that of the item when it lacks the key, and 1 when there is no item.
func (l lines) of(item, key string) int {
	if line, ok := l[item+"."+key]; ok && key != "" {
		return line
	}
	if line, ok := l[item]; ok {
		return line
	}
	return 1
}
