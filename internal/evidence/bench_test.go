package evidence_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"concord.example/concord/internal/evidence"
)

// BenchmarkWrite records the exchanges of a run folder again, packed and as the loose files of builds before. The folder is
// named by CONCORD_RUN; without one, invented exchanges are written.
func BenchmarkWrite(b *testing.B) {
	records, bodies := exchanges(2000)
	if run := os.Getenv("CONCORD_RUN"); run != "" {
		records, bodies = nil, nil
		log := open(b, filepath.Join(run, "exchanges"))
		for record, err := range log.All() {
			if err != nil {
				b.Fatal(err)
			}
			body, err := log.Body(record)
			if err != nil {
				b.Fatal(err)
			}
			records, bodies = append(records, record), append(bodies, body)
		}
	}
	for _, way := range []struct {
		name  string
		write func() string
	}{
		{"packed", func() string {
			dir := filepath.Join(b.TempDir(), "exchanges")
			w, err := evidence.Create(dir)
			if err != nil {
				b.Fatal(err)
			}
			write(b, w, records, bodies)
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			return dir
		}},
		{"loose", func() string { return looseFolder(b, records, bodies) }},
	} {
		b.Run(way.name, func(b *testing.B) {
			began := processor(b)
			dir := ""
			for b.Loop() {
				dir = way.write()
			}
			b.ReportMetric(float64((processor(b)-began).Milliseconds())/float64(b.N), "cpu-ms/op")
			files, size := measure(b, dir)
			b.ReportMetric(float64(files), "files")
			b.ReportMetric(float64(size)/1e6, "MB-on-disk")
		})
	}
}

// measure counts the files below a folder and what they take on a disk that is divided into blocks of 4 KiB.
func measure(b *testing.B, dir string) (files int, size int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		files++
		size += (info.Size() + 4095) / 4096 * 4096
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return files, size
}

// processor is the processor time of the process so far.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Skip("this system does not tell processor time")
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
