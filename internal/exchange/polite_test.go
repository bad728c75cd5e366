package exchange_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
)

// hours is a clock that only goes on when somebody waits.
type hours struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hours) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hours) Wait(ctx context.Context, d time.Duration) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
	return ctx.Err()
}

func newHours() *hours { return &hours{now: time.Unix(1_800_000_000, 0)} }

func (h *hours) options() exchange.Options {
	return exchange.Options{Now: h.Now, Wait: h.Wait, Concurrency: 1}
}

func TestAnEndpointWithALimitAnswersEverythingInTheEnd(t *testing.T) {
	for name, say := range map[string]func(http.Header, time.Time){
		"that says nothing": func(http.Header, time.Time) {},
		"that says seconds": func(h http.Header, _ time.Time) { h.Set("Retry-After", "1") },
		"that says a date": func(h http.Header, now time.Time) {
			h.Set("Retry-After", now.Add(time.Second).UTC().Format(http.TimeFormat))
		},
		"with RateLimit":           func(h http.Header, _ time.Time) { h.Set("RateLimit", `"default";r=0;t=1`) },
		"with X-RateLimit, a time": func(h http.Header, now time.Time) { h.Set("X-RateLimit-Reset", strconv.FormatInt(now.Unix()+1, 10)) },
	} {
		t.Run(name, func(t *testing.T) {
			clock := newHours()
			var mu sync.Mutex
			window, used, refused := int64(0), 0, 0
			options := clock.options()
			options.Concurrency = 8
			c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				now := clock.Now()
				w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
				if now.Unix() != window {
					window, used = now.Unix(), 0
				}
				if used++; used > 10 {
					refused++
					say(w.Header(), now)
					w.WriteHeader(http.StatusTooManyRequests)
					_, _ = io.WriteString(w, "<html>slow down</html>")
				}
			}, options, nil)
			var asking sync.WaitGroup
			var failed atomic.Int32
			for worker := range 8 {
				asking.Go(func() {
					for i := range 25 {
						got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: fmt.Sprintf("Patient/%d-%d", worker, i)})
						if err != nil || got.Status != http.StatusOK {
							failed.Add(1)
						}
					}
				})
			}
			asking.Wait()
			if failed.Load() > 0 {
				t.Errorf("%d of 200 were not answered", failed.Load())
			}
			if refused > 150 {
				t.Errorf("it had to refuse %d times to answer 200", refused)
			}
			if traffic := c.Traffic("ccr"); traffic.Throttled != refused || traffic.Requests != 200+refused || traffic.Repeated != refused || traffic.Paused <= 0 {
				t.Errorf("%+v, and %d were refused", traffic, refused)
			}
		})
	}
}

func TestALimitOfOursIsKept(t *testing.T) {
	clock := newHours()
	options := clock.options()
	options.Rate = 5
	c, _ := client(t, func(http.ResponseWriter, *http.Request) {}, options, nil)
	before := clock.Now()
	for i := range 21 {
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(before); took < 3900*time.Millisecond || took > 4100*time.Millisecond {
		t.Errorf("21 requests took %v", took)
	}
}

func TestTheLastRequestOfAWindowIsFollowedByAPause(t *testing.T) {
	clock := newHours()
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reset", "7")
	}, clock.options(), nil)
	before := clock.Now()
	for i := range 2 {
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(before); took < 7*time.Second {
		t.Errorf("the second request came after %v", took)
	}
}

func TestAnEndpointThatNeverAnswersIsTakenAtItsWord(t *testing.T) {
	for name, after := range map[string]string{"asks for hours": "7200", "never ends": "30", "says nothing": ""} {
		clock := newHours()
		var asked atomic.Int32
		c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		}, clock.options(), nil)
		got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient"})
		if err != nil || got.Status != http.StatusServiceUnavailable || asked.Load() > 12 {
			t.Errorf("an endpoint that %s: %+v, %v, asked %d times", name, got, err, asked.Load())
		}
	}
}

