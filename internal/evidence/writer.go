package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Writer appends exchanges to a packed log. It is safe for concurrent use.
type Writer struct {
	dir             string
	records, bodies *os.File
	lines           *bufio.Writer
	frames          *bufio.Writer
	encoder         *zstd.Encoder
	// kept says where the bodies lie that are written already.
	kept map[[sha256.Size]byte]Place
	// rows is the index so far; at and bodyAt are the ends of the files.
	rows       []row
	at, bodyAt int64
	squeezed   []byte

	mu      sync.Mutex
	changed *sync.Cond
	queue   []entry
	waiting int64
	closed  bool
	failed  error
	done    chan struct{}
}

type entry struct {
	make func() (Record, string)
	size int64
}

// mostWaiting is how many bytes of answers may wait for the disk. Only when the disk is that far behind does adding wait.
const mostWaiting = 64 << 20

// Create begins a packed log in a folder, which is made when it is missing. It refuses a folder that holds one.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder for evidence: %w", err)
	}
	w := &Writer{dir: dir, kept: map[[sha256.Size]byte]Place{}}
	var err error
	for name, file := range map[string]**os.File{RecordsFile: &w.records, BodiesFile: &w.bodies} {
		if *file, err = os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil { //nolint:gosec // our own folder
			return nil, errors.Join(fmt.Errorf("begin a log of exchanges: %w", err), w.closeFiles())
		}
	}
	return w.start()
}

// Append goes on with the log in a folder whose writer was killed. What was cut off in the middle is taken away first.
func Append(dir string) (*Writer, error) {
	w := &Writer{dir: dir, kept: map[[sha256.Size]byte]Place{}}
	log, err := openPacked(dir)
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // it was only read
	for found := range log.scan() {
		var damage *Damage
		if errors.As(found.err, &damage) && damage.Cut {
			break // a writer that was killed leaves no more than a beginning of its last line
		}
		if found.err != nil {
			return nil, fmt.Errorf("go on with a log of exchanges: %w", found.err) // cutting here would lose what follows
		}
		if reply := found.record.Reply; reply != nil && reply.Body != nil && reply.Body.Offset+reply.Body.Length > log.bodyLength {
			break // its body never reached the disk
		}
		w.at = found.offset + found.length
		w.rows = append(w.rows, row{key: keyOf(found.record.ID), offset: found.offset, length: found.length})
		if reply := found.record.Reply; reply != nil && reply.Body != nil {
			if sum, err := hex.DecodeString(reply.BodySHA256); err == nil && len(sum) == sha256.Size {
				w.kept[[sha256.Size]byte(sum)] = *reply.Body
			}
			w.bodyAt = max(w.bodyAt, reply.Body.Offset+reply.Body.Length)
		}
	}
	for name, part := range map[string]struct {
		file **os.File
		end  int64
	}{RecordsFile: {&w.records, w.at}, BodiesFile: {&w.bodies, w.bodyAt}} {
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // our own folder
		if err == nil {
			*part.file = file
			if err = file.Truncate(part.end); err == nil {
				_, err = file.Seek(part.end, io.SeekStart)
			}
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("go on with a log of exchanges: %w", err), w.closeFiles())
		}
	}
	return w.start()
}

func (w *Writer) start() (*Writer, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin to compress: %w", err), w.closeFiles())
	}
	w.encoder, w.lines, w.frames = encoder, bufio.NewWriterSize(w.records, 64<<10), bufio.NewWriterSize(w.bodies, 256<<10)
	w.changed, w.done = sync.NewCond(&w.mu), make(chan struct{})
	go w.work()
	return w, nil
}

