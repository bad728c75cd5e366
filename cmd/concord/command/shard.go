package command

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// completionIndex is where Kubernetes says to a pod of an indexed Job which one it is, from 0.
const completionIndex = "JOB_COMPLETION_INDEX"

// shardFlag is --shard: i/n, or job/n for a pod of an indexed Job, which learns its number from its environment.
type shardFlag struct {
	shard   *suites.Shard
	environ func(string) string
}

// String is the shard as it is written.
func (f *shardFlag) String() string {
	if f.shard == nil || f.shard.Whole() {
		return ""
	}
	return fmt.Sprintf("%d/%d", f.shard.Index, f.shard.Of)
}

// Type names what is written.
func (f *shardFlag) Type() string { return "i/n" }

// Set reads a shard.
func (f *shardFlag) Set(text string) (err error) {
	if of, ok := strings.CutPrefix(text, "job/"); ok {
		number := f.environ(completionIndex)
		index, err := strconv.Atoi(number)
		if err != nil || index < 0 {
			return fmt.Errorf("the environment variable %s is %q; an indexed Job of Kubernetes sets it to 0, 1 and so on", completionIndex, number)
		}
		text = fmt.Sprintf("%d/%s", index+1, of)
	}
	*f.shard, err = suites.ParseShard(text)
	return err
}

// shardable says why a run cannot be shared by several processes.
func shardable(conf config.Config, shard suites.Shard) error {
	if shard.Of < 2 || len(conf.Systems) == 0 {
		return nil
	}
	if conf.Against != "" {
		return errors.New("--shard: each shard would start a partner of its own; leave --against out, or ask in one run")
	}
	if conf.Witness {
		return errors.New("--shard: with a witness, one shard would change systems while the others ask them; ask what needs a witness in a run of its own")
	}
	if at := slices.IndexFunc(conf.Systems, func(s config.System) bool { return s.AdminURL != "" }); at >= 0 {
		return fmt.Errorf("--shard: %s has an adminURL, so one shard would change it while the others ask it; leave adminURL out, and ask what changes systems in a run of its own",
			conf.Systems[at].Name)
	}
	_, err := shard.Part(suites.Manners{Rate: conf.Rate, MaxRequests: conf.MaxRequests, MaxTime: conf.MaxTime}, conf.Concurrency)
	return err
}

// digestInputs digests what a run was given, as it is kept in its folder.
func digestInputs(run string) (string, error) {
	files, err := evidence.Files(filepath.Join(run, evidence.InputsFolder))
	if err != nil {
		return "", fmt.Errorf("digest what the run was given: %w", err)
	}
	h := sha256.New()
	for _, name := range files {
		file, err := evidence.HashFile(filepath.Join(run, evidence.InputsFolder), name)
		if err != nil {
			return "", fmt.Errorf("digest what the run was given: %w", err)
		}
		_, _ = io.WriteString(h, file.Path+"\x00"+file.SHA256+"\n")
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// deferred lets a shard end well whatever its verdict, once everything that falls to it was asked: the verdict is that of all
// shards together.
func deferred(err error) error {
	var exit *exitError
	if errors.As(err, &exit) && slices.Contains([]result.Outcome{result.NotConformant, result.SelectionPassed, result.Partial}, exit.outcome) {
		return nil
	}
	return err
}

// givenTo tells a shard whether it has systems of its own, and what it was given.
func givenTo(shard *suites.Shard, conf config.Config, run string) (err error) {
	if shard.Whole() {
		return nil
	}
	shard.Apart = len(conf.Systems) == 0
	shard.Inputs, err = digestInputs(run)
	return err
}