// withoutPart has an endpoint that answers for one type with a status and nothing else, asks it so many times for that and for a Patient in turn, and
// returns how often it was asked for the type.
func withoutPart(t *testing.T, clock *hours, part string, status, rounds int) (*exchange.Client, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, part) {
			asked.Add(1)
			w.WriteHeader(status)
		}
	}, clock.options(), nil)
	for i := range rounds {
		for resourceType, want := range map[string]int{part: status, "Patient": http.StatusOK} {
			got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: resourceType + "/" + strconv.Itoa(i)})
			if err != nil || got.Status != want {
				t.Fatalf("%s: %+v, %v", resourceType, got, err)
			}
		}
	}
	return c, &asked
}

// A gateway whose server is gone says 503 and no more. Others answer meanwhile; nobody waits for it for minutes, again and again.
func TestAnEndpointOfWhichAPartIsGoneIsWaitedForOnce(t *testing.T) {
	clock := newHours()
	_, asked := withoutPart(t, clock, "Observation", http.StatusServiceUnavailable, 50)
	if again := asked.Load() - 50; again < 4 || again > 10 {
		t.Errorf("it was asked again %d times", again)
	}
}

// A gateway that says 503 or 429 for one type, and no more, while it answers for others, is not waited for again and again; nor does everybody go
// slowly for it. Once it answers, it is waited for as before.
func TestOnePartThatIsGoneWhileOthersAnswerHoldsUpNobody(t *testing.T) {
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		clock := newHours()
		var asked, back atomic.Int32
		options := clock.options()
		options.Concurrency = 2
		wait, others, within := options.Wait, 0, false
		var c *exchange.Client
		other := func() {
			others++
			if got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(others)}); err != nil || got.Status != http.StatusOK {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		options.Wait = func(ctx context.Context, pause time.Duration) error {
			if err := wait(ctx, pause); err != nil || within {
				return err
			}
			within = true
			other()
			within = false
			return nil
		}
		c, _ = client(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "Condition") && back.Load() == 0 {
				asked.Add(1)
				w.WriteHeader(status)
			}
		}, options, nil)
		for range 30 {
			other()
		}
		for i := range 100 {
			if got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Condition/" + strconv.Itoa(i)}); err != nil || got.Status != status {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if again := asked.Load() - 100; again < 4 || again > 40 {
			t.Errorf("%d: it was asked again %d times", status, again)
		}
		if took := clock.Now().Sub(newHours().Now()); took > 3*time.Minute {
			t.Errorf("%d: it took %s", status, took)
		}
		at := clock.Now()
		for range 100 {
			other()
		}
		if took := clock.Now().Sub(at); took > 0 {
			t.Errorf("%d: others are held up for %s", status, took)
		}
		back.Store(1)
		if got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Condition/back"}); err != nil || got.Status != http.StatusOK {
			t.Errorf("%d: it is back: %+v, %v", status, got, err)
		}
	}
}

