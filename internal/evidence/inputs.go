package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// InputsFolder is the folder of a run folder that holds what the run was given, without secrets.
const InputsFolder = "inputs"

// InputsSchema names the version of the layout of Inputs.
const InputsSchema = "concord/inputs/v1"

const inputsFile = "inputs.json"

// Inputs are what a run was given, as far as its verdicts rest on it: enough to judge the recorded exchanges again.
type Inputs struct {
	Schema string `json:"schema"`
	// Seed, People, Stress and Swap make the golden ledger.
	Seed   uint64 `json:"seed"`
	People int    `json:"people"`
	Stress bool   `json:"stress,omitempty"`
	Swap   bool   `json:"swap,omitempty"`
	// Loaded are the stories and the providers whose people alone were asked about; empty means everybody.
	Loaded []string `json:"loaded,omitempty"`
	// Discover asks about whatever people the systems hold, or about Subjects.
	Discover bool     `json:"discover,omitempty"`
	Subjects []string `json:"subjects,omitempty"`
	// UKCore is the sequence of UK Core.
	UKCore string `json:"ukcore"`
	// Suites, Checks and Providers are what was selected.
	Suites    []string `json:"suites,omitempty"`
	Checks    []string `json:"checks,omitempty"`
	Providers []string `json:"providers,omitempty"`
	// Concurrency is how many questions were timed at once; Cached says that caches might answer.
	Concurrency int           `json:"concurrency"`
	Cached      bool          `json:"cached,omitempty"`
	Systems     []InputSystem `json:"systems"`
	// Federation is what was said of all systems beside the policy; empty means nothing.
	Federation string `json:"federation,omitempty"`
	// Contract, Policy, Differences, Waivers and Scenarios are names of copies below InputsFolder; empty means none was given.
	Contract    string   `json:"contract,omitempty"`
	Policy      string   `json:"policy,omitempty"`
	Differences string   `json:"differences,omitempty"`
	Waivers     []string `json:"waivers,omitempty"`
	Scenarios   string   `json:"scenarios,omitempty"`
}

// InputSystem is a system as it was asked.
type InputSystem struct {
	Name     string `json:"name"`
	Title    string `json:"title,omitempty"`
	Supplier string `json:"supplier,omitempty"`
	// Share is the part of the golden ledger that it holds, Federation what was said of it beside the policy; empty for nothing.
	Share      string   `json:"share,omitempty"`
	Federation string   `json:"federation,omitempty"`
	BaseURL    string   `json:"baseURL"`
	Mock       bool     `json:"mock,omitempty"`
	Defects    []string `json:"defects,omitempty"`
	// Header and Roles are the headers that it was sent, credentials taken out.
	Header http.Header            `json:"header,omitempty"`
	Roles  map[string]http.Header `json:"roles,omitempty"`
	// Authorized says that a proof of who asks was sent, Operated that somebody or something made events happen.
	Authorized bool `json:"authorized,omitempty"`
	Operated   bool `json:"operated,omitempty"`
	// Writes says that the run was let write to it what it made there for itself.
	Writes bool `json:"writes,omitempty"`
	// SameAs is the system that is the same server, as far as could be seen; empty for none.
	SameAs string `json:"sameAs,omitempty"`
	// Reference says that it is Concord's own partner of a system that was asked alone.
	Reference bool `json:"reference,omitempty"`
	// Security is what of the system's security was in scope; nil for nothing.
	Security *InputSecurity `json:"security,omitempty"`
}

// InputSecurity is how the security of a system was asked.
type InputSecurity struct {
	// Scope are the topics, Doors the base URLs that were asked, by the name of the door.
	Scope []string          `json:"scope"`
	Doors map[string]string `json:"doors"`
	// Own and Other are NHS numbers: of the person whose records a token for one patient opens, and of somebody else.
	Own   string `json:"own,omitempty"`
	Other string `json:"other,omitempty"`
}

// WriteInputs writes the inputs into a run folder. files are the copies, by their slash-separated name below InputsFolder.
func WriteInputs(run string, inputs Inputs, files map[string][]byte) error {
	inputs.Schema = InputsSchema
	text, err := json.MarshalIndent(inputs, "", "  ")
	if err != nil {
		return fmt.Errorf("write the inputs of the run: %w", err)
	}
	all := map[string][]byte{inputsFile: append(text, '\n')}
	for name, content := range files {
		if !fs.ValidPath(name) || name == inputsFile {
			return fmt.Errorf("write the inputs of the run: %q is no name of a copy", name)
		}
		all[name] = content
	}
	for name, content := range all {
		to := filepath.Join(run, InputsFolder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o750), os.WriteFile(to, content, 0o600)); err != nil {
			return fmt.Errorf("write the inputs of the run: %w", err)
		}
	}
	return nil
}

// ReadInputs reads the inputs of a run folder. The error wraps fs.ErrNotExist for a run of a build that kept none.
func ReadInputs(run string) (Inputs, error) {
	name := filepath.Join(run, InputsFolder, inputsFile)
	text, err := readBounded(name, mostLine)
	if err != nil {
		return Inputs{}, fmt.Errorf("read the inputs of the run: %w", err)
	}
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return Inputs{}, fmt.Errorf("read %s: %w", name, err)
	}
	if version.Schema != InputsSchema {
		return Inputs{}, fmt.Errorf("read %s: the schema is %q and this build of concord reads %q: use the build that wrote it", name, version.Schema, InputsSchema)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var inputs Inputs
	if err := decoder.Decode(&inputs); err != nil {
		return Inputs{}, fmt.Errorf("read %s: %w", name, err)
	}
	for _, copied := range slices.Concat([]string{inputs.Contract, inputs.Policy, inputs.Differences, inputs.Scenarios}, inputs.Waivers) {
		if copied != "" && (!fs.ValidPath(copied) || path.Clean(copied) != copied || strings.Contains(copied, `\`)) {
			return Inputs{}, fmt.Errorf("read %s: %q is no name of a copy in %s", name, copied, InputsFolder)
		}
	}
	return inputs, nil
}

// InputPath is where a copy lies in a run folder; "" stays "".
func InputPath(run, name string) string {
	if name == "" {
		return ""
	}
	return filepath.Join(run, InputsFolder, filepath.FromSlash(name))
}
