package exchange_test

import (
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
)

func TestAnswersAreKeptWithoutNumbersOfTheLiving(t *testing.T) {
	const live, spaced, test = "4010232137", "401 023 2137", "9990000018"
	for name, c := range map[string]struct{ body, want string }{
		"an identifier": {
			`{"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + live + `"}]}`,
			`{"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"**********"}]}`,
		},
		"its value first, with an extension": {
			`{"value" : "` + live + `","extension":[{"url":"x","valueCode":"a"}],"system":"https://fhir.nhs.uk/Id/nhs-number"}`,
			`{"value" : "**********","extension":[{"url":"x","valueCode":"a"}],"system":"https://fhir.nhs.uk/Id/nhs-number"}`,
		},
		"everywhere else that it stands": {
			`{"id":"` + live + `","text":{"div":"NHS ` + live + `"},"identifier":[{"system":"nhs-number","value":"` + live + `"}]}`,
			`{"id":"**********","text":{"div":"NHS **********"},"identifier":[{"system":"nhs-number","value":"**********"}]}`,
		},
		"in groups": {
			`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + spaced + `"}`,
			`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"************"}`,
		},
		"in a link": {
			`{"url":"https://a.test/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|` + live + `"}`,
			`{"url":"https://a.test/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|**********"}`,
		},
		"a number of the test range": {
			`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + test + `"}`,
			`{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + test + `"}`,
		},
		"a code of ten digits": {
			`{"coding":[{"system":"http://snomed.info/sct","code":"` + live + `"}],"note":"nhs-number"}`,
			`{"coding":[{"system":"http://snomed.info/sct","code":"` + live + `"}],"note":"nhs-number"}`,
		},
		"no JSON": {`<p>nhs-number ` + live, `<p>nhs-number **********`},
		"cut off": {`nhs-number`, `nhs-number`},
		"nothing": {"", ""},
	} {
		if got := exchange.MaskLiveNumbers(c.body); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func FuzzMaskLiveNumbers(f *testing.F) {
	f.Add(`{"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"4010232137"}]}`)
	f.Add(`nhs-number}}}{{{"value":"4010232137"`)
	f.Fuzz(func(t *testing.T, body string) {
		masked := exchange.MaskLiveNumbers(body)
		if len(masked) != len(body) {
			t.Errorf("%q became %q", body, masked)
		}
		if !strings.Contains(body, "nhs-number") && masked != body {
			t.Errorf("%q says nothing of NHS numbers and became %q", body, masked)
		}
	})
}

func BenchmarkMaskLiveNumbers(b *testing.B) {
	for name, one := range map[string]string{
		"names": "nhs-number ", "braces": "nhs-number}", "patients": `{"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"4010232137"}]},`,
	} {
		for _, times := range []int{1, 10, 100} {
			body := strings.Repeat(one, 1000*times)
			b.Run(name+" x"+strconv.Itoa(times), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				for range b.N {
					exchange.MaskLiveNumbers(body)
				}
			})
		}
	}
}

func TestManyDifferentNumbersAreMaskedInOnePass(t *testing.T) {
	var body, want strings.Builder
	for i := range 20_000 {
		digits := strconv.Itoa(400_000_000 + i)
		sum := 0
		for place := range 9 {
			sum += int(digits[place]-'0') * (10 - place)
		}
		if check := (11 - sum%11) % 11; check < 10 {
			body.WriteString("nhs-number|" + digits + strconv.Itoa(check) + ",")
			want.WriteString("nhs-number|**********,")
		}
	}
	if got := exchange.MaskLiveNumbers(body.String()); got != want.String() {
		t.Errorf("%.200s", got)
	}
}