// A gateway that now and then says 503 or 429, and no more, is asked that again; everybody else goes on. One that says so often is left
// alone.
func TestAnEndpointThatFailsNowAndThenHoldsUpNobody(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		every  int32
		paused bool
	}{"one 503 in 25": {503, 25, false}, "one 503 in 5": {503, 5, true}, "one 429 in 25": {429, 25, false}, "one 429 in 5": {429, 5, true}} {
		t.Run(name, func(t *testing.T) {
			clock := newHours()
			var asked atomic.Int32
			client, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
				if n := asked.Add(1); n > 100 && n%c.every == 0 {
					w.WriteHeader(c.status)
				}
			}, clock.options(), nil)
			repeated := 0
			for i := range 1000 {
				got, err := client.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)})
				if err != nil || got.Status != http.StatusOK {
					t.Fatalf("%+v, %v", got, err)
				}
				repeated += got.Repeated
			}
			if repeated < 900/int(c.every) {
				t.Errorf("%d were asked again", repeated)
			}
			if paused := client.Paused(); (paused > 0) != c.paused {
				t.Errorf("others were held up for %s", paused)
			}
			if took := clock.Now().Sub(newHours().Now()); !c.paused && took > time.Minute {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestAReadIsSentAgainWhenItsConnectionBreaks(t *testing.T) {
	clock := newHours()
	var asked atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%3 != 0 {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "{}")
	}, clock.options(), nil)
	for i := range 5 {
		got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)})
		if err != nil || got.Body != "{}" || got.Repeated < 1 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestOneTypeThatFailsTakesNoOtherDown(t *testing.T) {
	clock := newHours()
	options := clock.options()
	options.MaxBody = 10
	broken := map[string]string{"Observation": "lies", "Condition": "large"}
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch broken[strings.Split(r.URL.Path, "/")[2]] {
		case "lies":
			panic(http.ErrAbortHandler)
		case "large":
			_, _ = io.WriteString(w, strings.Repeat("x", 11))
		}
	}, options, nil)
	for i := range 20 {
		for resourceType, want := range map[string]exchange.Kind{"Observation": exchange.Unreachable, "Condition": exchange.TooLarge} {
			_, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: resourceType + "/" + strconv.Itoa(i)})
			if got := kindOf(t, err); got != want {
				t.Errorf("%s %d: %v", resourceType, i, err)
			}
		}
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)}); err != nil {
			t.Errorf("Patient %d: %v", i, err)
		}
	}
	delete(broken, "Observation")
	// The breaker counts requests: it tries again after as many as it held back.
	answered := 0
	for i := range 200 {
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Observation?again=" + strconv.Itoa(i)}); err == nil {
			answered++
		}
	}
	if answered < 20 {
		t.Errorf("it is well again, and only %d of 200 requests were answered", answered)
	}
}

func TestAnAnswerThatIsLongerThanItSaysSpoilsNoOther(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				buffer := make([]byte, 4096)
				for {
					if _, err := connection.Read(buffer); err != nil {
						return
					}
					_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"a\":\"b\"}HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"bad\":1}")
				}
			}()
		}
	}()
	// The library says of each that it came unasked, at a place of its own.
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	clock := newHours()
	c, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: "http://" + listener.Addr().String() + "/fhir"}}, clock.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	for i := range 20 {
		got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)})
		if err != nil || got.Body != `{"a":"b"` {
			t.Errorf("answer %d: %+v, %v", i, got, err)
		}
	}
}

func TestBudgetsEndARun(t *testing.T) {
	clock := newHours()
	options := clock.options()
	options.MaxRequests, options.MaxTime = 3, time.Minute
	var asked atomic.Int32
	c, _ := client(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) }, options, nil)
	for i := range 6 {
		_, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)})
		if (err != nil) != (i >= 3) || err != nil && (kindOf(t, err) != exchange.OverBudget || !strings.Contains(err.Error(), "budget of 3 requests")) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if asked.Load() != 3 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// TestWaysIntoOneSystemShareItsBudgetAndItsPace has two targets that are one system, and one that is another.
