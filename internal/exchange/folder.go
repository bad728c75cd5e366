package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"concord.example/concord/internal/redact"
)

// Record is how one exchange is written to exchanges/<id>.json.
type Record struct {
	ID       string         `json:"id"`
	System   string         `json:"system"`
	Request  RecordRequest  `json:"request"`
	Response *RecordReply   `json:"response,omitempty"`
	Failure  *RecordFailure `json:"failure,omitempty"`
}

// RecordRequest is the request as it was sent, without credentials.
type RecordRequest struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header"`
	Body   string      `json:"body,omitempty"`
}

// RecordReply is the answer; its body lies in bodies/<BodySHA256>.
type RecordReply struct {
	Status     int         `json:"status"`
	Header     http.Header `json:"header"`
	BodySHA256 string      `json:"bodySHA256"`
	BodyBytes  int         `json:"bodyBytes"`
	DurationMs int64       `json:"durationMs"`
}

// RecordFailure says why there is no answer.
type RecordFailure struct {
	Kind    Kind   `json:"kind"`
	Message string `json:"message"`
}

// Folder records exchanges below a directory: one JSON file per exchange, and each distinct body once.
type Folder struct {
	dir     string
	secrets *redact.Redactor
}

// NewFolder makes the directory, with a bodies directory inside, and returns a Recorder that writes there.
func NewFolder(dir string, secrets *redact.Redactor) (*Folder, error) {
	if err := os.MkdirAll(filepath.Join(dir, "bodies"), 0o750); err != nil {
		return nil, fmt.Errorf("make the folder for evidence: %w", err)
	}
	return &Folder{dir: dir, secrets: secrets}, nil
}

// Record writes one exchange with its secrets taken out, and without NHS numbers that could be a living person's.
func (f *Folder) Record(request Request, sent http.Header, answer *Exchange, failure *Error) error {
	id := request.id()
	record := Record{ID: id, System: request.System, Request: RecordRequest{
		Method: request.Method, URL: f.secrets.Text(request.URL), Header: f.secrets.Header(sent), Body: f.secrets.Text(request.Body),
	}}
	if failure != nil {
		record.Failure = &RecordFailure{Kind: failure.Kind, Message: f.secrets.Text(failure.Err.Error())}
	}
	if answer != nil {
		body := MaskLiveNumbers(f.secrets.Text(answer.Body))
		sum := sha256.Sum256([]byte(body))
		name := hex.EncodeToString(sum[:])
		record.Response = &RecordReply{
			Status: answer.Status, Header: f.secrets.Header(answer.Header), BodySHA256: name, BodyBytes: len(body),
			DurationMs: answer.Duration.Milliseconds(),
		}
		if err := writeOnce(filepath.Join(f.dir, "bodies", name), []byte(body)); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return fmt.Errorf("write exchange %s: %w", id, err)
	}
	return writeOnce(filepath.Join(f.dir, id+".json"), append(text, '\n'))
}

// writeOnce leaves a file that is already there alone: names are digests, so it holds the same bytes.
func writeOnce(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the name is a digest below our own folder
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}
