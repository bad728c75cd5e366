package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pod is what of a pod is looked at.
type pod struct {
	Metadata struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Status struct {
		Phase      string `json:"phase"`
		PodIP      string `json:"podIP"`
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
			Reason string `json:"reason"`
		} `json:"conditions"`
		ContainerStatuses []struct {
			State struct {
				Terminated *struct {
					ExitCode   int       `json:"exitCode"`
					Reason     string    `json:"reason"`
					StartedAt  time.Time `json:"startedAt"`
					FinishedAt time.Time `json:"finishedAt"`
				} `json:"terminated"`
			} `json:"state"`
		} `json:"containerStatuses"`
	} `json:"status"`
}

const (
	indexOf  = "batch.kubernetes.io/job-completion-index"
	failedOf = "batch.kubernetes.io/job-index-failure-count"
	ignored  = "batch.kubernetes.io/job-index-ignored-failure-count"
)

func (d pod) index() string { return d.Metadata.Annotations[indexOf] }

// String is a line about a pod.
func (d pod) String() string {
	text := d.Metadata.Name + " " + d.Status.Phase
	for _, c := range d.Status.ContainerStatuses {
		if t := c.State.Terminated; t != nil {
			text += fmt.Sprintf(", exit code %d (%s) after %s", t.ExitCode, t.Reason, t.FinishedAt.Sub(t.StartedAt))
		}
	}
	for _, c := range d.Status.Conditions {
		if c.Type == "DisruptionTarget" && c.Status == "True" {
			text += ", DisruptionTarget: " + c.Reason
		}
	}
	for key, says := range map[string]string{failedOf: "failed before", ignored: "disrupted before"} {
		if n := d.Metadata.Annotations[key]; n != "" && n != "0" {
			text += ", " + says + ": " + n
		}
	}
	return text
}

// exit is the exit code of a pod that has ended, and -1 before.
func (d pod) exit() int {
	for _, c := range d.Status.ContainerStatuses {
		if c.State.Terminated != nil {
			return c.State.Terminated.ExitCode
		}
	}
	return -1
}

func (p *plane) pods(ctx context.Context, job string) ([]pod, error) {
	var list struct{ Items []pod }
	err := p.get(ctx, "/api/v1/namespaces/concord/pods?labelSelector=batch.kubernetes.io/job-name%3D"+job, &list)
	return list.Items, err
}

// job is what of a Job is looked at.
type job struct {
	Status struct {
		Succeeded        int    `json:"succeeded"`
		Failed           int    `json:"failed"`
		CompletedIndexes string `json:"completedIndexes"`
		Conditions       []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"conditions"`
	} `json:"status"`
}

// ended is what a Job came to: Complete or Failed, and why; empty while it goes on.
func (j job) ended() string {
	for _, c := range j.Status.Conditions {
		if c.Status == "True" && (c.Type == "Complete" || c.Type == "Failed") {
			return strings.TrimSuffix(c.Type+": "+c.Reason+" "+c.Message, " ")
		}
	}
	return ""
}

// watch looks at a Job and its pods until the Job has ended. It returns the pods as they were seen last, also those that are gone.
func (p *plane) watch(ctx context.Context, name string, look func(pod) error) (job, map[string]pod, error) {
	seen := map[string]pod{}
	for {
		if ctx.Err() != nil {
			return job{}, seen, fmt.Errorf("the Job %s does not end: %w", name, ctx.Err())
		}
		var j job
		if err := p.get(ctx, "/apis/batch/v1/namespaces/concord/jobs/"+name, &j); err != nil {
			return j, seen, err
		}
		list, err := p.pods(ctx, name)
		if err != nil {
			return j, seen, err
		}
		for _, d := range list {
			seen[d.Metadata.Name] = d
			if look != nil {
				if err := look(d); err != nil {
					return j, seen, err
				}
			}
		}
		if j.ended() != "" {
			return j, seen, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// whole makes of the Job of the shards one that asks everything in one pod.
func (p *plane) whole(ctx context.Context) error {
	text, err := p.kubectl(ctx, "", "kustomize", p.path("shards"))
	if err != nil {
		return err
	}
	var kept []string
	for document := range strings.SplitSeq(text, "\n---\n") {
		if !strings.Contains(document, "\nkind: Job\n") {
			kept = append(kept, document)
			continue
		}
		for from, to := range map[string]string{
			"name: concord-shards": "name: concord-whole", "completions: 4": "completions: 1", "parallelism: 4": "parallelism: 1",
			"backoffLimitPerIndex: 2":   "backoffLimitPerIndex: 0", // its exit code is a verdict, also 3
			"        - --shard=job/4\n": "", "        - --defer-verdict\n": "", "--out=/runs/shards/$(JOB_COMPLETION_INDEX)": "--out=/runs/whole",
		} {
			if !strings.Contains(document, from) {
				return fmt.Errorf("the Job of the shards has no %q", from)
			}
			document = strings.ReplaceAll(document, from, to)
		}
		kept = append(kept, document)
	}
	_, err = p.kubectl(ctx, strings.Join(kept, "\n---\n"), "apply", "--validate=strict", "-f", "-")
	return err
}

// kill ends the process that writes into a folder, as the kernel does when memory is short.
func kill(out string) error {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || !slices.Contains(strings.Split(string(text), "\x00"), "--out="+out) {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return err
		}
		return syscall.Kill(id, syscall.SIGKILL)
	}
	return errors.New("no process writes " + out)
}

// evict asks the API server to evict a pod, as draining its node does.
func (p *plane) evict(ctx context.Context, name string) error {
	text := fmt.Sprintf(`{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": %q, "namespace": "concord"}}`, name)
	_, err := p.kubectl(ctx, text, "create", "--raw", "/api/v1/namespaces/concord/pods/"+name+"/eviction", "-f", "-")
	return err
}

// same holds two run folders of the volume against each other.
func (p *plane) same(a, b string) (int, error) {
	var texts [2][]byte
	for i, name := range []string{a, b} {
		var err error
		if texts[i], err = os.ReadFile(p.path("volume", name, "run.json")); err != nil {
			return 0, err
		}
	}
	if !bytes.Equal(texts[0], texts[1]) {
		return 0, fmt.Errorf("run.json of %s (%d bytes) is not that of %s (%d bytes)", a, len(texts[0]), b, len(texts[1]))
	}
	return len(texts[0]), nil
}
