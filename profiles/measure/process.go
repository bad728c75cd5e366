package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// patient is a small resource that breaks no rule. %d makes one different from the next.
const patient = `{"resourceType":"Patient","id":"p%d","meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]},` +
	`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Made up</p></div>"},` +
	`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"active":true,` +
	`"name":[{"use":"official","family":"Made","given":["Up"]}],"gender":"female","birthDate":"1970-01-01",` +
	`"address":[{"line":["1 Some Street"],"city":"Leeds","postalCode":"LS1 1AA"}]}`

// process is what a run of the binary took.
type process struct {
	took time.Duration
	// spent is the processor time.
	spent time.Duration
	// resident is the most memory that it held, in MB.
	resident float64
}

// start runs the binary to its end. A verdict that something does not conform is not an error.
func (b *bench) start(ctx context.Context, stdin io.Reader, args ...string) (process, error) {
	return b.run(ctx, b.binary, stdin, args...)
}

// run runs a command to its end.
func (b *bench) run(ctx context.Context, name string, stdin io.Reader, args ...string) (process, error) {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // the person names the command
	command.Stdin, command.Env = stdin, b.environment
	var stderr bytes.Buffer
	command.Stderr = &stderr
	begin := time.Now()
	err := command.Run()
	took := time.Since(begin)
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return process{}, fmt.Errorf("run %s %s: %w\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return process{}, errors.New("this system does not tell how much memory a process held")
	}
	const kilobytesInMegabyte = 1024
	spent := command.ProcessState.UserTime() + command.ProcessState.SystemTime()
	return process{took, spent, float64(usage.Maxrss) / kilobytesInMegabyte}, nil
}

// startUp measures how long the binary takes to its first verdict.
func (b *bench) startUp(ctx context.Context) ([]figure, error) {
	b.say("start to first verdict")
	name := filepath.Join(b.folder, "patient.json")
	if err := os.WriteFile(name, fmt.Appendf(nil, patient, 1), 0o600); err != nil {
		return nil, fmt.Errorf("write a resource: %w", err)
	}
	const times, mostTime, mostMemory = 15, 40 * time.Millisecond, 35
	var took []time.Duration
	resident := 0.0
	for range times {
		p, err := b.start(ctx, nil, "validate", name)
		if err != nil {
			return nil, err
		}
		took = append(took, p.took)
		resident = max(resident, p.resident)
	}
	slices.Sort(took)
	median := took[len(took)/2]
	return []figure{
		measured("start to first verdict, median of 15 runs", "<= 40 ms", fmt.Sprintf("%d ms", median.Milliseconds()), median <= mostTime),
		measured("memory at the first verdict", "<= 35 MB", fmt.Sprintf("%.0f MB", resident), resident <= mostMemory),
	}, nil
}

// streams measures whether memory grows with the number of lines.
func (b *bench) streams(ctx context.Context) ([]figure, error) {
	const few, many, most = 10_000, 100_000, 1.25
	var held [2]float64
	for i, lines := range []int{few, many} {
		b.say("%d lines", lines)
		reader, writer := io.Pipe()
		go func() {
			out := bufio.NewWriter(writer)
			for n := range lines {
				_, _ = fmt.Fprintf(out, `{"id":"%d","resource":`+patient+"}\n", n, n)
			}
			writer.CloseWithError(out.Flush())
		}()
		p, err := b.start(ctx, reader, "validate", "--ndjson")
		if err != nil {
			return nil, err
		}
		held[i] = p.resident
	}
	return []figure{measured("memory for 10,000 and for 100,000 lines", "flat",
		fmt.Sprintf("%.0f MB and %.0f MB", held[0], held[1]), held[1] <= held[0]*most)}, nil
}

// large measures documents of 100 MB.
func (b *bench) large(ctx context.Context) ([]figure, error) {
	const size = 100 << 20
	name := filepath.Join(b.folder, "large.json")
	var figures []figure
	for _, document := range []struct {
		what, target string
		most         float64
		write        func(w *bufio.Writer)
	}{
		{"memory for a Bundle of 100 MB", "<= 370 MB", 370, func(w *bufio.Writer) {
			_, _ = w.WriteString(`{"resourceType":"Bundle","type":"collection","entry":[`)
			for n, written := 0, 0; written < size; n++ {
				entry := fmt.Sprintf(`{"fullUrl":"urn:uuid:00000000-0000-4000-8000-%012d","resource":`+patient+`},`, n, n)
				written += len(entry)
				_, _ = w.WriteString(entry)
			}
			_, _ = w.WriteString(`{"fullUrl":"urn:uuid:00000000-0000-4000-9000-000000000000"}]}`)
		}},
		{"memory for 100 MB of tiny objects, refused", "<= 1,500 MB", 1500, func(w *bufio.Writer) {
			_, _ = w.WriteString(`{"resourceType":"Patient","identifier":[` + strings.Repeat(`{"a":1},`, size/8) + `{}]}`)
		}},
	} {
		b.say("%s", document.what)
		file, err := os.Create(name) //nolint:gosec // in the folder that was made for it
		if err != nil {
			return nil, fmt.Errorf("write a large document: %w", err)
		}
		out := bufio.NewWriter(file)
		document.write(out)
		if err := errors.Join(out.Flush(), file.Close()); err != nil {
			return nil, fmt.Errorf("write a large document: %w", err)
		}
		p, err := b.start(ctx, nil, "validate", name)
		if err != nil {
			return nil, err
		}
		figures = append(figures, measured(document.what, document.target,
			fmt.Sprintf("%.0f MB in %.1f s", p.resident, p.took.Seconds()), p.resident <= document.most))
	}
	return figures, nil
}
