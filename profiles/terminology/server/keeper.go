package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"concord.example/concord/profiles/terminology"
)

// keeper keeps the answers of one server in one state on disk, a line each. A nil keeper keeps nothing.
type keeper struct {
	answers map[Question]terminology.Verdict
	file    *os.File
}

// kept is a line of the file.
type kept struct {
	Question
	In bool
}

// openCache finds out what the server is and which release of SNOMED CT it has, and opens what it said before. Where the
// server does not say, nothing is kept.
func (c *Client) openCache(ctx context.Context) {
	if c.folder == "" {
		return
	}
	c.mu.Lock()
	opened := c.keeper != nil
	c.mu.Unlock()
	if opened {
		return
	}
	statement, err := c.get(ctx, "metadata")
	if err != nil || statement.Type() != "CapabilityStatement" {
		return
	}
	state := []string{c.base, statement.Text("software", "name"), statement.Text("software", "version")}
	systems, err := c.get(ctx, "CodeSystem?url=http://snomed.info/sct&_elements=url,version")
	if err != nil {
		return
	}
	for _, entry := range systems.Objects("entry") {
		resource, _ := entry["resource"].(map[string]any)
		version, _ := resource["version"].(string)
		state = append(state, version)
	}
	sum := sha256.Sum256([]byte(strings.Join(state, "\x00")))
	k := openKeeper(c.folder, hex.EncodeToString(sum[:]))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keeper == nil {
		c.keeper = k
	}
}

// openKeeper reads the file of a state. Lines that are damaged are passed over; a file that cannot be opened keeps nothing.
func openKeeper(folder, state string) *keeper {
	k := &keeper{answers: map[Question]terminology.Verdict{}}
	if os.MkdirAll(folder, 0o700) != nil {
		return k
	}
	name := filepath.Join(folder, state+".ndjson")
	if data, err := os.ReadFile(name); err == nil { //nolint:gosec // its name is a hash
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			var line kept
			if json.Unmarshal(lines.Bytes(), &line) != nil || line.ValueSet == "" || line.Code == "" {
				continue
			}
			k.answers[line.Question] = terminology.Out
			if line.In {
				k.answers[line.Question] = terminology.In
			}
		}
	}
	if file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil { //nolint:gosec // as above
		k.file = file
	}
	return k
}

func (k *keeper) answer(q Question) (terminology.Verdict, bool) {
	if k == nil {
		return terminology.Unknown, false
	}
	verdict, known := k.answers[q]
	return verdict, known
}

func (k *keeper) keep(q Question, verdict terminology.Verdict) {
	if k == nil || k.file == nil {
		return
	}
	if line, err := json.Marshal(kept{q, verdict == terminology.In}); err == nil {
		_, _ = k.file.Write(append(line, '\n')) // what cannot be kept is asked again
	}
}

func (k *keeper) close() error {
	if k == nil || k.file == nil {
		return nil
	}
	return k.file.Close() //nolint:wrapcheck // there is nothing to add
}
