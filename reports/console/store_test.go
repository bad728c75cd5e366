package console

import (
	"testing"
	"time"
)

func TestAListThatIsNotLookedThroughYetSaysWhatTheIndexSaysAndThatItIsNotWhole(t *testing.T) {
	dir := t.TempDir()
	s, err := openStore(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.writeIndex([]Row{{Name: "one", RunID: "r1"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	s, err = openStore(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close() //nolint:errcheck // it was only read
	if rows, _ := s.list(); len(rows) != 1 || !s.unsure() {
		t.Errorf("before a look: %v, unsure %v", rows, s.unsure())
	}
	s.look(time.Minute)
	if rows, _ := s.list(); len(rows) != 0 || s.unsure() {
		t.Errorf("after a look, with no such folder: %v, unsure %v", rows, s.unsure())
	}
}
