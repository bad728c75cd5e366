package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
)

// address is that of the machine in its own network: the bridge to which pods are connected.
const address = "10.88.0.1"

// apart starts this program again as the first process of new namespaces. Whatever it starts ends with it.
func apart(ctx context.Context, o options, out, says io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // the signal on the death of the parent is about the thread that started the child
	defer runtime.UnlockOSThread()
	group := "concord-cluster-" + strconv.Itoa(os.Getpid())
	// #nosec G204 -- this program
	command := exec.CommandContext(ctx, self, "-inside", "-work", o.work, "-checks", o.checks, "-providers", o.providers, "-rate", fmt.Sprint(o.rate))
	command.Stdout, command.Stderr = out, says
	command.Env = append(os.Environ(), "CONCORD_CLUSTER_GROUP="+group)
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC,
		Pdeathsig:  syscall.SIGKILL,
	}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 20 * time.Second
	if err := makeGroup(group); err != nil {
		return errors.Join(err, removeGroup(group))
	}
	return errors.Join(command.Run(), removeGroup(group))
}

const cgroups = "/sys/fs/cgroup"

// hierarchies are the folders in which a cgroup has to be made: one for each controller, or one in all where they are unified.
func hierarchies() ([]string, error) {
	if _, err := os.Stat(filepath.Join(cgroups, "cgroup.controllers")); err == nil {
		return []string{cgroups}, nil
	}
	entries, err := os.ReadDir(cgroups)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, entry := range entries {
		if entry.IsDir() {
			all = append(all, filepath.Join(cgroups, entry.Name()))
		}
	}
	return all, nil
}

// makeGroup makes the cgroup below which the kubelet makes its own.
func makeGroup(group string) error {
	all, err := hierarchies()
	if err != nil {
		return err
	}
	for _, above := range all {
		if err := os.Mkdir(filepath.Join(above, group), 0o755); err != nil {
			return err
		}
		if len(all) == 1 {
			return os.WriteFile(filepath.Join(above, group, "cgroup.subtree_control"), []byte("+cpu +cpuset +memory +pids"), 0o600)
		}
		// Everything else of the machine has a share each; the programs of a cluster would have one together.
		if err := os.WriteFile(filepath.Join(above, group, "cpu.shares"), []byte("8192"), 0o600); err != nil && filepath.Base(above) == "cpu" {
			return err
		}
		for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
			if text, err := os.ReadFile(filepath.Join(above, name)); err == nil {
				if err := os.WriteFile(filepath.Join(above, group, name), text, 0o600); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// removeGroup removes the cgroup and those below it, which are empty as soon as their processes have ended.
func removeGroup(group string) error {
	all, err := hierarchies()
	for _, above := range all {
		var folders []string
		_ = filepath.WalkDir(filepath.Join(above, group), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				folders = append(folders, path)
			}
			return nil
		})
		slices.Reverse(folders)
		for _, folder := range folders {
			err = errors.Join(err, soon(5*time.Second, func() error { return syscall.Rmdir(folder) }))
		}
	}
	return err
}

// soon tries until it succeeds or the time is over.
func soon(within time.Duration, try func() error) error {
	deadline := time.Now().Add(within)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// settle makes the new namespaces fit to live in: folders that are nobody else's, and a network with a bridge.
func settle(work string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make the mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, folder := range []string{"/run", "/var/log", "/var/lib"} {
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "mode=0755"); err != nil {
			return fmt.Errorf("mount a %s of our own: %w", folder, err)
		}
	}
	if err := tunables(work); err != nil {
		return err
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	// Without an address of its own a bridge takes one of those connected to it, and another when that pod ends: requests of other pods are lost then.
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "concord0", HardwareAddr: net.HardwareAddr{0x02, 0, 0x0a, 0x58, 0, 1}}}
	at, err := netlink.ParseAddr(address + "/24")
	if err != nil {
		return err
	}
	return errors.Join(netlink.LinkSetUp(lo), netlink.LinkAdd(bridge), netlink.AddrAdd(bridge, at), netlink.LinkSetUp(bridge))
}

// tunables shows the kubelet the settings of the kernel that it would otherwise set, for the whole machine.
func tunables(work string) error {
	for name, value := range map[string]string{
		"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
		"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
	} {
		real := filepath.Join("/proc/sys", name)
		if _, err := os.Stat(real); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		shown := filepath.Join(work, "sysctl-"+strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(shown, []byte(value+"\n"), 0o600); err != nil {
			return err
		}
		if err := syscall.Mount(shown, real, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("show %s: %w", name, err)
		}
	}
	return nil
}
