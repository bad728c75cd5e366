package snomed_test

import (
	"archive/zip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles/terminology/snomed"
)

// The concepts of a made-up release. Their ids are no content of SNOMED CT.
const (
	root, animal, dog, hound, cat, legs, four = 138875005, 900010, 900020, 900030, 900040, 900050, 900060
	gone, isA, refset, ownType                = 900070, 116680003, 900080, 900090
)

const date = "20240410"

// files returns the files of the release by name; change may break one.
func files(change func(name, text string) string) map[string]string {
	rows := func(head string, lines ...string) string { return head + "\r\n" + strings.Join(lines, "\r\n") + "\r\n" }
	concept := func(id, active int) string {
		return fmt.Sprintf("%d\t20200101\t%d\t900000000000207008\t900000000000074008", id, active)
	}
	described := func(id, of int, typ, term string) string {
		return fmt.Sprintf("%d\t20200101\t1\t900000000000207008\t%d\ten\t%s\t%s\t900000000000448009", id, of, typ, term)
	}
	related := func(id, from, to, typ int) string {
		return fmt.Sprintf("%d\t20200101\t1\t900000000000207008\t%d\t%d\t0\t%d\t900000000000011006\t900000000000451002", id, from, to, typ)
	}
	const fsn, synonym = "900000000000003001", "900000000000013009"
	name := func(pattern, content string) string {
		folder := "Terminology"
		if strings.HasPrefix(pattern, "der2") {
			folder = "Refset/Content"
		}
		return "SnomedCT_Made/Snapshot/" + folder + "/" + pattern + "_" + content + "_GB1000000_" + date + ".txt"
	}
	const refsetHead = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId"
	const uuid = "80000000-0000-4000-8000-000000000000"
	list := map[string]string{
		name("sct2_Concept", "Snapshot"): rows("id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId", concept(root, 1), concept(hound, 1), concept(animal, 1),
			concept(dog, 1), concept(cat, 1), concept(legs, 1), concept(four, 1), concept(gone, 0), concept(isA, 1), concept(refset, 1), concept(ownType, 1)),
		name("sct2_Description", "Snapshot-en"): rows("id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId",
			described(910011, dog, fsn, "Dog (animal)"), described(910012, dog, synonym, "Dog"), described(910013, dog, synonym, "Cur"),
			described(910014, gone, fsn, "Dodo (animal)")),
		name("sct2_Relationship", "Snapshot"): rows("id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId",
			related(920021, animal, root, isA), related(920022, dog, animal, isA), related(920023, hound, dog, isA), related(920024, cat, animal, isA),
			related(920025, dog, four, legs), related(920026, hound, four, legs)),
		name("der2_cRefset", "LanguageSnapshot-en"): rows(refsetHead+"\tacceptabilityId",
			uuid+"\t20200101\t1\t900000000000207008\t900000000000508004\t910012\t900000000000548007",
			uuid+"\t20200101\t1\t900000000000207008\t900000000000508004\t910013\t900000000000549004"),
		name("der2_cRefset", "AssociationSnapshot"): rows(refsetHead+"\ttargetComponentId",
			fmt.Sprintf("%s\t20200101\t1\t900000000000207008\t900000000000526001\t%d\t%d", uuid, gone, cat)),
		name("der2_Refset", "SimpleSnapshot"): rows(refsetHead,
			fmt.Sprintf("%s\t20200101\t1\t900000000000207008\t%d\t%d", uuid, refset, cat),
			fmt.Sprintf("%s\t20200101\t0\t900000000000207008\t%d\t%d", uuid, refset, dog)),
	}
	for name, text := range list {
		if change != nil {
			list[name] = change(name, text)
		}
	}
	return list
}

