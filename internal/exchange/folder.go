package exchange

import (
	"net/http"
	"path/filepath"
	"reflect"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/redact"
)

// Folder records exchanges in a folder, as package evidence packs them.
type Folder struct {
	writer  *evidence.Writer
	secrets *redact.Redactor
}

// NewFolder begins a log of exchanges in the directory and returns a Recorder that writes there. It must be closed.
func NewFolder(dir string, secrets *redact.Redactor) (*Folder, error) {
	writer, err := evidence.Create(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	return &Folder{writer: writer, secrets: secrets}, nil
}

// ReopenFolder goes on with the log in a directory whose writer was stopped, as NewFolder begins one.
func ReopenFolder(dir string, secrets *redact.Redactor) (*Folder, error) {
	writer, err := evidence.Append(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	return &Folder{writer: writer, secrets: secrets}, nil
}

// Record keeps one exchange with its secrets taken out, and without NHS numbers that could be a living person's. It does
// not wait for the disk; the error is that of an exchange before it.
func (f *Folder) Record(request Request, sent http.Header, answer *Exchange, failure *Error) error {
	size := int64(len(request.URL) + len(request.Body))
	if answer != nil {
		size += answer.size()
	}
	return f.writer.Add(size, func() (evidence.Record, string) {
		record := evidence.Record{ID: request.id(), System: request.System, Request: evidence.Request{
			Method: request.Method, URL: f.secrets.Text(request.URL), Header: f.secrets.Header(sent), Body: f.secrets.Text(request.Body),
			Repeat: f.secrets.Text(request.Repeat),
		}}
		if failure != nil {
			record.Failure = &evidence.Failure{Kind: string(failure.Kind), Message: f.secrets.Text(failure.Err.Error()), NotSent: failure.NotSent}
		}
		if answer == nil {
			return record, ""
		}
		body, header := MaskLiveNumbers(f.secrets.Text(answer.Body)), f.secrets.Header(answer.Header)
		record.Reply = &evidence.Reply{
			Status: answer.Status, Header: header, DurationMs: answer.Duration.Milliseconds(), Ns: answer.Duration.Nanoseconds(), RealNs: answer.Waited.Nanoseconds(),
			HeldUpNs: answer.HeldUp.Nanoseconds(),
			Repeated: answer.Repeated,
			Altered:  body != answer.Body || !reflect.DeepEqual(header, answer.Header),
		}
		return record, body
	})
}

// Close writes what is on its way. The error says what could not be kept.
func (f *Folder) Close() error { return f.writer.Close() }
