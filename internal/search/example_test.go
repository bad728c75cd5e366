package search_test

import (
	"context"
	"log"
	"os"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

func Example() {
	out := log.New(os.Stdout, "", 0)
	ix := search.NewIndex(search.Options{Base: "https://ccr.example.test/fhir"})
	for _, resource := range []fhir.Resource{
		{"resourceType": "Patient", "id": "p", "identifier": []any{map[string]any{"system": fhir.NHSNumberSystem, "value": "9990000018"}}},
		{"resourceType": "Condition", "id": "c", "subject": map[string]any{"reference": "Patient/p"}, "recordedDate": "2024-03"},
	} {
		if err := ix.Put(resource); err != nil {
			out.Println(err)
			return
		}
	}
	query, err := search.Parse("Condition", "patient.identifier=9990000018&recorded-date=ge2024-03-31&_include=Condition:patient&colour=red", search.Options{})
	if err != nil {
		out.Println(err)
		return
	}
	result, err := ix.Search(context.Background(), query)
	if err != nil {
		out.Println(err)
		return
	}
	for _, match := range result.Matches {
		out.Println("match", match.Reference())
	}
	for _, included := range result.Included {
		out.Println("include", included.Reference())
	}
	for _, ignored := range query.Ignored() {
		out.Println("ignored", ignored.Param)
	}
	// Output:
	// match Condition/c
	// include Patient/p
	// ignored colour
}
