package operate_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/operate"
)

func noon() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

// needsWitness reports whether an error says that nobody attested.
func needsWitness(err error) bool {
	var inconclusive *check.Inconclusive
	return errors.As(err, &inconclusive) && inconclusive.Reason == result.NeedsWitness
}

func TestAWitnessIsToldWhatToDoAndNamedWithWhatTheySaid(t *testing.T) {
	var out strings.Builder
	witness := operate.NewWitness(strings.NewReader("A. Begum: feed stopped in the console\nA. Begum\n"), &out, time.Minute, noon)
	operator := witness.Operator("One Health and Care")
	said, err := operator.Happen(t.Context(), check.Event{Type: check.Freeze, Provider: "RXW"})
	if err != nil {
		t.Fatal(err)
	}
	if said.By != "A. Begum" || said.Remark != "feed stopped in the console" || !said.At.Equal(noon()) {
		t.Errorf("attested by %+v", said)
	}
	if !strings.Contains(out.String(), "stop the feed of provider RXW into One Health and Care") {
		t.Errorf("the witness was told %q", out.String())
	}
	if err := operator.Reset(t.Context()); err != nil || !strings.Contains(out.String(), "put One Health and Care back") {
		t.Errorf("reset: %v, the witness was told %q", err, out.String())
	}
	if err := operator.Reset(t.Context()); err != nil {
		t.Errorf("nothing is left to undo, and the witness is asked again: %v", err)
	}
}

func TestWhatNobodyAttestsHasNotHappened(t *testing.T) {
	event := check.Event{Type: check.Object, Person: "9990003114"}
	for name, c := range map[string]struct {
		in       io.Reader
		deadline time.Duration
	}{
		"an empty line":         {strings.NewReader("\n"), time.Minute},
		"a remark without name": {strings.NewReader(": done\n"), time.Minute},
		"the end of the input":  {strings.NewReader(""), time.Minute},
		"the deadline":          {endless{}, time.Nanosecond},
	} {
		if _, err := operate.NewWitness(c.in, io.Discard, c.deadline, noon).Operator("ohc").Happen(t.Context(), event); !needsWitness(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless is a terminal at which nobody types.
type endless struct{}

func (endless) Read([]byte) (int, error) { select {} }

func TestALateAnswerIsNotTakenForTheNextStep(t *testing.T) {
	in, typed := io.Pipe()
	defer func() { _ = typed.Close() }()
	witness := operate.NewWitness(in, io.Discard, time.Nanosecond, noon)
	operator := witness.Operator("ohc")
	if _, err := operator.Happen(t.Context(), check.Event{Type: check.SystemDown}); !needsWitness(err) {
		t.Fatal(err)
	}
	go func() { _, _ = typed.Write([]byte("A. Begum\n")) }()
	if said, err := operator.Happen(t.Context(), check.Event{Type: check.SystemUp}); !needsWitness(err) {
		t.Errorf("the answer to the first step attests the second: %+v, %v", said, err)
	}
}

func TestMocksInOtherProcessesAreOperatedOverTheirAdminAPI(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	server, err := mocks.New(mocks.Options{System: mocks.OHC, Ledger: ledger})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	admin := httptest.NewServer(server.AdminHandler())
	defer admin.Close()
	operator := operate.Admin(map[string]string{"ohc": admin.URL + "/"})["ohc"]
	before := server.Now()
	do := func(event check.Event) error {
		_, err := operator.Happen(context.WithoutCancel(t.Context()), event)
		return err
	}
	if err := do(check.Event{Type: check.Advance, Delay: time.Hour}); err != nil || server.Now().Sub(before) != time.Hour {
		t.Errorf("advance: %v, the clock moved %v", err, server.Now().Sub(before))
	}
	if err := do(check.Event{Type: check.SystemDown}); err != nil || server.Fault() != mocks.Drop {
		t.Errorf("down: %v, fault %s", err, server.Fault())
	}
	if err := do(check.Event{Type: check.ProviderDown, Provider: "NOBODY"}); err == nil || !strings.Contains(err.Error(), "NOBODY") {
		t.Errorf("a provider that does not exist: %v", err)
	}
	if err := operator.Reset(t.Context()); err != nil || !server.Now().Equal(before) || server.Fault() != mocks.NoFault {
		t.Errorf("reset: %v, clock %v, fault %s", err, server.Now(), server.Fault())
	}
	admin.Close()
	if err := do(check.Event{Type: check.SystemUp}); err == nil || !strings.Contains(err.Error(), "adminURL") {
		t.Errorf("without an admin API: %v", err)
	}
}
