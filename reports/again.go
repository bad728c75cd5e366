package reports

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// againFolder is where asking again writes when the run does not say.
const againFolder = "runs/again"

// again is the command that puts the question of one result again, exactly as the run did, into another folder. It is
// written for a POSIX shell, and parses with the command line of this build.
func again(run result.Run, check string, scope result.Scope) string {
	args := []string{"--checks=" + check}
	if scope.Provider != "" {
		args = append(args, "--providers="+scope.Provider)
	} else if run.Invocation != nil && len(run.Invocation.Providers) > 0 {
		args = append(args, "--providers="+strings.Join(run.Invocation.Providers, ","))
	}
	return command(run, args...)
}

// command is "concord run" with what the run was started with and further arguments.
func command(run result.Run, args ...string) string {
	words := []string{"concord", "run"}
	folder := againFolder
	if run.Invocation != nil {
		words = append(words, run.Invocation.Arguments...)
		folder = cmp.Or(run.Invocation.Again, folder)
	} else {
		words = append(words, "--seed="+strconv.FormatUint(run.Seed, 10))
	}
	words = append(append(words, args...), "--out="+folder)
	quoted := slices.Clone(words)
	for i, word := range words {
		quoted[i] = shellQuote(oneLine(word))
	}
	return strings.Join(quoted, " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellQuote writes a word so that a POSIX shell reads it as it is.
func shellQuote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
