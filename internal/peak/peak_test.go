package peak_test

import (
	"runtime"
	"testing"

	"concord.example/concord/internal/peak"
)

func TestThePeakStaysAfterTheMemoryIsGivenBack(t *testing.T) {
	if !peak.Reset() {
		t.Skip("this system does not tell how much memory a process has held")
	}
	before, ok := peak.Megabytes()
	if !ok {
		t.Fatal("there is no figure")
	}
	hold(64 << 20)
	runtime.GC()
	if after, _ := peak.Megabytes(); after < before+60 {
		t.Errorf("%.0f MB before, %.0f MB after holding 67 MB more", before, after)
	}
	peak.Reset()
	if again, _ := peak.Megabytes(); again > before+40 {
		t.Errorf("%.0f MB after a reset, %.0f MB at first", again, before)
	}
}

// hold uses so many bytes of memory and lets go of them.
func hold(size int) {
	held := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		held[i] = 1
	}
	runtime.KeepAlive(held)
}
