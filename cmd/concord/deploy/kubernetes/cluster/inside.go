package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// clock is the instant that runs and mocks take for the present.
const clock = "2026-03-02T09:00:00Z"

// within is how long all of it may take.
const within = 40 * time.Minute

// inside is what the first process of the new namespaces does.
func inside(ctx context.Context, o options, out, says io.Writer) error {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	p := &plane{work: o.work, group: os.Getenv("CONCORD_CLUSTER_GROUP")}
	if err := settle(o.work); err != nil {
		return err
	}
	for _, folder := range []string{"logs", "etc/cni", "etc/certs", "volume", "volumeplugins"} {
		if err := os.MkdirAll(p.path(folder), 0o755); err != nil {
			return err
		}
	}
	begun := time.Now()
	step := func(format string, args ...any) {
		_, _ = fmt.Fprintf(out, "%5.0f s  %s\n", time.Since(begun).Seconds(), fmt.Sprintf(format, args...))
	}
	err := p.all(ctx, o, step)
	if err != nil && o.keep {
		_, _ = fmt.Fprintln(says, "what each program said is in", p.path("logs"))
	}
	return err
}

func (p *plane) all(ctx context.Context, o options, step func(string, ...any)) error {
	if err := p.control(ctx); err != nil {
		return err
	}
	step("etcd, API server, controllers and scheduler run")
	if err := p.node(ctx); err != nil {
		return err
	}
	step("the node is ready")
	var err error
	if p.tls, err = authority(p.path("etc", "authority.pem")); err != nil {
		return err
	}
	if err := p.overlay(configuration(o)); err != nil {
		return err
	}
	if err := p.accepted(ctx); err != nil {
		return err
	}
	step("each manifest is accepted, field by field, and a pod that is not restricted is refused")
	s, err := p.systems(ctx, clock)
	if err != nil {
		return err
	}
	memory := p.measure(ctx)
	defer func() {
		for _, name := range slices.Sorted(maps.Keys(memory())) {
			step("at most %4d MB: %s", memory()[name]>>20, name)
		}
	}()
	if err := p.whole(ctx); err != nil {
		return err
	}
	j, pods, err := p.watch(ctx, "concord-whole", nil)
	if err != nil {
		return p.explain(err, pods)
	}
	verdict, requests := -1, 0
	for _, d := range pods {
		verdict, requests = d.exit(), s.from(d.Status.PodIP)
		step("whole run: %s, %d requests; %s", d, requests, j.ended())
	}
	if verdict < 0 || requests == 0 {
		return fmt.Errorf("the whole run did not run (%d requests, %d without a token)", requests, s.refused())
	}
	if err := p.shards(ctx, s, requests, step); err != nil {
		return err
	}
	if err := p.merged(ctx, "merge", "concord-merge", verdict, step); err != nil {
		return err
	}
	if err := p.nightly(ctx, verdict, step); err != nil {
		return err
	}
	if err := p.objects(ctx, verdict, step); err != nil {
		return err
	}
	if n := s.refused(); n != 0 {
		return fmt.Errorf("%d requests came without the token of the Secret", n)
	}
	return nil
}

// shards runs the Job of the shards, kills one and evicts another half-way, and holds what the Job did to its rules.
func (p *plane) shards(ctx context.Context, s *systems, whole int, step func(string, ...any)) error {
	if err := p.kubectlOK(ctx, "apply", "--validate=strict", "-k", p.path("shards")); err != nil {
		return err
	}
	const killed, evicted = "1", "2"
	done := map[string]bool{}
	j, pods, err := p.watch(ctx, "concord-shards", func(d pod) error {
		if done[d.index()] || d.Status.Phase != "Running" || s.from(d.Status.PodIP) < whole/8 {
			return nil
		}
		switch d.index() {
		case killed:
			done[killed] = true
			step("kill shard %s after %d requests", d.index(), s.from(d.Status.PodIP))
			return kill("/runs/shards/" + killed)
		case evicted:
			done[evicted] = true
			step("evict shard %s after %d requests", d.index(), s.from(d.Status.PodIP))
			return p.evict(ctx, d.Metadata.Name)
		}
		return nil
	})
	if err != nil {
		return p.explain(err, pods)
	}
	var failed, disrupted bool
	for _, name := range slices.Sorted(maps.Keys(pods)) {
		d := pods[name]
		step("shard %s: %s, %d requests", d.index(), d, s.from(d.Status.PodIP))
		failed = failed || d.index() == killed && d.Metadata.Annotations[failedOf] > "0"
		disrupted = disrupted || d.index() == evicted && d.Metadata.Annotations[ignored] > "0"
	}
	step("shards: %s; completed %s, %d pods failed", j.ended(), j.Status.CompletedIndexes, j.Status.Failed)
	if !strings.HasPrefix(j.ended(), "Complete") || j.Status.CompletedIndexes != "0-3" {
		return p.explain(errors.New("the Job is not complete"), pods)
	}
	if !done[killed] || !done[evicted] {
		return errors.New("a shard was through before it was half-way: ask for more checks, or slower")
	}
	if !failed || !disrupted {
		return fmt.Errorf("the killed shard counts against its limit: %t; the evicted one does not: %t", failed, disrupted)
	}
	return nil
}

