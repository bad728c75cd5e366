package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
)

// Joined says what came of joining logs.
type Joined struct {
	// Exchanges are in the joined log. Shared were in more than one of the logs with the same answer, and are in it once;
	// Differing are in it as often as they were answered differently.
	Exchanges, Shared, Differing int
}

// Join writes the exchanges of several logs into a new log in a folder, in the order of the logs. What was asked alike and
// answered alike is kept once: a run that is not shared asks it once. When an answer was sent, how long it took and how often
// it had to be asked for make no difference.
func Join(dir string, logs []Log) (joined Joined, err error) {
	w, err := Create(dir)
	if err != nil {
		return Joined{}, err
	}
	defer func() {
		if closed := w.Close(); err == nil {
			err = closed
		}
	}()
	kept := map[string]map[[sha256.Size]byte]bool{}
	for _, log := range logs {
		for record, err := range log.All() {
			if err != nil {
				return joined, fmt.Errorf("join logs of exchanges: %w", err)
			}
			sum, err := contentOf(record)
			if err != nil {
				return joined, fmt.Errorf("join logs of exchanges: exchange %s: %w", record.ID, err)
			}
			others := kept[record.ID]
			switch {
			case others[sum]:
				joined.Shared++
				continue
			case others == nil:
				kept[record.ID] = map[[sha256.Size]byte]bool{}
			default:
				joined.Differing++
			}
			kept[record.ID][sum] = true
			body, err := log.Body(record)
			if err != nil {
				return joined, fmt.Errorf("join logs of exchanges: %w", err)
			}
			if err := w.Add(int64(len(body)), func() (Record, string) { return record, body }); err != nil {
				return joined, err
			}
			joined.Exchanges++
		}
	}
	return joined, nil
}

// contentOf digests what was asked and answered.
func contentOf(record Record) ([sha256.Size]byte, error) {
	if r := record.Reply; r != nil {
		same := Reply{Status: r.Status, BodySHA256: r.BodySHA256, BodyBytes: r.BodyBytes, Altered: r.Altered, Header: http.Header{}}
		for name, values := range r.Header {
			if http.CanonicalHeaderKey(name) != "Date" {
				same.Header[name] = values
			}
		}
		record.Reply = &same
	}
	text, err := json.Marshal(record)
	return sha256.Sum256(text), err
}
