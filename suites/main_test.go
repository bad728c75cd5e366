package suites_test

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets the heap grow: the ledger and both stores live for the whole test, and marking them again and again is a
// third of its time. It stops growing where small machines would begin to swap.
func TestMain(m *testing.M) {
	debug.SetGCPercent(200)
	debug.SetMemoryLimit(2 << 30)
	os.Exit(m.Run())
}
