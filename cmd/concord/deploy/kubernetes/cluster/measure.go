package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// measure looks at how much memory each program has had at most, until ctx is done. What it returns says what was seen, in bytes.
func (p *plane) measure(ctx context.Context) func() map[string]int {
	var mu sync.Mutex
	most := map[string]int{}
	go func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for name, bytes := range resident() {
				mu.Lock()
				most[name] = max(most[name], bytes)
				mu.Unlock()
			}
		}
	}()
	return func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return maps.Clone(most)
	}
}

// resident is the peak of each process that is there now, by its name; of a pod of Concord by the folder that it writes.
func resident() map[string]int {
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
	all := map[string]int{}
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		text, err := os.ReadFile(file)
		status, errStatus := os.ReadFile(filepath.Join(filepath.Dir(file), "status"))
		found := peak.FindSubmatch(status)
		if err != nil || errStatus != nil || found == nil {
			continue
		}
		args := strings.Split(string(text), "\x00")
		name := filepath.Base(args[0])
		switch {
		case args[0] == "/concord" && len(args) > 1:
			name = "pod that does " + args[1]
			for _, arg := range args {
				if out, ok := strings.CutPrefix(arg, "--out="); ok {
					name = "pod " + out
				}
			}
		case name == "server":
			name = "etcd"
		case !strings.HasPrefix(name, "kube") && name != "containerd" || name == "kubectl":
			continue
		}
		kilobytes, _ := strconv.Atoi(string(found[1]))
		all[name] = max(all[name], kilobytes<<10)
	}
	return all
}

// lastWords are the last lines of each log that a container left.
func lastWords() string {
	files, _ := filepath.Glob("/var/log/pods/concord_*/*/*.log")
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		all.WriteString(strings.TrimPrefix(file, "/var/log/pods/") + ":\n  " + strings.Join(lines[max(0, len(lines)-8):], "\n  ") + "\n")
	}
	return all.String()
}
