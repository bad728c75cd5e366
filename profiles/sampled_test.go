package profiles_test

import (
	"slices"
	"testing"
)

func TestThePointsOfSampledDataAreDecimalsAsManyAsItsDimensions(t *testing.T) {
	const data = "fhir-format Observation.value.ofType(SampledData).data"
	for points, want := range map[string][]string{
		"1 -2.5 3e2 4":  nil,
		"E L U 1":       nil,
		"1  2\\n3 4":    nil,
		"1 2 X 4":       {data},
		"1 2 NaN 4":     {data},
		"1 2 0x1p4 4":   {data},
		"1,5 2":         {data},
		"1 2 3":         {data},
		"e l":           {data},
		"1 2 3 4 5 6 7": {data},
	} {
		resource := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueSampledData":{"origin":{"value":0},"period":1,"dimensions":2,"data":"` + points + `"}}`
		if got := judge(t, registry(t), resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", points, got, want)
		}
	}
}
