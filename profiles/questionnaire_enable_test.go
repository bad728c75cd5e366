package profiles_test

import (
	"fmt"
	"testing"
)

// TestAConditionThatCannotBeToldNeitherEnablesNorForbids holds a question to what enables it, answered and left out.
func TestAConditionThatCannotBeToldNeitherEnablesNorForbids(t *testing.T) {
	const (
		holds, fails, unknown = "holds", "fails", "unknown"
		ucum                  = `{"value":%d,"unit":%q,"code":%[2]q,"system":"http://unitsofmeasure.org"}`
	)
	tablets := `{"value":1,"code":"tablet","system":"http://example.org"}`
	for _, c := range []struct{ typ, kind, operator, condition, answer, want string }{
		{"date", "Date", "=", `"2020-05-01"`, `"2020-05-01"`, holds},
		{"date", "Date", "=", `"2020-05-01"`, `"2020-05"`, unknown},
		{"date", "Date", "=", `"2020-05-01"`, `"2020-06"`, fails},
		{"date", "Date", "!=", `"2020-05-01"`, `"2020-05"`, unknown},
		{"date", "Date", "!=", `"2020-05-01"`, `"2020-06"`, holds},
		{"date", "Date", "<=", `"2020-05-01"`, `"2020"`, unknown},
		{"date", "Date", "<=", `"2020-05-01"`, `"2019"`, holds},
		{"date", "Date", ">", `"2020-05-01"`, `"2019"`, fails},
		{"dateTime", "DateTime", "=", `"2020-05-01T10:00:00Z"`, `"2020-05-01T11:00:00+01:00"`, holds},
		{"dateTime", "DateTime", "!=", `"2020-05-01T10:00:00Z"`, `"2020-05-01T11:00:00+01:00"`, fails},
		{"time", "Time", "=", `"10:00:00"`, `"10:00:00.0"`, holds},
		{"quantity", "Quantity", "=", fmt.Sprintf(ucum, 1, "kg"), fmt.Sprintf(ucum, 1000, "g"), holds},
		{"quantity", "Quantity", "!=", fmt.Sprintf(ucum, 1, "kg"), fmt.Sprintf(ucum, 1, "m"), holds},
		{"quantity", "Quantity", "=", fmt.Sprintf(ucum, 1, "kg"), fmt.Sprintf(ucum, 1, "m"), fails},
		{"quantity", "Quantity", ">", fmt.Sprintf(ucum, 1, "kg"), fmt.Sprintf(ucum, 2, "m"), fails},
		{"quantity", "Quantity", "=", fmt.Sprintf(ucum, 1, "kg"), tablets, unknown},
		{"quantity", "Quantity", "=", tablets, tablets, holds},
		{"string", "String", ">", `"a"`, `"b"`, fails},
		{"integer", "Integer", "!=", `1`, `1`, fails},
	} {
		dependent := func(required bool) string {
			return fmt.Sprintf(`{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[{"linkId":"first","type":%q},
			{"linkId":"second","type":"string","required":%v,"enableWhen":[{"question":"first","operator":%q,"answer%s":%s}]}]}`, c.typ, required, c.operator, c.kind, c.condition)
		}
		first := fmt.Sprintf(`{"linkId":"first","answer":[{"value%s":%s}]}`, c.kind, c.answer)
		both := judge(t, with(t, dependent(false)), answered(first+`,{"linkId":"second","answer":[{"valueString":"x"}]}`))
		if (len(both) > 0) != (c.want == fails) {
			t.Errorf("%s %s %s, which %s: answered, it is %v", c.answer, c.operator, c.condition, c.want, both)
		}
		one := judge(t, with(t, dependent(true)), answered(first))
		if (len(one) > 0) != (c.want == holds) {
			t.Errorf("%s %s %s, which %s: left out, it is %v", c.answer, c.operator, c.condition, c.want, one)
		}
	}
}

// TestAnUnknownConditionAmongOthersDecidesOnlyWhereTheyDoNot has two conditions, of which all or any must hold.
func TestAnUnknownConditionAmongOthersDecidesOnlyWhereTheyDoNot(t *testing.T) {
	const unknown, holds, fails = `"2020"`, `"2019"`, `"2021"`
	for _, c := range []struct {
		behaviour, first, second string
		forbidden                bool
	}{
		{"all", unknown, holds, false},
		{"all", unknown, fails, true},
		{"all", fails, unknown, true},
		{"any", unknown, fails, false},
		{"any", fails, fails, true},
		{"any", holds, fails, false},
		{"all", holds, fails, true},
	} {
		r := with(t, `{"resourceType":"Questionnaire","url":"http://example.org/Questionnaire/form","status":"active","item":[{"linkId":"a","type":"date"},{"linkId":"b","type":"date"},
		{"linkId":"c","type":"string","enableBehavior":"`+c.behaviour+`","enableWhen":[{"question":"a","operator":"<","answerDate":"2020-05-01"},{"question":"b","operator":"<","answerDate":"2020-05-01"}]}]}`)
		got := judge(t, r, answered(`{"linkId":"a","answer":[{"valueDate":`+c.first+`}]},{"linkId":"b","answer":[{"valueDate":`+c.second+`}]},{"linkId":"c","answer":[{"valueString":"x"}]}`))
		if (len(got) > 0) != c.forbidden {
			t.Errorf("%s of %s and %s: %v", c.behaviour, c.first, c.second, got)
		}
	}
}
