package signoff

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/evidence/pack"
)

// Beside is what is added to the name of a run folder or pack for the decisions about it: one DSSE envelope on each line.
const Beside = ".signoffs.jsonl"

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://concord.example/sign-off/v1"
)

type statement struct {
	Type          string    `json:"_type"`
	Subject       []subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	Decision
	// PublicKey is that of whoever signed, in PEM.
	PublicKey string `json:"publicKey"`
}

// Hashes are the SHA-256 of the files that a decision is about, in hexadecimal, by their names in the run folder.
type Hashes map[string]string

// HashesOf hashes what a decision about a run folder is about: run.json, and the exchanges that its verdicts rest on.
func HashesOf(dir string) (Hashes, error) {
	names, err := evidence.Files(dir)
	if err != nil {
		return nil, fmt.Errorf("hash %s: %w", dir, err)
	}
	hashes := Hashes{}
	for _, name := range names {
		if !decidedOn(name) {
			continue
		}
		file, err := evidence.HashFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("hash %s: %w", dir, err)
		}
		hashes[name] = file.SHA256
	}
	if hashes[runFile] == "" {
		return nil, fmt.Errorf("%s holds no %s: it is no run folder", dir, runFile)
	}
	return hashes, nil
}

// SealedHashes are the hashes that a seal has of the same files: it costs nothing, and says nothing of changes since.
func SealedHashes(seal evidence.Seal) Hashes {
	hashes := Hashes{}
	for _, file := range seal.Files {
		if decidedOn(file.Path) {
			hashes[file.Path] = file.SHA256
		}
	}
	return hashes
}

const runFile = "run.json"

// decidedOn reports whether a decision is about a file. An index can be made again and says nothing of its own.
func decidedOn(name string) bool {
	return name == runFile || strings.HasPrefix(name, "exchanges/") && name != "exchanges/"+evidence.IndexFile
}

// Sign signs a decision about the files, as a line for the file beside the run.
func Sign(ctx context.Context, d Decision, about Hashes, key pack.Key) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	d.At = d.At.UTC()
	public, err := key.PublicPEM()
	if err != nil {
		return nil, err
	}
	s := statement{Type: statementType, PredicateType: predicateType, Predicate: predicate{Decision: d, PublicKey: string(public)}}
	for name, hash := range about {
		s.Subject = append(s.Subject, subject{Name: name, Digest: map[string]string{"sha256": hash}})
	}
	slices.SortFunc(s.Subject, func(a, b subject) int { return cmp.Compare(a.Name, b.Name) })
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	line, err := pack.Envelope(ctx, text, []pack.Key{key})
	return append(line, '\n'), err
}

// Add adds a signed line to the decisions beside a run.
func Add(path string, line []byte) error {
	file, err := os.OpenFile(path, AddMode, 0o644) //nolint:gosec // made to be read by others
	if err != nil {
		return fmt.Errorf("write the decision: %w", err)
	}
	if err := Append(file, line); err != nil {
		return fmt.Errorf("write the decision to %s: %w", path, err)
	}
	return nil
}

// AddMode is how a file is opened for Append.
const AddMode = os.O_RDWR | os.O_APPEND | os.O_CREATE

// Append adds a signed line and closes the file. After half a line, which a full disk or a lost machine left, it begins a line
// of its own; what it could not write whole it takes away again.
func Append(file *os.File, line []byte) error {
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if size := info.Size(); size > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, size-1); err != nil {
			return errors.Join(err, file.Close())
		}
		if last[0] != '\n' {
			line = append([]byte("\n"), line...)
		}
	}
	if _, err = file.Write(line); err != nil {
		return errors.Join(err, file.Truncate(info.Size()), file.Close())
	}
	return errors.Join(file.Sync(), file.Close())
}

// Kept is a decision as it was read back.
type Kept struct {
	Decision
	// ID is the SHA-256 of what was signed, in hexadecimal.
	ID string
	// Key is the id of the key that signed it.
	Key string
	// TakenBack says that a later decision withdraws it.
	TakenBack bool
	// Problem says why the decision counts for nothing; "" when it holds.
	Problem string
}

// Holds reports whether the decision stands: it is whole, about these bytes, and not withdrawn.
func (k Kept) Holds() bool { return k.Problem == "" && !k.TakenBack && k.Answer != Withdrawn }

// The bounds of what is read.
const (
	mostLine      = 256 << 10
	mostDecisions = 1000
)

// Read reads the decisions beside a run, in the order in which they were made, and holds each against the hashes of the run as
// it is now. What is no decision of this form is kept with its problem.
func Read(ctx context.Context, r io.Reader, now Hashes) ([]Kept, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 16<<10), mostLine)
	var all []Kept
	byID := map[string]int{}
	for number := 1; lines.Scan(); number++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if len(all) == mostDecisions {
			return all, fmt.Errorf("there are more than %d decisions", mostDecisions)
		}
		one := read(ctx, lines.Bytes(), now)
		if one.Problem != "" {
			one.Problem = fmt.Sprintf("line %d: %s", number, one.Problem)
		}
		if one.ID != "" {
			if _, twice := byID[one.ID]; twice {
				continue // the same statement again says nothing new
			}
			byID[one.ID] = len(all)
		}
		all = append(all, one)
	}
	if err := lines.Err(); err != nil {
		return all, fmt.Errorf("read the decisions: %w", err)
	}
	for i, one := range all {
		if one.Answer != Withdrawn || one.Problem != "" {
			continue
		}
		at, found := byID[one.Withdraws]
		switch {
		case !found || at >= i:
			all[i].Problem = "it withdraws a decision that is not there"
		case all[at].Key != one.Key || all[at].Who != one.Who:
			all[i].Problem = "it withdraws a decision of somebody else"
		default:
			all[at].TakenBack = true
		}
	}
	return all, nil
}

func read(ctx context.Context, line []byte, now Hashes) Kept {
	fail := func(format string, args ...any) Kept { return Kept{Problem: fmt.Sprintf(format, args...)} }
	text, signed, err := pack.OpenEnvelope(line)
	if err != nil {
		return fail("%v", err)
	}
	var s statement
	if err := json.Unmarshal(text, &s); err != nil {
		return fail("it is no statement: %v", err)
	}
	if s.Type != statementType || s.PredicateType != predicateType {
		return fail("it is a statement of another kind")
	}
	key, err := pack.ParseKey([]byte(s.Predicate.PublicKey), "in the decision")
	switch {
	case err != nil:
		return fail("the key that it names cannot be read")
	case key.Private():
		return fail("it holds a private key, which whoever has it must replace")
	case !signed(ctx, key):
		return fail("it was changed, or was not signed by the key that it names")
	}
	sum := sha256.Sum256(text)
	k := Kept{Decision: s.Predicate.Decision, ID: hex.EncodeToString(sum[:]), Key: key.ID}
	if err := k.Check(); err != nil {
		k.Problem = err.Error()
		return k
	}
	k.Problem = other(s.Subject, now)
	return k
}

// other says in what the files that a decision is about differ from what there is now.
func other(about []subject, now Hashes) string {
	seen := map[string]bool{}
	for _, one := range about {
		seen[one.Name] = true
		switch is := now[one.Name]; {
		case is == "":
			return fmt.Sprintf("it is about a run with a file %q, which is not there", one.Name)
		case is != one.Digest["sha256"]:
			return fmt.Sprintf("it is about another %s than the one that is there now", one.Name)
		}
	}
	if !seen[runFile] {
		return "it is about no " + runFile
	}
	for name := range now {
		if !seen[name] {
			return fmt.Sprintf("%s was added since", name)
		}
	}
	return ""
}
