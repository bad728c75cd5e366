//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// apart keeps what is typed at the terminal of this process (an interrupt) from a process that it starts.
func apart(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
