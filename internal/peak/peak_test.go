package peak_test

import (
	"runtime"
	"testing"

	"concord/internal/peak"
)

func TestThePeakStaysAfterTheMemoryIsGivenBack(t *testing.T) {
	if !peak.Reset() {
		t.Skip("this system does not tell how much memory a process has held")
	}
	before, ok := peak.Megabytes()
	if !ok {
		t.Fatal("there is no figure")
	}
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	runtime.KeepAlive(held)
	held = nil
	runtime.GC()
	if after, _ := peak.Megabytes(); after < before+60 {
		t.Errorf("%.0f MB before, %.0f MB after holding 67 MB more", before, after)
	}
	peak.Reset()
	if again, _ := peak.Megabytes(); again > before+40 {
		t.Errorf("%.0f MB after a reset, %.0f MB at first", again, before)
	}
}