func archive(t *testing.T, files map[string]string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "release.zip")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for file, text := range files {
		w, err := z.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func imported(t *testing.T) *snomed.Index {
	t.Helper()
	name := filepath.Join(t.TempDir(), "index")
	if _, err := snomed.Import(context.Background(), name, archive(t, files(nil))); err != nil {
		t.Fatal(err)
	}
	x, err := snomed.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func TestAnImportedReleaseKnowsItsConcepts(t *testing.T) {
	x := imported(t)
	if want := "http://snomed.info/sct/83821000000107/version/" + date; x.Meta.Version != want {
		t.Errorf("version %s, want %s", x.Meta.Version, want)
	}
	if !x.Active(fmt.Sprint(dog)) || x.Active(fmt.Sprint(gone)) || !x.Has(fmt.Sprint(gone)) || x.Has("900021") || x.Has("0900020") || x.Has("x") || x.Has("") {
		t.Error("a concept is not told from an inactive or missing one")
	}
	if got := x.Display(fmt.Sprint(dog)); got != "Dog" {
		t.Errorf("display %q, want the preferred synonym", got)
	}
	if got := len(x.Terms(fmt.Sprint(dog))); got != 3 {
		t.Errorf("%d terms, want 3", got)
	}
	if got := x.Successors(fmt.Sprint(gone)); !slices.Equal(got, []snomed.Successor{{How: "replaced by", Code: fmt.Sprint(cat)}}) {
		t.Errorf("successors %v", got)
	}
}

func TestExpressionsSelectWhatTheyMean(t *testing.T) {
	x := imported(t)
	for expression, want := range map[string][]int{
		"900010":                     {animal},
		"< 900010 |Animal (animal)|": {dog, hound, cat},
		"<<900010":                   {animal, dog, hound, cat},
		"<! 900010":                  {dog, cat},
		"<<! 900010":                 {animal, dog, cat},
		"> 900030":                   {dog, animal, root},
		">! 900030":                  {dog},
		"descendantOf 900010":        {dog, hound, cat},
		"DescendantOrSelfOf 900010 MINUS (descendantOrSelfOf 900020 or 900040)": {animal},
		"(900040 OR 900030)":                             {cat, hound},
		"<< 900010 AND ^900080":                          {cat},
		"memberOf 900080":                                {cat},
		"<< 900010 : 900050 = 900060":                    {dog, hound},
		"<< 900010 : 900050 = *, * = 900060":             {dog, hound},
		"<< 900010 : 900050 != 900060":                   {},
		"<< 900010 : 900050 = 900010 OR 900050 = 900060": {dog, hound},
		"* MINUS << 138875005":                           {legs, four, isA, refset, ownType},
	} {
		set, err := x.Select(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		for _, id := range []int{root, animal, dog, hound, cat, legs, four, gone, isA, refset, ownType} {
			if set.Has(fmt.Sprint(id)) != slices.Contains(want, id) {
				t.Errorf("%s: %d is in: %v", expression, id, set.Has(fmt.Sprint(id)))
			}
		}
		if set.Len() != len(want) {
			t.Errorf("%s: %d concepts, want %d", expression, set.Len(), len(want))
		}
	}
}

func TestWhatCannotBeReadOfAnExpressionIsAnError(t *testing.T) {
	x := imported(t)
	for _, expression := range []string{
		"", "<", "(900010", "900010)", "900010 OR", "900010 900020", "900010 OR 900020 AND 900030", "900010 MINUS 900020 MINUS 900030", "900010 |x",
		"900010 : { 900050 = 900060 }", "900010 : [0..1] 900050 = 900060", "900010 : 900050", "^ 900090", "^ (900080 OR 900090)", "900010 {{ term = x }}",
		strings.Repeat("(", 1000),
	} {
		if _, err := x.Select(expression); err == nil {
			t.Errorf("%q was read", expression)
		}
	}
}

func TestADamagedReleaseIsRefusedWithFileAndLine(t *testing.T) {
	in := func(part string, change func(text string) string) func(name, text string) string {
		return func(name, text string) string {
			if strings.Contains(name, part) {
				return change(text)
			}
			return text
		}
	}
	for _, c := range []struct {
		name   string
		change func(name, text string) string
		want   string
	}{
		{"a line that is cut", in("sct2_Concept", func(s string) string { return s[:len(s)-20] }), "sct2_Concept_Snapshot_GB1000000_20240410.txt:12: the last line has no line end"},
		{"a missing column", in("sct2_Rel", func(s string) string { return strings.Replace(s, "\t0\t116680003", "\t116680003", 1) }), "20240410.txt:2: the line has 9 columns instead of 10"},
		{"other columns", in("sct2_Desc", func(s string) string { return strings.Replace(s, "languageCode", "language", 1) }), "20240410.txt:1: the first line does not name the columns"},
		{"an empty file", in("sct2_Concept", func(string) string { return "" }), "20240410.txt:1: the first line"},
		{"a bad identifier", in("sct2_Concept", func(s string) string { return strings.Replace(s, "900020\t", "dog\t", 1) }), `20240410.txt:5: column 1 is "dog"`},
		{"a bad date", in("sct2_Concept", func(s string) string { return strings.Replace(s, "20200101", "2020", 1) }), "20240410.txt:2: the effective time is"},
		{"a date after the release", in("sct2_Concept", func(s string) string { return strings.Replace(s, "20200101", "20250101", 1) }), "20240410.txt:2: the effective time 20250101 is after the release"},
		{"active neither 0 nor 1", in("Simple", func(s string) string { return strings.Replace(s, "\t1\t", "\tyes\t", 1) }), "20240410.txt:2: active is"},
		{"a concept that is nowhere", in("sct2_Rel", func(s string) string { return strings.Replace(s, "900040", "900041", 1) }), "20240410.txt:5: concept 900041 is in no concept file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := snomed.Import(context.Background(), filepath.Join(t.TempDir(), "index"), archive(t, files(c.change)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAnArchiveThatIsNoReleaseIsRefused(t *testing.T) {
	mixed := files(nil)
	for name, text := range mixed {
		if strings.Contains(name, "Simple") {
			delete(mixed, name)
			mixed[strings.Replace(name, date, "20231001", 1)] = text
		}
	}
	cut := archive(t, files(nil))
	data, err := os.ReadFile(cut)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		archive(t, mixed): "mixes releases",
		archive(t, map[string]string{"a.txt": "x"}): "no release in Release Format 2",
		cut:                                    "it is no archive, or it is cut",
		filepath.Join(t.TempDir(), "none.zip"): "no such file",
	} {
		folder := t.TempDir()
		_, err := snomed.Import(context.Background(), filepath.Join(folder, "index"), name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("%v: %s is left behind", err, left[0].Name())
		}
	}
}

func TestADamagedIndexIsRefusedOrHarmless(t *testing.T) {
	name := filepath.Join(t.TempDir(), "index")
	if _, err := snomed.Import(context.Background(), name, archive(t, files(nil))); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(data); at += 7 {
		broken := slices.Clone(data)
		broken[at] ^= 0xff
		other := filepath.Join(t.TempDir(), "broken")
		if err := os.WriteFile(other, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := snomed.Open(other)
		if err != nil {
			continue
		}
		x.Terms(fmt.Sprint(dog))
		x.Successors(fmt.Sprint(gone))
		_, _ = x.Select("<< 900010 : * = *")
		_, _ = x.Select("^ 900080")
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := snomed.Open(name); err == nil {
		t.Error("an empty file was opened")
	}
}

func FuzzSelect(f *testing.F) {
	for _, s := range []string{"<< 900010 MINUS (900020 OR ^900080)", "900010 : 900050 = *", "descendantOf 1|x|"} {
		f.Add(s)
	}
	name := filepath.Join(f.TempDir(), "index")
	f.Fuzz(func(t *testing.T, expression string) {
		if _, err := os.Stat(name); err != nil {
			if _, err := snomed.Import(context.Background(), name, archive(t, files(nil))); err != nil {
				t.Fatal(err)
			}
		}
		x, err := snomed.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = x.Select(expression)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
