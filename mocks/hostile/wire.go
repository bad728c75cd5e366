package hostile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wireBehaviours are faults below HTTP, or of HTTP itself.
func wireBehaviours() []Behaviour {
	row := func(kind Kind, name, title, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Transport, Kind: kind, Title: title, Rule: rule, hooks: hooks}
	}
	writing := func(write func(w http.ResponseWriter, x *Exchange)) func() hooks {
		return func() hooks { return hooks{write: write} }
	}
	raw := func(text func(x *Exchange) string) func() hooks {
		return writing(func(w http.ResponseWriter, x *Exchange) {
			if x.Type() == "" {
				plain(w, x) // a run that cannot read the CapabilityStatement has nothing to tell
				return
			}
			takeOver(w, func(out *bufio.Writer) { _, _ = out.WriteString(text(x)) })
		})
	}
	redirect := func(to func(x *Exchange) string) func() hooks {
		return func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Type() == "" {
					return false
				}
				x.Status = http.StatusFound
				x.Header.Set("Location", to(x))
				plain(w, x)
				return true
			}}
		}
	}
	const unreachable = "unreachable"
	return []Behaviour{
		row(Fault, "silence", "requests are taken and never answered", unreachable, func() hooks {
			return hooks{instead: func(_ http.ResponseWriter, x *Exchange) bool {
				if x.Type() == "" {
					return false
				}
				<-x.Request.Context().Done()
				return true
			}}
		}),
		row(Fault, "slow-drip", "the answer comes a byte at a time and never to its end", unreachable, writing(func(w http.ResponseWriter, x *Exchange) {
			if x.Type() == "" {
				plain(w, x)
				return
			}
			head(w, x)
			for i := range x.Body() {
				if _, err := w.Write(x.Body()[i : i+1]); err != nil || http.NewResponseController(w).Flush() != nil || !pause(x, 50*time.Millisecond) {
					return
				}
			}
		})),
		row(Fault, "reset-in-body", "the connection is reset in the middle of the answer", unreachable, writing(func(w http.ResponseWriter, x *Exchange) {
			if x.Type() == "" {
				plain(w, x)
				return
			}
			takeOver(w, func(out *bufio.Writer) {
				_, _ = out.WriteString(firstLines(x, len(x.Body())))
				_, _ = out.Write(x.Body()[:len(x.Body())/2])
			})
		})),
		row(Fault, "closed-without-answer", "the connection is closed without an answer", unreachable, raw(func(*Exchange) string { return "" })),
		row(Fault, "length-too-long", "Content-Length is larger than the body", unreachable, raw(func(x *Exchange) string { return firstLines(x, len(x.Body())+100) + string(x.Body()) })),
		row(Fault, "length-too-short", "Content-Length is smaller than the body", "answer-not-fhir-json", raw(func(x *Exchange) string { return firstLines(x, len(x.Body())/2) + string(x.Body()) })),
		row(Fault, "bad-chunks", "the chunks of a body have no lengths", unreachable, raw(func(x *Exchange) string {
			return "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + string(x.Body()) + "\r\n0\r\n\r\n"
		})),
		row(Fault, "not-http", "what is answered is not HTTP", unreachable, raw(func(*Exchange) string { return "220 mail.example.test ESMTP\r\n" })),
		row(Legal, "every-twentieth-dropped", "every twentieth connection is dropped, and the same question is answered when it is asked again", "", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Type() == "" || x.number%20 != 0 {
					return false
				}
				takeOver(w, func(*bufio.Writer) {})
				return true
			}}
		}),
		row(Fault, "endless-body", "the answer never ends", "answer-too-large", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Type() == "" {
					return false
				}
				w.Header().Set("Content-Type", fhirJSON)
				_, _ = io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","entry":[`)
				for block := bytes.Repeat([]byte(" "), 64<<10); x.Request.Context().Err() == nil; {
					if _, err := w.Write(block); err != nil {
						break
					}
				}
				return true
			}}
		}),
		row(Fault, "endless-informational", "a request is answered with 1xx without end", unreachable, writing(func(w http.ResponseWriter, x *Exchange) {
			if x.Type() == "" {
				plain(w, x)
				return
			}
			takeOver(w, func(out *bufio.Writer) {
				for range 10_000 {
					if _, err := out.WriteString("HTTP/1.1 103 Early Hints\r\nLink: </style>\r\n\r\n"); err != nil || out.Flush() != nil {
						return
					}
				}
			})
		})),
		row(Legal, "informational", "every answer is preceded by 103 Early Hints", "", writing(func(w http.ResponseWriter, x *Exchange) {
			w.WriteHeader(http.StatusEarlyHints)
			plain(w, x)
		})),
		row(Fault, "redirect-loop", "everything is redirected to itself", "answer-redirected", redirect(func(x *Exchange) string { return x.Request.URL.RequestURI() })),
		row(Fault, "redirect-elsewhere", "everything is redirected to another host", "answer-redirected", redirect(func(*Exchange) string { return "https://elsewhere.example.test/fhir/Patient" })),
		row(Fault, "redirect-to-http", "everything is redirected to http", "answer-redirected", redirect(func(x *Exchange) string { return "http://" + x.Request.Host + x.Request.URL.RequestURI() })),
		row(Legal, "clock-skew", "the Date of answers is seven hours behind", "", answering(func(x *Exchange) {
			x.Header.Set("Date", time.Date(2026, 3, 1, 17, 0, 0, 0, time.UTC).Format(http.TimeFormat))
		})),
		row(Legal, "http-1-0", "answers are HTTP/1.0, and the connection is closed after each", "", writing(func(w http.ResponseWriter, x *Exchange) {
			body := x.Body()
			if x.Request.Method == http.MethodHead || x.Status == http.StatusNotModified {
				body = nil
			}
			takeOver(w, func(out *bufio.Writer) {
				_, _ = out.WriteString(strings.Replace(firstLines(x, len(x.Body())), "HTTP/1.1", "HTTP/1.0", 1))
				_, _ = out.Write(body)
			})
		})),
		row(Legal, "connection-closed", "the connection is closed after each answer", "", answering(func(x *Exchange) { x.Header.Set("Connection", "close") })),
		row(Legal, "hundreds-of-headers", "an answer has hundreds of headers", "", answering(func(x *Exchange) {
			for i := range 400 {
				x.Header.Set("X-Gateway-"+strconv.Itoa(i), strings.Repeat("v", 20))
			}
		})),
		row(Fault, "etag-of-8-mb", "an ETag is 8 MB long", unreachable, answering(func(x *Exchange) {
			if x.Type() != "" {
				x.Header.Set("ETag", `"`+strings.Repeat("e", 8<<20)+`"`)
			}
		})),
	}
}

