package parity

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"concord.example/concord/suites/check"
)

// TestOnlyWhatSaysThatItIsNotSupportedExcusesARefusal reads the statuses with which what need not be offered may be refused: a search that finds
// nothing must not be excused because its answer is an error.
func TestOnlyWhatSaysThatItIsNotSupportedExcusesARefusal(t *testing.T) {
	for status, excused := range map[int]bool{
		http.StatusBadRequest: true, http.StatusUnprocessableEntity: true, http.StatusNotImplemented: true, http.StatusMethodNotAllowed: true, http.StatusUnsupportedMediaType: true,
		http.StatusNotFound: false, http.StatusGone: false, http.StatusConflict: false, http.StatusPreconditionFailed: false, http.StatusRequestTimeout: false,
		http.StatusInternalServerError: false, http.StatusBadGateway: false,
	} {
		answer := &check.BrokenAnswer{Status: status}
		if got := unoffered(answer); got != excused {
			t.Errorf("status %d: %t, want %t", status, got, excused)
		}
		if got := errors.Is(orNotOffered(fmt.Errorf("asked: %w", answer)), errNotOffered); got != excused {
			t.Errorf("status %d in a comparison of answers: %t, want %t", status, got, excused)
		}
	}
}

// TestARecordThatIsNotShownIsNoFaultOfConcord has what a question needs be missing.
func TestARecordThatIsNotShownIsNoFaultOfConcord(t *testing.T) {
	if unsure := (*check.Inconclusive)(nil); !errors.As(errNotThere, &unsure) || unsure.Reason != "no-data" {
		t.Errorf("%v", errNotThere)
	}
}
