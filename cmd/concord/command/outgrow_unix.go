//go:build unix

package command

import (
	"os/signal"
	"syscall"
)

// outgrow makes a file that grows over the limit of a process (ulimit -f) an error of whoever writes it, as a full disk is. Left
// alone the signal for it ends the process.
func outgrow() { signal.Ignore(syscall.SIGXFSZ) }
