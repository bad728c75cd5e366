package redact

import (
	"io"
	"strings"
	"sync"
)

// mostHeld is how many bytes a Writer keeps back at most: more than any spelling of the part of a secret that decides.
const mostHeld = 64 << 10

// Writer takes secrets out of what is written through it, also of those that come in pieces: it keeps back what may be
// the beginning of one until more comes. It is safe for concurrent use.
type Writer struct {
	redactor *Redactor
	mu       sync.Mutex
	to       io.Writer
	held     string
}

// Writer returns a Writer to another.
func (r *Redactor) Writer(to io.Writer) *Writer { return &Writer{redactor: r, to: to} }

// Write writes what can be written yet. It reports the whole text as written unless the error says otherwise.
func (w *Writer) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.held + string(text)
	w.held = ""
	if err := w.put(all, false); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Flush writes what was kept back.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.held
	w.held = ""
	return w.put(all, true)
}

// To is where the text goes to, for those who must know whether that is a terminal.
func (w *Writer) To() io.Writer { return w.to }

func (w *Writer) put(text string, whole bool) error {
	var known *patterns
	if w.redactor != nil {
		known = w.redactor.known.Load()
	}
	if known != nil {
		redacted, rest := known.replace(text, whole)
		if held := text[rest:]; !whole {
			w.held = held
			if len(held) > mostHeld {
				w.held = ""
				redacted += held
			}
		}
		text = redacted
	}
	if text == "" {
		return nil
	}
	_, err := io.Copy(w.to, strings.NewReader(text))
	return err
}
