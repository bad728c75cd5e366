package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// pair is one input that both validators judge.
type pair struct {
	id string
	// about says how the input was made: "minimal", or the kind of its mutation.
	about       string
	typ         string
	text        []byte
	profiles    []string
	definitions []string
}

// bench asks both validators and keeps what differs.
type bench struct {
	oracle *oracle
	ours   ours
	names  map[string]string
	says   io.Writer
	tally  *tally
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.says, format+"\n", args...) }

// judge asks for both judgements on the pairs, tallies them, and returns the pairs in which neither finds an error.
func (b *bench) judge(ctx context.Context, pairs []pair) (clean []pair, err error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	err = b.oracle.ask(pairs, func(i int, a answer) {
		p := pairs[i]
		o := b.outcome(ctx, p, a)
		b.tally.add(o)
		if len(o.ours) == 0 && len(o.theirs) == 0 && o.failed == "" {
			clean = append(clean, p)
		}
	})
	b.say("%s: %d pairs, %d differ", pairs[0].id, b.tally.pairs, b.tally.verdicts)
	return clean, err
}

// outcome is what the two say of a pair: the errors of each.
type outcome struct {
	pair         pair
	ours, theirs []issue
	// leftOut are errors of the other validator that no comparison can count.
	leftOut []issue
	// failed says that one of the two could not judge.
	failed string
}

func (b *bench) outcome(ctx context.Context, p pair, a answer) outcome {
	o := outcome{pair: p}
	if a.Error != "" {
		o.failed = "the other validator: " + a.Error
	}
	findings, err := b.ours.judge(ctx, p)
	if err != nil {
		o.failed += "ours: " + err.Error()
	}
	for _, f := range findings {
		if f.Severity == result.SeverityError || f.Severity == result.Fatal {
			o.ours = append(o.ours, issue{place: b.place(f.Path), kind: f.Rule, text: f.Message})
		}
	}
	for _, i := range a.Issues {
		if i.Severity != "error" && i.Severity != "fatal" {
			continue
		}
		found := issue{place: b.place(i.Expression), kind: kindOf(i), text: i.Message}
		if policy(i) {
			o.leftOut = append(o.leftOut, found)
			continue
		}
		o.theirs = append(o.theirs, found)
	}
	return o
}

// ours is the validator of this module, with the registries of the definitions that were asked for.
type ours struct {
	base *profiles.Registry
	with map[string]*profiles.Registry
}

func (v *ours) judge(ctx context.Context, p pair) ([]result.Finding, error) {
	registry := v.base
	for _, d := range p.definitions {
		if v.with[d] == nil {
			with, err := v.base.With(d)
			if err != nil {
				return nil, err
			}
			v.with[d] = with
		}
		registry = v.with[d]
	}
	// An input that hangs is a finding too.
	const longest = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return registry.Validate(ctx, p.text, profiles.Options{Profiles: p.profiles})
}
