// Package peak measures the most memory that the process has held at once, for benchmarks that promise a bound. It knows
// only what Linux tells; elsewhere there is no figure.
package peak

import (
	"bytes"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// Reset gives unused memory back to the system and begins anew: Megabytes counts from here. It reports whether the
// system can do that.
func Reset() bool {
	debug.FreeOSMemory()
	// 5 resets the peak of the resident set (proc_pid_clear_refs(5)).
	return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) == nil
}

// Megabytes is the largest resident set of the process since Reset, in 10^6 bytes, and whether the system says.
func Megabytes() (float64, bool) { return megabytes("self") }

// MegabytesOf is Megabytes for another process, since its start.
func MegabytesOf(process int) (float64, bool) { return megabytes(strconv.Itoa(process)) }

func megabytes(process string) (float64, bool) {
	status, err := os.ReadFile("/proc/" + process + "/status") //nolint:gosec // the name is a number or "self"
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(status) {
		if text, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			kibibytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")), 64)
			return kibibytes * 1024 / 1e6, err == nil
		}
	}
	return 0, false
}
