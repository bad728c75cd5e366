package reports_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// schema compiles run.schema.json with formats asserted.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	compiled, err := compiler.Compile("run.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// decoded reads JSON as the schema library wants it.
func decoded(t testing.TB, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestWrittenRunsMeetTheSchema(t *testing.T) {
	compiled := schema(t)
	bare := result.Run{Schema: result.Schema, ID: "x", StartedAt: fakeHead().StartedAt, Seed: 1<<64 - 1, Verdict: result.Judge(nil)}
	for name, run := range map[string]result.Run{"small": smallRun(), "full": fullRun(t), "clean": cleanRun(t), "bare": bare} {
		t.Run(name, func(t *testing.T) {
			if err := compiled.Validate(decoded(t, written(t, run, reports.Options{})[reports.RunFile])); err != nil {
				t.Errorf("%#v", err)
			}
		})
	}
}

func TestTheSchemaRefuses(t *testing.T) {
	compiled := schema(t)
	text := written(t, smallRun(), reports.Options{})[reports.RunFile]
	failed := func(run map[string]any) map[string]any { return find(t, run, "fail") }
	for _, c := range []struct {
		name  string
		spoil func(map[string]any)
	}{
		{"another version", func(r map[string]any) { r["schema"] = "concord/run/v2" }},
		{"no id", func(r map[string]any) { r["id"] = "" }},
		{"a time with an offset", func(r map[string]any) { r["startedAt"] = "2026-03-02T09:15:00+01:00" }},
		{"a 13th month", func(r map[string]any) { r["startedAt"] = "2026-13-02T09:15:00Z" }},
		{"a negative seed", func(r map[string]any) { r["seed"] = json.Number("-1") }},
		{"a null list", func(r map[string]any) { r["results"] = nil }},
		{"an unknown outcome", func(r map[string]any) { r["verdict"].(map[string]any)["outcome"] = "green" }},
		{"an unknown status", func(r map[string]any) { failed(r)["status"] = "ok" }},
		{"an unknown reason", func(r map[string]any) { failed(r)["reason"] = "tired" }},
		{"a failure without a reason", func(r map[string]any) { delete(failed(r), "reason") }},
		{"a pass with a reason", func(r map[string]any) { find(t, r, "pass")["reason"] = "broken" }},
		{"an unknown level", func(r map[string]any) { failed(r)["level"] = "shall" }},
		{"an unknown severity", func(r map[string]any) {
			failed(r)["findings"].([]any)[0].(map[string]any)["severity"] = "bad"
		}},
		{"an unknown cause", func(r map[string]any) {
			failed(r)["findings"].([]any)[0].(map[string]any)["cause"] = "weather"
		}},
		{"a finding without a rule", func(r map[string]any) { delete(failed(r)["findings"].([]any)[0].(map[string]any), "rule") }},
		{"half a millisecond", func(r map[string]any) { failed(r)["durationMs"] = json.Number("0.5") }},
		{"a provider without a code", func(r map[string]any) { r["providers"].([]any)[0].(map[string]any)["ods"] = "" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := decoded(t, text)
			c.spoil(run)
			if compiled.Validate(run) == nil {
				t.Error("the schema accepts it")
			}
		})
	}
}

// TestTheSchemaRefusesUnknownAndMissingMembersEverywhere adds a member to, and removes each required member from, every
// object of a run.
func TestTheSchemaRefusesUnknownAndMissingMembersEverywhere(t *testing.T) {
	compiled := schema(t)
	run := decoded(t, written(t, smallRun(), reports.Options{})[reports.RunFile])
	optional := []string{
		"title", "defects", "reason", "message", "findings", "code", "path", "line", "column", "expected", "actual", "profile",
		"element", "exchanges", "system", "peer", "provider", "steps", "attested", "remark",
		"latency", "decisions", "apart", "cause", "hazard", "requirement", "query", "peerQuery", "hash",
		"waiver", "declared", "parameters", "unasked",
	}
	objects := 0
	walk("run", run, func(where string, object map[string]any) {
		objects++
		object["mood"] = "good"
		if compiled.Validate(run) == nil {
			t.Errorf("an unknown member of %s is accepted", where)
		}
		delete(object, "mood")
		for _, name := range slices.Sorted(maps.Keys(object)) {
			required := !slices.Contains(optional, name) || (name == "title" && strings.Contains(where, "checks")) ||
				(name == "system" && strings.Contains(where, "providers"))
			if !required {
				continue
			}
			kept := object[name]
			delete(object, name)
			if compiled.Validate(run) == nil {
				t.Errorf("%s without %s is accepted", where, name)
			}
			object[name] = kept
		}
	})
	if objects < 50 {
		t.Errorf("looked at %d objects only", objects)
	}
}

// TestTheSchemaListsWhatTheResultModelLists holds the enumerations of the schema against the Go constants, and its
// properties against the Go fields.
func TestTheSchemaListsWhatTheResultModelLists(t *testing.T) {
	var text struct {
		Properties map[string]any `json:"properties"`
		Defs       map[string]struct {
			Enum       []string       `json:"enum"`
			Properties map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	raw, err := os.ReadFile("run.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		t.Fatal(err)
	}
	same := func(what string, want, got []string) {
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s: Go has %v, the schema %v", what, want, got)
		}
	}
	same("status", names(result.Statuses()), text.Defs["status"].Enum)
	same("reason", names(result.Reasons()), text.Defs["reason"].Enum)
	same("cause", names(result.Causes()), text.Defs["cause"].Enum)
	same("declared", fields[result.Declared](), slices.Collect(maps.Keys(text.Defs["declared"].Properties)))
	same("run", fields[result.Run](), slices.Collect(maps.Keys(text.Properties)))
	same("system", fields[result.System](), slices.Collect(maps.Keys(text.Defs["system"].Properties)))
	same("check", fields[result.Check](), slices.Collect(maps.Keys(text.Defs["check"].Properties)))
	same("provider", fields[result.Provider](), slices.Collect(maps.Keys(text.Defs["provider"].Properties)))
	same("result", fields[result.Result](), slices.Collect(maps.Keys(text.Defs["result"].Properties)))
	same("latency", fields[result.Latency](), slices.Collect(maps.Keys(text.Defs["latency"].Properties)))
	same("decision", fields[result.Decision](), slices.Collect(maps.Keys(text.Defs["decision"].Properties)))
	same("step", fields[result.Step](), slices.Collect(maps.Keys(text.Defs["step"].Properties)))
	same("finding", fields[result.Finding](), slices.Collect(maps.Keys(text.Defs["finding"].Properties)))
}

func names[T any](values []T) []string {
	var out []string
	for _, v := range values {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// fields lists the JSON names of a struct.
func fields[T any]() []string {
	var out []string
	for field := range reflect.TypeFor[T]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		out = append(out, name)
	}
	return out
}

// find returns the first result with the status, one with findings when the status is fail.
func find(t *testing.T, run map[string]any, status string) map[string]any {
	t.Helper()
	for _, r := range run["results"].([]any) {
		if r := r.(map[string]any); r["status"] == status {
			return r
		}
	}
	t.Fatalf("no result is %s", status)
	return nil
}

// walk visits every object of a JSON value.
func walk(where string, value any, visit func(string, map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(where, v)
		for _, k := range slices.Sorted(maps.Keys(v)) {
			walk(where+"."+k, v[k], visit)
		}
	case []any:
		for i, item := range v {
			walk(fmt.Sprintf("%s[%d]", where, i), item, visit)
		}
	}
}