func TestWaysIntoOneSystemShareItsBudgetAndItsPace(t *testing.T) {
	clock := newHours()
	options := clock.options()
	options.MaxRequests, options.Rate = 5, 1
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(server.Close)
	c, err := exchange.NewClient([]exchange.Target{
		{Name: "ccr", BaseURL: server.URL}, {Name: "ccr/no-token", Of: "ccr", BaseURL: server.URL}, {Name: "ohc", BaseURL: server.URL},
	}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	began := clock.Now()
	for i := range 4 {
		for _, system := range []string{"ccr", "ccr/no-token"} {
			_, err := c.Do(t.Context(), exchange.Request{System: system, URL: "Patient/" + strconv.Itoa(i)})
			if over := 2*i+len(system)/len("ccr/no-token") >= 5; (err != nil) != over {
				t.Errorf("%s, %d: %v", system, i, err)
			}
		}
	}
	if took := clock.Now().Sub(began); took < 4*time.Second || c.Paused() != took {
		t.Errorf("five requests at one a second took %v, of which %v is counted", took, c.Paused())
	}
	if sent := c.Traffic("ccr").Requests; sent != 5 {
		t.Errorf("%d requests are counted", sent)
	}
	if _, err := c.Do(t.Context(), exchange.Request{System: "ohc", URL: "Patient/1"}); err != nil {
		t.Errorf("another system: %v", err)
	}
	if _, err := exchange.NewClient([]exchange.Target{{Name: "ccr/no-token", Of: "ccr", BaseURL: server.URL}}, options); err == nil {
		t.Error("a way into a system that is not configured is taken")
	}
}

func TestWhatIsKeptOfAnswersIsBounded(t *testing.T) {
	var asked atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("ETag", strings.Repeat("e", 100_000))
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	}, exchange.Options{MaxKept: 60_000}, nil)
	for i := range 30 {
		got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)})
		if err != nil || len(got.Header.Get("ETag")) > 5000 {
			t.Fatalf("an ETag of %d bytes is kept, %v", len(got.Header.Get("ETag")), err)
		}
	}
	for i, want := range map[int]int32{29: 30, 0: 31} {
		if i == 0 {
			continue
		}
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)}); err != nil || asked.Load() != want {
			t.Errorf("Patient/%d: asked %d times, %v", i, asked.Load(), err)
		}
	}
	if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/0"}); err != nil || asked.Load() != 31 {
		t.Errorf("the oldest answer is still kept: asked %d times, %v", asked.Load(), err)
	}
}

// badge is an Authorizer that counts.
type badge struct {
	mu      sync.Mutex
	number  int
	renewed int
}

func (b *badge) Authorize(_ context.Context, header http.Header) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	header.Set("Authorization", strconv.Itoa(b.number))
	return nil
}

func (b *badge) Answered(status int, header http.Header) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if status != http.StatusUnauthorized {
		return false
	}
	if header.Get("Authorization") == strconv.Itoa(b.number) {
		b.number, b.renewed = b.number+1, b.renewed+1
	}
	return true
}

func TestARefusedTokenIsRenewedOnceForAllWhoSentIt(t *testing.T) {
	b := &badge{}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "0" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}), ReadHeaderTimeout: time.Minute}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	c, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: "http://" + listener.Addr().String() + "/fhir", Auth: b}}, exchange.Options{Concurrency: 64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var asking sync.WaitGroup
	for i := range 64 {
		asking.Go(func() {
			if got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)}); err != nil || got.Status != http.StatusOK {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	asking.Wait()
	if b.renewed != 1 {
		t.Errorf("renewed %d times", b.renewed)
	}
}

func TestAHeaderCanHoldAFreshUUID(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]bool{}
	c, _ := client(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.Header.Get("X-Correlation-Id")] = true
		seen[r.Header.Get("X-Request-Id")] = true
		if r.Header.Get("User-Agent") != "concord" || r.Header.Get("X-Org") != "RXK" {
			t.Errorf("%v", r.Header)
		}
	}, exchange.Options{}, http.Header{"X-Correlation-Id": {"{{uuid}}"}, "X-Request-Id": {"{{uuid}}"}, "X-Org": {"RXK"}})
	for i := range 5 {
		if _, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Patient/" + strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d of 10 are fresh: %v", len(seen), seen)
	}
}

// TestOnePartThatIsLimitedAloneSlowsNobodyDown has a system that says 429 for one type for good, and asks it between those of another type: these go
// on at once, and the pace stays.
func TestOnePartThatIsLimitedAloneSlowsNobodyDown(t *testing.T) {
	clock := newHours()
	c, _ := withoutPart(t, clock, "Condition", http.StatusTooManyRequests, 200)
	if took := clock.Now().Sub(newHours().Now()); took > 5*time.Minute {
		t.Errorf("400 requests took %s", took)
	}
	at := clock.Now()
	for i := range 200 {
		if got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Encounter/" + strconv.Itoa(i)}); err != nil || got.Status != http.StatusOK {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if took := clock.Now().Sub(at); took > time.Second {
		t.Errorf("200 requests to a type that is answered took %s", took)
	}
}
