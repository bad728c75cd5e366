package profiles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"concord.example/concord/profiles/definition"
	"concord.example/concord/profiles/terminology"
)

// keyword is the extension keyword that holds a FHIR structure in a JSON Schema: a StructureDefinition with its snapshot,
// facts only.
const keyword = "x-fhir-structure"

// schemaDialect is the version of JSON Schema that the schemas are written in.
const schemaDialect = "https://json-schema.org/draft/2020-12/schema"

// Schema returns the JSON Schema (2020-12) that a profile or type compiles to. What JSON Schema cannot say is in the
// keyword "x-fhir-structure"; a validator that does not know the keyword accepts every object.
func (r *Registry) Schema(canonical string) ([]byte, error) {
	s, err := r.shapeOf(canonical)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, &UnknownProfileError{Canonical: canonical, Near: r.near(canonical)}
	}
	document := map[string]any{
		"$schema": schemaDialect, "$id": s.url, "type": "object",
		keyword: s.definition.JSON(true, false),
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(document); err != nil {
		return nil, fmt.Errorf("write JSON Schema of %s: %w", canonical, err)
	}
	return out.Bytes(), nil
}

// newJudge returns a judge with a compiler of its own, as compilers of jsonschema are for one goroutine.
func (r *Registry) newJudge() *judge {
	j := &judge{
		registry: r, schemas: map[*shape]*jsonschema.Schema{}, compiled: map[string]*shape{}, compiler: jsonschema.NewCompiler(),
		shapes: map[string]*shape{}, types: map[string]*shape{}, systems: map[string]*terminology.System{}, slips: map[string]string{}, units: map[string]string{}, usable: map[string]struct{}{}, standIn: map[string]any{},
	}
	j.compiler.Draft = jsonschema.Draft2020
	j.compiler.RegisterExtension(keyword, nil, structureKeyword{j})
	j.compiler.LoadURL = func(id string) (io.ReadCloser, error) {
		if _, err := j.named(id); err != nil {
			return nil, err
		}
		// The structure is named rather than written out, as the registry has it compiled already.
		document, err := json.Marshal(map[string]any{"$schema": schemaDialect, "$id": id, keyword: id})
		if err != nil {
			return nil, fmt.Errorf("write JSON Schema of %s: %w", id, err)
		}
		return io.NopCloser(bytes.NewReader(document)), nil
	}
	return j
}

// schemaOf returns the compiled schema of a shape.
func (j *judge) schemaOf(s *shape) (*jsonschema.Schema, error) {
	if schema := j.schemas[s]; schema != nil {
		return schema, nil
	}
	// Of several versions of a definition, the URL alone names the latest.
	id := s.url
	if latest, _ := j.registry.shapeOf(id); latest != s {
		id += "?version=" + url.QueryEscape(s.definition.Version)
	}
	j.compiled[id] = s
	schema, err := j.compiler.Compile(id)
	if err != nil {
		return nil, fmt.Errorf("compile JSON Schema of %s: %w", s.url, err)
	}
	j.schemas[s] = schema
	return schema, nil
}

// named returns the shape whose schema has the id.
func (j *judge) named(id string) (*shape, error) {
	if s := j.compiled[id]; s != nil {
		return s, nil
	}
	s, err := j.registry.shapeOf(id)
	if s == nil && err == nil {
		err = &UnknownProfileError{Canonical: id}
	}
	return s, err
}

// structureKeyword compiles the keyword for one judge.
type structureKeyword struct{ judge *judge }

// Compile reads the keyword: the canonical of a structure, or a structure written out.
func (k structureKeyword) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	switch v := m[keyword].(type) {
	case nil:
		return nil, nil //nolint:nilnil // the contract of jsonschema: nil says that the keyword is not in the schema
	case string:
		s, err := k.judge.named(v)
		if err != nil {
			return nil, err
		}
		return structureSchema{k.judge, s}, nil
	case map[string]any:
		structure, err := definition.ReadStructure(v)
		if err != nil {
			return nil, err
		}
		s, err := k.judge.registry.compile(structure)
		if err != nil {
			return nil, err
		}
		return structureSchema{k.judge, s}, nil
	default:
		return nil, fmt.Errorf("keyword %s must be a canonical or a StructureDefinition", keyword)
	}
}

// structureSchema is the keyword made ready for judging.
type structureSchema struct {
	judge *judge
	shape *shape
}

// Validate judges the resource that the judge holds and leaves the findings with it. jsonschema is told of none, so that
// it builds no tree of errors; and it is given a stand-in for the resource, because it copies the keys of every object
// that it visits, which costs more than the rest of its work.
func (s structureSchema) Validate(_ jsonschema.ValidationContext, _ any) error {
	obj := s.judge.root
	s.judge.object(s.shape.root, obj)
	s.judge.invariants(s.shape.root, obj)
	s.judge.values(s.shape.root, obj)
	return nil
}
