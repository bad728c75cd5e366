package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/evidence/signoff"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// mostDecisionBytes bounds what is read of the decisions beside a run.
const mostDecisionBytes = 64 << 20

type decisionsView struct {
	Row     Row
	Verdict string
	Hash    string
	Decided []decisionRow
	// Fault says why the decisions could not be read to their end.
	Fault string
	// Key says that this console can sign, Named that it knows who asks.
	Key, Named bool
	Answers    []answerRow
	Typed      typed
	Problem    string
}

type decisionRow struct {
	signoff.Kept
	When string
	// Open says that whoever looks may take it back.
	Open bool
}

type answerRow struct{ Value, Words string }

// typed is what somebody typed into the form.
type typed struct{ Who, Role, Answer, Conditions string }

// decisions shows what was decided about a run, and the form to decide.
func (c *Console) decisions(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.loaded(w, r)
	if !ok {
		return
	}
	c.showDecisions(w, r, http.StatusOK, row, run, typed{}, "")
}

func (c *Console) showDecisions(w http.ResponseWriter, r *http.Request, status int, row Row, run result.Run, given typed, problem string) {
	person, _ := personOf(r)
	named := c.asksWho()
	v := decisionsView{Row: row, Verdict: run.Verdict.Sentence, Key: c.options.Key != nil, Named: named, Typed: given, Problem: problem}
	for _, a := range signoff.Answers() {
		v.Answers = append(v.Answers, answerRow{string(a), a.Words()})
	}
	all, err := c.decided(r.Context(), row)
	if err != nil {
		v.Fault = err.Error()
	}
	for _, one := range all {
		mine := person.May(Signer) && v.Key && (!named || one.Who == person.Name)
		v.Decided = append(v.Decided, decisionRow{Kept: one, When: day(one.At), Open: one.Holds() && mine && one.Key == c.options.Key.ID})
	}
	v.Hash = c.hashOfRun(row)
	c.render(w, r, status, "decisions", "Decisions: "+row.Name, v)
}

