package proof_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the heap grow: a run with all that it was told lives for the whole test, and marking it again and again
// is a third of its time. It stops growing where small machines would begin to swap.
func TestMain(m *testing.M) {
	debug.SetGCPercent(200)
	debug.SetMemoryLimit(3 << 30)
	os.Exit(m.Run())
}
