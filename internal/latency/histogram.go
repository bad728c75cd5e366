// Package latency counts how long things took, in a histogram whose buckets grow with the value, as HdrHistogram's do.
//
// It promises that every quantile is right to within one part in 512, from a microsecond to an hour, whatever the
// number of values; that a histogram is a few kilobytes; and that values which a slow answer kept from being measured
// can be put back (coordinated omission).
package latency

import (
	"math"
	"math/bits"
	"time"
)

const (
	// subBuckets is how many steps each power of two is divided into.
	subBuckets = 1024
	// longest is the largest duration that is told apart; what takes longer counts as this.
	longest = time.Hour
)

// Histogram counts durations. The zero value is empty and ready to use. It serves one goroutine at a time.
type Histogram struct {
	counts  map[int]int64
	total   int64
	maximum time.Duration
}

// Record counts one duration. Less than a microsecond counts as one.
func (h *Histogram) Record(d time.Duration) {
	if h.counts == nil {
		h.counts = map[int]int64{}
	}
	d = min(max(d, time.Microsecond), longest)
	h.counts[bucketOf(d.Microseconds())]++
	h.total++
	h.maximum = max(h.maximum, d)
}

// Correct returns a histogram with the values that were never measured because a slow answer held the next question up:
// somebody who asks every interval and waits 1 s once would, had they not waited, have seen 1 s, 1 s less the interval,
// and so on. An interval of nothing corrects nothing.
func (h *Histogram) Correct(interval time.Duration) *Histogram {
	corrected := &Histogram{}
	for index, count := range h.counts {
		value := min(upperEnd(index), h.maximum)
		for range count {
			corrected.Record(value)
		}
		if interval <= 0 {
			continue
		}
		for missed := value - interval; missed >= interval; missed -= interval {
			for range count {
				corrected.Record(missed)
			}
		}
	}
	return corrected
}

// Count returns how many values there are, Max the largest of them.
func (h *Histogram) Count() int64 { return h.total }

// Max returns the largest value, as it was recorded.
func (h *Histogram) Max() time.Duration { return h.maximum }

// Quantile returns the smallest value that at least the fraction q of all values do not exceed, q from 0 to 1; 0 when
// there are none. It is never below the true one, and above it by less than one part in 512.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	rank := max(int64(math.Ceil(q*float64(h.total))), 1)
	seen := int64(0)
	last := bucketOf(longest.Microseconds())
	for index := 0; index <= last; index++ {
		if seen += h.counts[index]; seen >= rank {
			return min(upperEnd(index), h.maximum)
		}
	}
	return h.maximum
}

// bucketOf numbers the bucket of a value in microseconds: exact below subBuckets, then subBuckets/2 for each power of two.
func bucketOf(value int64) int {
	if value < subBuckets {
		return int(value)
	}
	shift := bits.Len64(uint64(value)) - bits.Len64(subBuckets-1)
	return shift*subBuckets/2 + int(value>>shift)
}

// upperEnd is the largest value of a bucket.
func upperEnd(index int) time.Duration {
	if index < subBuckets {
		return time.Duration(index) * time.Microsecond
	}
	shift := index/(subBuckets/2) - 1
	base := int64(index - shift*subBuckets/2)
	return time.Duration((base+1)<<shift-1) * time.Microsecond
}
