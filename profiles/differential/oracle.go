package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
)

// oracle is the other validator, a process that is kept.
type oracle struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// answer is what the other validator says of one input.
type answer struct {
	ID     string        `json:"id"`
	Issues []oracleIssue `json:"issues"`
	Error  string        `json:"error"`
}

// oracleIssue is one issue of an answer.
type oracleIssue struct {
	Severity   string `json:"severity"`
	Expression string `json:"expression"`
	MessageID  string `json:"messageId"`
	Invariant  string `json:"invariant"`
	Message    string `json:"message"`
}

func startOracle(ctx context.Context, command []string, stderr io.Writer) (*oracle, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the developer names the command
	c.Stderr = stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	const line = 1 << 20
	return &oracle{command: c, in: in, out: bufio.NewReaderSize(out, line)}, nil
}

// ask sends the pairs and hands each answer, in order, to take.
func (o *oracle) ask(pairs []pair, take func(int, answer)) error {
	sent := make(chan error, 1)
	go func() {
		for i := range pairs {
			line, err := json.Marshal(map[string]any{
				"id": pairs[i].id, "resourceText": string(pairs[i].text),
				"profiles": orEmpty(pairs[i].profiles), "definitions": orEmpty(pairs[i].definitions),
			})
			if err == nil {
				_, err = o.in.Write(append(line, '\n'))
			}
			if err != nil {
				sent <- fmt.Errorf("ask the other validator: %w", err)
				return
			}
		}
		sent <- nil
	}()
	for i := range pairs {
		line, err := o.out.ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("read the answer of the other validator to %s: %w", pairs[i].id, err)
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			return fmt.Errorf("read the answer of the other validator to %s: %w", pairs[i].id, err)
		}
		take(i, a)
	}
	return <-sent
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// stop ends the process by ending its input.
func (o *oracle) stop() {
	_ = o.in.Close()
	_ = o.command.Wait()
}
