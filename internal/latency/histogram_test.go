package latency_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"concord.example/concord/internal/latency"
)

func TestQuantilesAreThoseOfTheSortedValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 100, 10_000} {
		var h latency.Histogram
		values := make([]time.Duration, n)
		for i := range values {
			values[i] = time.Duration(1+random.IntN(1<<(1+random.IntN(31)))) * time.Microsecond
			h.Record(values[i])
		}
		slices.Sort(values)
		for _, q := range []float64{0, 0.5, 0.95, 0.99, 1} {
			want := values[max(int(math.Ceil(q*float64(n))), 1)-1]
			got := h.Quantile(q)
			if got < want || float64(got) > float64(want)*(1+1.0/512) {
				t.Errorf("%d values: quantile %v is %v, want %v", n, q, got, want)
			}
		}
		if h.Max() != values[n-1] || h.Count() != int64(n) {
			t.Errorf("%d values: max %v of %d, want %v", n, h.Max(), h.Count(), values[n-1])
		}
	}
}

func TestNothingHasNoQuantile(t *testing.T) {
	var h latency.Histogram
	if h.Quantile(0.99) != 0 || h.Max() != 0 || h.Count() != 0 {
		t.Error("an empty histogram says something")
	}
}

func TestWhatIsTooShortOrTooLongIsCounted(t *testing.T) {
	var h latency.Histogram
	for _, d := range []time.Duration{-time.Second, 0, time.Nanosecond, 48 * time.Hour} {
		h.Record(d)
	}
	if h.Count() != 4 || h.Quantile(0.5) != time.Microsecond || h.Max() != time.Hour {
		t.Errorf("%d values, median %v, max %v", h.Count(), h.Quantile(0.5), h.Max())
	}
}

func TestASlowAnswerCountsForTheQuestionsItHeldUp(t *testing.T) {
	var h latency.Histogram
	for range 99 {
		h.Record(10 * time.Millisecond)
	}
	h.Record(time.Second)
	if got := h.Quantile(0.95); got > 11*time.Millisecond {
		t.Fatalf("uncorrected, the 95th percentile is %v", got)
	}
	corrected := h.Correct(10 * time.Millisecond)
	// 99 more questions would have been asked in that second, most of them waiting for hundreds of milliseconds.
	if corrected.Count() != 199 || corrected.Max() != time.Second || corrected.Quantile(0.95) < 800*time.Millisecond {
		t.Errorf("corrected: %d values, 95th percentile %v, max %v", corrected.Count(), corrected.Quantile(0.95), corrected.Max())
	}
	if same := h.Correct(0); same.Count() != h.Count() {
		t.Errorf("an interval of nothing adds %d values", same.Count()-h.Count())
	}
}
