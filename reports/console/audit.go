package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"
)

// auditFile has a line for each act, as JSON.
const auditFile = "audit.jsonl"

// Act is something that somebody did.
type Act struct {
	At time.Time `json:"at"`
	// Who is the name that the person was let in by, From the address that the request came from.
	Who  string `json:"who"`
	From string `json:"from"`
	// Subject and Issuer say who they are to the OpenID provider that let them in, if one did.
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
	// What is start, cancel, attest, sign, withdraw, enter or refused; On is what it was done to.
	What string `json:"what"`
	On   string `json:"on,omitempty"`
	// Detail is what else matters: the arguments of a run, the decision that was signed, why somebody was refused.
	Detail string `json:"detail,omitempty"`
}

// audit writes down who did what. It is safe for concurrent use.
type audit struct {
	root *os.Root
	mu   sync.Mutex
}

// write adds an act. What cannot be written down must not be done.
func (a *audit) write(act Act) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.add(act)
	if err != nil {
		return fmt.Errorf("write down who did it in %s: %w: see to it that the directory can be written to", path.Join(Folder, auditFile), causeOf(err))
	}
	return nil
}

func (a *audit) add(act Act) error {
	text, err := json.Marshal(act)
	if err != nil {
		return err
	}
	if err := a.root.Mkdir(Folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	file, err := a.root.OpenFile(path.Join(Folder, auditFile), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	return errors.Join(err, file.Close())
}
