//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// stopTogether has the tests end with go test, which would leave them running.
func stopTogether(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
}
