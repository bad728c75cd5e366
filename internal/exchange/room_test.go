package exchange

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// roomy is a client of a server whose answers have as many megabytes as the path says, and how many of them were more than
// half way at once.
func roomy(t *testing.T, options Options) (c *Client, together *atomic.Int64) {
	t.Helper()
	var under atomic.Int64
	together = &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		megabytes, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/fhir/"))
		block := bytes.Repeat([]byte(" "), 1<<20)
		for i := range megabytes {
			// What the sockets between hold is less than half of an answer.
			if i == megabytes/2 {
				now := under.Add(1)
				defer under.Add(-1)
				together.Store(max(together.Load(), now))
			}
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	c, err := NewClient([]Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, together
}

func TestLargeAnswersAreReadOneAtATimeAndMemoryIsBounded(t *testing.T) {
	c, together := roomy(t, Options{MaxHeld: 64 << 20, MaxKept: 32 << 20, Concurrency: 16, Timeout: time.Minute})
	var asking sync.WaitGroup
	for i := range 32 {
		asking.Go(func() {
			got, err := c.Do(t.Context(), Request{System: "ccr", URL: "24?n=" + strconv.Itoa(i)})
			if err != nil || len(got.Body) != 24<<20 {
				t.Errorf("%v", err)
			}
		})
	}
	asking.Wait()
	// One that was handed over may be half way yet as seen by the server when the next begins.
	if most := together.Load(); most > 2 {
		t.Errorf("%d large answers were read at once", most)
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	if memory.HeapAlloc > 160<<20 {
		t.Errorf("%d MB are in use after 768 MB of answers", memory.HeapAlloc>>20)
	}
}

func TestALargeAnswerIsNotReadWhenThereIsNoRoomAndIsReadWhenThereIs(t *testing.T) {
	c, _ := roomy(t, Options{MaxHeld: 20 << 20})
	c.room.tries, c.room.pause = 3, time.Millisecond
	held, err := c.Do(t.Context(), Request{System: "ccr", URL: "24"})
	if err != nil {
		t.Fatal(err)
	}
	part := held.Body[100:200] // of which a tree may have many
	held = nil
	_, err = c.Do(t.Context(), Request{System: "ccr", URL: "24?again"})
	if failure := (*Error)(nil); !errors.As(err, &failure) || failure.Kind != OverBudget || !strings.Contains(err.Error(), "smaller pages") {
		t.Errorf("with 24 MB of 20 in use: %v", err)
	}
	if small, err := c.Do(t.Context(), Request{System: "ccr", URL: "1"}); err != nil || len(small.Body) != 1<<20 {
		t.Errorf("an answer that is not large waits: %v", err)
	}
	runtime.KeepAlive(part)
	_ = held
	c.room.tries = 1000
	if _, err := c.Do(t.Context(), Request{System: "ccr", URL: "24?again"}); err != nil {
		t.Errorf("with nothing in use: %v", err)
	}
	if c.Paused() <= 0 {
		t.Error("what was waited for room is not known")
	}
}

func TestWhatAnAnswerWeighsCountsWhatIsMadeOfIt(t *testing.T) {
	text := strings.Repeat("x", 1<<20)
	if plain := weight(text); plain != 1<<20 {
		t.Errorf("a text weighs %d", plain)
	}
	if nested := weight(strings.Repeat("{},", 1<<20)); nested < 400<<20 {
		t.Errorf("a million objects weigh %d", nested)
	}
	if most := weight(strings.Repeat("{", 8<<20)); most != 648<<20 {
		t.Errorf("more than a tree may take is counted: %d", most)
	}
}
