package command

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// lineJudge answers the lines of concord validate --ndjson. Many requests share a set of definitions, so the registry of
// the last set is kept.
type lineJudge struct {
	base   *profiles.Registry
	mu     sync.Mutex // over latest and with
	latest string
	with   *profiles.Registry
	turn   turns
	// besides are what every request is judged by besides its own profiles.
	besides profiles.Options
}

// lineIssue is one issue of an answer.
type lineIssue struct {
	Severity   string `json:"severity"`
	Code       string `json:"code"`
	Expression string `json:"expression"`
	Message    string `json:"message"`
	Waiver     string `json:"waiver,omitempty"`
}

// registry returns the definitions of a request: the base, and the files and folders that it names.
func (j *lineJudge) registry(definitions []string) (*profiles.Registry, error) {
	if len(definitions) == 0 {
		return j.base, nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	key := strings.Join(definitions, "\x00")
	if key == j.latest {
		return j.with, nil
	}
	with, err := j.base.With(definitions...)
	if err != nil {
		return nil, err
	}
	j.latest, j.with = key, with
	return with, nil
}

// answer validates one request line.
func (j *lineJudge) answer(ctx context.Context, line []byte) any {
	defer j.turn.take(int64(len(line)))()
	var request struct {
		ID           string          `json:"id"`
		Resource     json.RawMessage `json:"resource"`
		ResourceText *string         `json:"resourceText"`
		Profiles     []string        `json:"profiles"`
		Definitions  []string        `json:"definitions"`
	}
	type failure struct {
		ID    string `json:"id"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return failure{Error: fmt.Sprintf("read the request: %v", err)}
	}
	registry, err := j.registry(request.Definitions)
	if err != nil {
		return failure{request.ID, fmt.Sprintf("load the definitions: %v", err)}
	}
	data := []byte(request.Resource)
	if request.ResourceText != nil {
		data = []byte(*request.ResourceText)
	}
	options := j.besides
	options.Profiles = request.Profiles
	findings, err := registry.Validate(ctx, data, options)
	if err != nil {
		return failure{request.ID, err.Error()}
	}
	return struct {
		ID     string      `json:"id"`
		Issues []lineIssue `json:"issues"`
	}{request.ID, lineIssues(findings)}
}

func lineIssues(findings []result.Finding) []lineIssue {
	issues := make([]lineIssue, 0, len(findings))
	for _, f := range findings {
		issues = append(issues, lineIssue{Severity: string(f.Severity), Code: f.Code, Expression: f.Path, Message: f.Message, Waiver: f.Waiver})
	}
	return issues
}