// hashOfRun is the SHA-256 of run.json as it lies in the folder; "" where it cannot be read.
func (c *Console) hashOfRun(row Row) string {
	text, err := c.store.read(path.Join(row.Name, reports.RunFile), mostRun)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// folderOf is the path of a run folder.
func (c *Console) folderOf(row Row) string {
	return filepath.Join(c.options.Dir, filepath.FromSlash(row.Name))
}

// decided reads the decisions beside a run. Each is held against run.json as it is, and against the exchanges as they were sealed:
// whether those are still so is for "concord verify" to say, which reads them all.
func (c *Console) decided(ctx context.Context, row Row) ([]signoff.Kept, error) {
	text, err := c.store.read(row.Name+signoff.Beside, mostDecisionBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	hashes, err := c.hashes(row)
	if err != nil {
		return nil, err
	}
	return signoff.Read(ctx, bytes.NewReader(text), hashes)
}

func (c *Console) hashes(row Row) (signoff.Hashes, error) {
	seal, err := evidence.ReadSeal(c.folderOf(row))
	if err != nil {
		return signoff.HashesOf(c.folderOf(row))
	}
	hashes := signoff.SealedHashes(seal)
	hashes[reports.RunFile] = c.hashOfRun(row)
	return hashes, nil
}

// decide signs what somebody decided.
func (c *Console) decide(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.mayDecide(w, r)
	if !ok {
		return
	}
	given := typed{Who: r.PostForm.Get("who"), Role: r.PostForm.Get("role"), Answer: r.PostForm.Get("decision"), Conditions: r.PostForm.Get("conditions")}
	d := signoff.Decision{Answer: signoff.Answer(given.Answer)}
	if !slices.Contains(signoff.Answers(), d.Answer) {
		c.showDecisions(w, r, http.StatusBadRequest, row, run, given, "Choose a decision. Nothing was signed.")
		return
	}
	for line := range strings.Lines(given.Conditions) {
		if line = reports.OneLine(line); line != "" {
			d.Conditions = append(d.Conditions, line)
		}
	}
	c.sign(w, r, row, run, given, d)
}

// withdraw signs that somebody takes a decision of theirs back.
func (c *Console) withdraw(w http.ResponseWriter, r *http.Request) {
	row, run, ok := c.mayDecide(w, r)
	if !ok {
		return
	}
	all, err := c.decided(r.Context(), row)
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The decisions cannot be read", err.Error())
		return
	}
	for _, one := range all {
		if one.ID == "" || one.ID != r.PostForm.Get("id") || !one.Holds() {
			continue
		}
		// Whoever is not signed in says who they are by choosing their own decision.
		if person, _ := personOf(r); c.asksWho() && person.Name != one.Who {
			c.problem(w, r, http.StatusForbidden, "This is not your decision", "Only whoever decided takes a decision back. Nothing was done.")
			return
		}
		given := typed{Who: one.Who, Role: one.Role}
		c.sign(w, r, row, run, given, signoff.Decision{Answer: signoff.Withdrawn, Withdraws: one.ID})
		return
	}
	c.problem(w, r, http.StatusConflict, "There is no such decision any more", "It was withdrawn meanwhile, or never counted. Nothing was done.")
}

// mayDecide finds the run, or says on a page why nobody can decide about it here.
func (c *Console) mayDecide(w http.ResponseWriter, r *http.Request) (Row, result.Run, bool) {
	if !c.may(w, r, Signer) {
		return Row{}, result.Run{}, false
	}
	if c.options.Key == nil {
		c.problem(w, r, http.StatusNotFound, "Nothing can be signed here", "This console was given no key (concord serve --sign-key). \"concord signoff\" signs with a key of your own.")
		return Row{}, result.Run{}, false
	}
	return c.loaded(w, r)
}

func (c *Console) sign(w http.ResponseWriter, r *http.Request, row Row, run result.Run, given typed, d signoff.Decision) {
	person, _ := personOf(r)
	d.Who, d.Role, d.Known = reports.OneLine(given.Who), reports.OneLine(given.Role), signoff.ByNothing
	if c.asksWho() {
		d.Who, d.Known = person.Name, signoff.ByConsole
	}
	if person.Subject != "" {
		d.Known = signoff.ByProvider
	}
	d.At, d.Run, d.Verdict = c.options.Clock(), run.ID, run.Verdict.Sentence
	if err := d.Check(); err != nil {
		c.showDecisions(w, r, http.StatusBadRequest, row, run, given, err.Error()+". Nothing was signed.")
		return
	}
	c.deciding.Lock()
	defer c.deciding.Unlock()
	// What is signed are the bytes that are there now, read to the last one.
	hashes, err := signoff.HashesOf(c.folderOf(row))
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, "The run folder cannot be read", err.Error()+". Nothing was signed.")
		return
	}
	line, err := signoff.Sign(r.Context(), d, hashes, *c.options.Key)
	if err != nil {
		c.problem(w, r, http.StatusInternalServerError, "It could not be signed", err.Error())
		return
	}
	what := "sign"
	if d.Answer == signoff.Withdrawn {
		what = "withdraw"
	}
	if !c.written(w, r, what, row.Name, d.Who+", "+d.Role+": "+d.Answer.Words()) {
		return
	}
	if err := c.store.add(row.Name+signoff.Beside, line); err != nil {
		c.problem(w, r, http.StatusInternalServerError, "It could not be written down", err.Error())
		return
	}
	http.Redirect(w, r, runURL(row.Name, "decisions"), http.StatusSeeOther)
}

// add adds a decision to a file of the directory.
func (s *store) add(name string, line []byte) error {
	file, err := s.root.OpenFile(name, signoff.AddMode, 0o644)
	if err != nil {
		return causeOf(err)
	}
	return signoff.Append(file, line)
}
