package load

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Schema is the schema name in the mapping file and in the report.
const Schema = "concord/load/v1"

// The files of a load.
const (
	// MappingFile has a header line and then one JSON object a line. {"ledger":"Patient/1","server":"Patient/7"} says that
	// a resource is loaded and what the endpoint calls it. Where the endpoint chooses ids, {"sent":[...]} comes before each
	// request and {"refused":[...]} says that nothing came of it.
	MappingFile = "mapping.ndjson"
	// ReportFile is the summary of the latest load into the folder.
	ReportFile = "load.json"
)

// header is the first line of the mapping file: what was loaded where.
type header struct {
	Schema string `json:"schema"`
	To     string `json:"to"`
	System string `json:"system"`
	Ledger string `json:"ledger"`
	IDs    string `json:"ids"`
}

// Who chooses ids.
const (
	ledgerIDs = "ledger"
	serverIDs = "server"
)

// record is any other line.
type record struct {
	Ledger  string   `json:"ledger,omitempty"`
	Server  string   `json:"server,omitempty"`
	Sent    []string `json:"sent,omitempty"`
	Refused []string `json:"refused,omitempty"`
}

// mapping knows what is loaded, in memory and on disk.
type mapping struct {
	header header
	file   *os.File
	loaded map[string]string
	// uncertain were sent before and never answered.
	uncertain map[string]bool
}

// server returns the reference by which the endpoint knows a resource of the ledger, "" when it is not loaded.
func (m *mapping) server(key string) string { return m.loaded[key] }

// openMapping begins a mapping file in a new or empty folder, or continues the one that is there.
func openMapping(dir string, want header) (*mapping, error) {
	if dir == "" {
		return nil, errors.New("load: no folder is named")
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder of the load: %w", err)
	}
	path := filepath.Join(dir, MappingFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read the folder of the load: %w", err)
		}
		if len(entries) > 0 {
			return nil, fmt.Errorf("folder %s holds files and no %s, so it is not that of a load; choose another", dir, MappingFile)
		}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the person names the folder
	if err != nil {
		return nil, fmt.Errorf("open the mapping: %w", err)
	}
	if err := lock(file, dir); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	m := &mapping{header: want, file: file, loaded: map[string]string{}, uncertain: map[string]bool{}}
	if err := m.resume(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return m, nil
}

// resume reads the file and places the next line after the last whole one: a killed load can leave half a line.
func (m *mapping) resume(path string) error {
	reader := bufio.NewReader(m.file)
	var whole int64
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if err != nil {
			break
		}
		if err := m.read(line, number); err != nil {
			return fmt.Errorf("%s line %d: %w", path, number, err)
		}
		whole += int64(len(line))
	}
	if err := m.file.Truncate(whole); err != nil {
		return fmt.Errorf("continue %s: %w", path, err)
	}
	if _, err := m.file.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("continue %s: %w", path, err)
	}
	if whole == 0 {
		return m.write(m.header)
	}
	return nil
}

func (m *mapping) read(line []byte, number int) error {
	if number == 1 {
		var found header
		if err := json.Unmarshal(line, &found); err != nil || found.Schema != Schema {
			return fmt.Errorf("this is not the header of a %s file; choose another folder", Schema)
		}
		if found != m.header {
			return fmt.Errorf("this folder is that of another load (%s, %s to %s, ids chosen by the %s; not %s, %s to %s, ids chosen by the %s); choose another folder",
				found.System, found.Ledger, found.To, found.IDs, m.header.System, m.header.Ledger, m.header.To, m.header.IDs)
		}
		return nil
	}
	var found record
	if err := json.Unmarshal(line, &found); err != nil {
		return fmt.Errorf("it cannot be read, so nobody knows what was loaded (%w); load into a new folder", err)
	}
	m.take(found)
	return nil
}

func (m *mapping) take(r record) {
	if r.Ledger != "" && r.Server != "" {
		m.loaded[r.Ledger] = r.Server
		delete(m.uncertain, r.Ledger)
	}
	for _, key := range r.Sent {
		m.uncertain[key] = true
	}
	for _, key := range r.Refused {
		delete(m.uncertain, key)
	}
}

// note keeps records in the file before it returns.
func (m *mapping) note(records ...record) error {
	lines := make([]any, 0, len(records))
	for _, r := range records {
		if r.Ledger == "" && len(r.Sent) == 0 && len(r.Refused) == 0 {
			continue
		}
		m.take(r)
		lines = append(lines, r)
	}
	return m.write(lines...)
}

func (m *mapping) write(lines ...any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return fmt.Errorf("note what was loaded: %w", err)
		}
	}
	if _, err := m.file.Write(text.Bytes()); err != nil {
		return fmt.Errorf("note what was loaded: %w", err)
	}
	if m.header.IDs != serverIDs {
		// What a power cut loses is updated once more, without harm.
		return nil
	}
	if err := m.file.Sync(); err != nil {
		return fmt.Errorf("note what was loaded: %w", err)
	}
	return nil
}

func (m *mapping) close() error { return errors.Join(m.file.Sync(), m.file.Close()) }

// writeReport writes the report beside its place and moves it there.
func writeReport(dir string, of header, summary Summary) error {
	text, err := json.MarshalIndent(struct {
		header
		Summary
	}{of, summary}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report of the load: %w", err)
	}
	path := filepath.Join(dir, ReportFile)
	if err := os.WriteFile(path+".partial", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the report of the load: %w", err)
	}
	if err := os.Rename(path+".partial", path); err != nil {
		return fmt.Errorf("write the report of the load: %w", err)
	}
	return nil
}