// head writes the first lines of an answer whose body is written by itself.
func head(w http.ResponseWriter, x *Exchange) {
	maps.Copy(w.Header(), x.Header)
	w.Header().Set("Content-Length", strconv.Itoa(len(x.Body())))
	w.WriteHeader(x.Status)
}

// pause waits, and reports whether the client is still there.
func pause(x *Exchange, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.Request.Context().Done():
		return false
	}
}

// firstLines are the first lines of an answer that claims a length for its body.
func firstLines(x *Exchange, length int) string {
	var lines strings.Builder
	_, _ = fmt.Fprintf(&lines, "HTTP/1.1 %d %s\r\n", x.Status, http.StatusText(x.Status))
	_ = x.Header.Write(&lines) // a Builder never fails
	_, _ = fmt.Fprintf(&lines, "Content-Length: %d\r\n\r\n", length)
	return lines.String()
}

// takeOver writes to the connection itself and closes it. Where it cannot be taken over, the answer is cut off.
func takeOver(w http.ResponseWriter, write func(out *bufio.Writer)) {
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	write(buffered.Writer)
	_ = buffered.Flush() // the client may have gone
	// What was written is to arrive before the end of the connection does.
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_ = connection.Close()
}

// packed is text in gzip.
func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // a Buffer never fails
	_ = z.Close()
	return b.Bytes()
}
