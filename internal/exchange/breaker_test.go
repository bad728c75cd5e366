package exchange

import (
	"errors"
	"testing"
)

func request(path string) Request {
	return Request{System: "ccr", Method: "GET", URL: "https://a.example.test/fhir/" + path}
}

func unheard(b *breaker, path string, times int) {
	for range times {
		b.heard(request(path), &Error{Kind: TimedOut, Err: errors.New("silence")})
	}
}

func TestOneTypeThatDoesNotAnswerTakesNoOtherDown(t *testing.T) {
	b := newBreaker("/fhir", 5)
	unheard(b, "Observation?patient=1", 5)
	held := b.hold(request("Observation?patient=2"))
	if held == nil || !held.NotSent || held.Kind != TimedOut {
		t.Errorf("the next request for the type is not held back: %v", held)
	}
	if held := b.hold(request("AllergyIntolerance?patient=1")); held != nil {
		t.Errorf("another type is held back: %v", held)
	}
	unheard(b, "Flag?patient=1", 5)
	unheard(b, "Task?patient=1", 5)
	if b.hold(request("AllergyIntolerance?patient=1")) == nil {
		t.Error("three types went silent, and nothing was answered since: the system is not taken for down")
	}
	b.heard(request("Patient?identifier=x"), nil)
	if held := b.hold(request("AllergyIntolerance?patient=1")); held != nil {
		t.Errorf("a system that answers again is held back: %v", held)
	}
}

func TestWhatIsHeldBackIsTriedAgain(t *testing.T) {
	b := newBreaker("/fhir", 5)
	unheard(b, "Observation", 5)
	var tried []int
	for i := range 200 {
		if b.hold(request("Observation")) == nil {
			tried = append(tried, i)
			unheard(b, "Observation", 1)
		}
	}
	if len(tried) < 3 || len(tried) > 6 {
		t.Errorf("of 200 requests those are tried: %v", tried)
	}
	b.heard(request("Observation"), nil)
	if held := b.hold(request("Observation")); held != nil {
		t.Errorf("a type that answers again is held back: %v", held)
	}
}

func TestAnAnswerThatIsTooLargeIsAnAnswer(t *testing.T) {
	b := newBreaker("/fhir", 5)
	for range 20 {
		b.heard(request("Observation"), &Error{Kind: TooLarge, Err: errors.New("40 MB")})
	}
	if held := b.hold(request("Observation")); held != nil {
		t.Errorf("held back: %v", held)
	}
}