// Add puts an exchange on its way to the disk. made returns the record, without the place of its body, and the body; it is
// called once, by the writer's own goroutine. size is about how many bytes it holds on to. The error is that of an earlier
// one: once something could not be written, nothing more is.
func (w *Writer) Add(size int64, made func() (Record, string)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.waiting > 0 && w.waiting+size > mostWaiting && w.failed == nil && !w.closed {
		w.changed.Wait()
	}
	if w.closed && w.failed == nil {
		return errors.New("the log of exchanges is closed")
	}
	if w.failed != nil {
		return w.failed
	}
	w.queue = append(w.queue, entry{made, size})
	w.waiting += size
	w.changed.Broadcast()
	return nil
}

// work is the one goroutine that writes.
func (w *Writer) work() {
	defer close(w.done)
	var batch []entry
	for {
		w.mu.Lock()
		for len(w.queue) == 0 && !w.closed {
			w.changed.Wait()
		}
		if len(w.queue) == 0 {
			w.mu.Unlock()
			return
		}
		batch, w.queue = w.queue, batch[:0]
		failed := w.failed
		w.mu.Unlock()
		for i, e := range batch {
			if failed == nil {
				failed = w.write(e)
			}
			batch[i] = entry{}
			w.mu.Lock()
			w.waiting -= e.size
			w.changed.Broadcast()
			w.mu.Unlock()
		}
		// Bodies first, so that no record on the disk speaks of a body that is not.
		if failed == nil {
			failed = errors.Join(w.frames.Flush(), w.lines.Flush())
		}
		if failed != nil {
			w.mu.Lock()
			w.failed = fmt.Errorf("write the log of exchanges: %w", failed)
			w.mu.Unlock()
		}
	}
}

func (w *Writer) write(e entry) error {
	record, body := e.make()
	if record.Reply != nil {
		text := []byte(body)
		sum := sha256.Sum256(text)
		place, known := w.kept[sum]
		if !known {
			w.squeezed = w.encoder.EncodeAll(text, w.squeezed[:0])
			place = Place{Offset: w.bodyAt, Length: int64(len(w.squeezed))}
			if _, err := w.frames.Write(w.squeezed); err != nil {
				return err
			}
			w.bodyAt += place.Length
			w.kept[sum] = place
		}
		record.Reply.BodySHA256, record.Reply.BodyBytes, record.Reply.Body = hex.EncodeToString(sum[:]), int64(len(text)), &place
	}
	line, err := encodeLine(record)
	if err != nil {
		return fmt.Errorf("exchange %s: %w", record.ID, err)
	}
	if w.lines.Available() < len(line) {
		// The line is about to go out by itself.
		if err := w.frames.Flush(); err != nil {
			return err
		}
	}
	if _, err := w.lines.Write(line); err != nil {
		return err
	}
	w.rows = append(w.rows, row{key: keyOf(record.ID), offset: w.at, length: int64(len(line))})
	w.at += int64(len(line))
	return nil
}

// encodeLine writes a line of RecordsFile.
func encodeLine(record Record) ([]byte, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	line := make([]byte, 0, len(text)+len(lineBegins)+len(lineGoesOn)+2*len(sum)+2)
	line = append(line, lineBegins...)
	line = hex.AppendEncode(line, sum[:])
	line = append(line, lineGoesOn...)
	line = append(line, text...)
	return append(line, '}', '\n'), nil
}

const lineBegins, lineGoesOn = `{"sha256":"`, `","record":`

// Close writes what is on its way, and the index. The error says what could not be written.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	w.changed.Broadcast()
	w.mu.Unlock()
	<-w.done
	failed := w.failed
	if failed == nil {
		if err := writeIndex(filepath.Join(w.dir, IndexFile), w.rows, w.at); err != nil {
			failed = fmt.Errorf("write the index of exchanges: %w", err)
		}
	}
	return errors.Join(failed, w.encoder.Close(), w.closeFiles())
}

func (w *Writer) closeFiles() error {
	var failed error
	for _, file := range []*os.File{w.records, w.bodies} {
		if file != nil {
			failed = errors.Join(failed, file.Close())
		}
	}
	return failed
}