// merged joins the run folders by the Job of an overlay, and holds what comes out against the whole run.
func (p *plane) merged(ctx context.Context, overlay, name string, verdict int, step func(string, ...any)) error {
	if overlay != "" {
		if err := p.kubectlOK(ctx, "apply", "--validate=strict", "-k", p.path(overlay)); err != nil {
			return err
		}
	}
	j, pods, err := p.watch(ctx, name, nil)
	if err != nil {
		return p.explain(err, pods)
	}
	for _, d := range pods {
		step("merge: %s; %s", d, j.ended())
		if d.exit() != verdict {
			return p.explain(fmt.Errorf("the merge ended with %d, and the whole run with %d", d.exit(), verdict), pods)
		}
	}
	if overlay == "merge-objects" {
		access := []string{"SSL_CERT_FILE=" + p.path("etc", "authority.pem")}
		for name, value := range storageAccess() {
			access = append(access, name+"="+value)
		}
		if _, err := output(ctx, "", "env", append(access, p.path("bin", "concord"), "copy", "s3://concord-runs/merged", p.path("volume", "merged"))...); err != nil {
			return err
		}
	}
	size, err := p.same("merged", "whole")
	if err != nil {
		return err
	}
	step("run.json of the merge is that of the whole run: %d bytes", size)
	return os.RemoveAll(p.path("volume", "merged"))
}

// nightly makes the CronJobs run now.
func (p *plane) nightly(ctx context.Context, verdict int, step func(string, ...any)) error {
	if err := p.kubectlOK(ctx, "apply", "--validate=strict", "-k", p.path("nightly")); err != nil {
		return err
	}
	if err := p.kubectlOK(ctx, "--namespace", "concord", "create", "job", "of-a-night", "--from=cronjob/concord-shards"); err != nil {
		return err
	}
	if err := p.complete(ctx, "of-a-night", step); err != nil {
		return err
	}
	if err := p.kubectlOK(ctx, "--namespace", "concord", "create", "job", "merge-of-a-night", "--from=cronjob/concord-merge"); err != nil {
		return err
	}
	return p.merged(ctx, "", "merge-of-a-night", verdict, step)
}

// objects runs the Jobs that keep run folders in object storage.
func (p *plane) objects(ctx context.Context, verdict int, step func(string, ...any)) error {
	if err := p.storage(ctx); err != nil {
		return err
	}
	if err := p.kubectlOK(ctx, "apply", "--validate=strict", "-k", p.path("objects")); err != nil {
		return err
	}
	if err := p.complete(ctx, "concord-shards-objects", step); err != nil {
		return err
	}
	return p.merged(ctx, "merge-objects", "concord-merge-objects", verdict, step)
}

// complete waits for a Job that is to end well.
func (p *plane) complete(ctx context.Context, name string, step func(string, ...any)) error {
	j, pods, err := p.watch(ctx, name, nil)
	if err == nil && !strings.HasPrefix(j.ended(), "Complete") {
		err = fmt.Errorf("the Job %s is not complete: %s", name, j.ended())
	}
	if err != nil {
		return p.explain(err, pods)
	}
	step("%s: %s; completed %s", name, j.ended(), j.Status.CompletedIndexes)
	return nil
}

// explain adds to an error what the containers of pods said last.
func (p *plane) explain(err error, pods map[string]pod) error {
	text := err.Error()
	for _, name := range slices.Sorted(maps.Keys(pods)) {
		text += "\n" + pods[name].String()
	}
	return errors.New(text + "\n" + lastWords())
}

// configuration is the concord.yaml of the base with the addresses of the mocks, and with a part of what can be asked.
func configuration(o options) string {
	text := "systems:\n"
	for _, one := range both() {
		text += fmt.Sprintf("  - {name: %s, baseURL: %q, headers: {Authorization: \"Bearer ${%s_TOKEN}\"}}\n", one.name, one.url(), strings.ToUpper(one.name))
	}
	text += fmt.Sprintf("rate: %g\nconcurrency: 8\ntimeout: 1m\nclock: %q\nchecks: [%s]\n", o.rate, clock, quoted(o.checks))
	if o.providers != "all" {
		text += fmt.Sprintf("providers: [%s]\n", quoted(o.providers))
	}
	return text
}

func quoted(list string) string {
	parts := strings.Split(list, ",")
	for i, part := range parts {
		parts[i] = fmt.Sprintf("%q", part)
	}
	return strings.Join(parts, ", ")
}
