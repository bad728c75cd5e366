package profiles_test

import (
	"encoding/json"
	"testing"

	"concord.example/concord/profiles"
)

func TestANarrativeIsWhatThePublishedRulesAllow(t *testing.T) {
	const malformed, excluded, nothing = "error fhir-narrative Patient.text.div", "error txt-1 Patient.text.div", "error txt-2 Patient.text.div"
	const nowhere = "warning fhir-narrative Patient.text.div"
	for _, c := range []struct{ inside, want string }{
		{`<p class="a" style="color:red" title="t">x</p>`, ""},
		{`<a name="here">x</a><a href="#here">y</a>`, ""},
		{`<p xml:lang="cy">x</p>`, ""},
		{`<table><tfoot><tr><td colspan="2">x</td></tr></tfoot></table>`, ""},
		{`<font>x</font>`, excluded},
		{`<center>x</center>`, excluded},
		{`<del>x</del>`, excluded},
		{`<svg xmlns="http://www.w3.org/2000/svg"/>x`, malformed},
		{`<a href="https://example.org" target="_blank">x</a>`, excluded},
		{`<p onclick="x()">x</p>`, excluded},
		{`<p data-a="1">x</p>`, excluded},
		{`<a href="javascript:x()">x</a>`, excluded},
		{`<?x y?>x`, excluded},
		{`<p title="a" title="b">x</p>`, malformed},
		{`<P>x</P>`, excluded},
		{`x &#1; y`, malformed},
		{`x &#xD800; y`, malformed},
		{`x &#x41; y`, ""},
		{`x <!-- a -- b --> y`, malformed},
		{`x <!-- a - b --> y`, ""},
		{`x ]]> y`, malformed},
		{`x &nbsp; y`, malformed},
		{`x &made; y`, malformed},
		{`x & y`, malformed},
		{`x < y`, malformed},
		{`<p>x`, malformed},
		{`&#32;&#9;`, nothing},
		{`<!-- x -->`, nothing},
		{`<img alt="x"/>`, nothing},
		{`<img src="https://example.org/a.png" alt=""/>`, ""},
		{`<![CDATA[x]]>`, ""},
		{`<a href="#there">x</a>`, nowhere},
		{`<img src="#there" alt=""/>`, nowhere},
		{`<a href="#contained-one">x</a>`, ""},
	} {
		div, err := json.Marshal(`<div xmlns="http://www.w3.org/1999/xhtml">` + c.inside + `</div>`)
		if err != nil {
			t.Fatal(err)
		}
		got := verdictOn(t, `{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"contained-one","name":"x"}],
		 "managingOrganization":{"reference":"#contained-one"},"text":{"status":"generated","div":`+string(div)+`}}`)
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.inside, got, c.want)
		}
	}
}

func TestTheElementsOfANarrativeStandWhereHTMLHasThem(t *testing.T) {
	const wrong, odd = "error fhir-narrative Patient.text.div", "warning fhir-narrative Patient.text.div"
	for _, test := range []struct{ inside, want string }{
		{`<ul><li>a<ol><li>b</li></ol></li> </ul>`, ""},
		{`<dl><dt>a</dt><dd><p>b</p></dd></dl>`, ""},
		{`<blockquote><p>a</p><div>b</div></blockquote>`, ""},
		{`<table><caption>a</caption><colgroup><col/></colgroup><thead><tr><th>b</th></tr></thead><tbody><tr><td><ul><li>c</li></ul></td></tr></tbody></table>`, ""},
		{`<table><col/><tr><td><div><table><tr><td>c</td></tr></table></div></td></tr></table>`, ""},
		{`<p>a<br/><img src="https://example.org/a.png" alt=""/><b><i>c</i></b></p>`, ""},
		{`<b><p>a</p></b><span><h1>b</h1></span>`, ""},
		{`<p>a<ul><li>b</li></ul></p>`, wrong},
		{`<p>a<div>b</div></p>`, wrong},
		{`<p>a<p>b</p></p>`, wrong},
		{`<p>a<span><table><tr><td>b</td></tr></table></span></p>`, wrong},
		{`<h2><div>a</div></h2>`, wrong},
		{`<li>a</li>`, wrong},
		{`<ul>a<li>b</li></ul>`, wrong},
		{`<ul><p>b</p></ul>`, wrong},
		{`<ul><ul><li>b</li></ul></ul>`, wrong},
		{`<dl><li>b</li></dl>`, wrong},
		{`<td>a</td>`, wrong},
		{`<table><td>a</td></table>`, wrong},
		{`<table><tr>a<td>b</td></tr></table>`, wrong},
		{`<table><tr><tr><td>b</td></tr></tr></table>`, wrong},
		{`<div><tr><td>b</td></tr></div>`, wrong},
		{`a<br>b</br>`, wrong},
		{`<a href="https://example.org"><b><a href="https://example.org">b</a></b></a>`, wrong},
		{`<a href="">b</a>`, wrong},
		{`<a href="https://example.org/a b">b</a>`, wrong},
		{`<a href="https://example.org/{id}">b</a>`, wrong},
		{`<a href="https://example.org/StructureDefinition/a|1.0">b</a>`, ""},
		{`<a href="../a/b.html?c=d&amp;e=f">b</a>`, ""},
		{`<a href="urn:oid:1.2.3">b</a>`, wrong},
		{`<a href="ldap://example.org">b</a>`, odd},
		{`<a href="MAILTO:a@example.org">b</a>`, ""},
		{`a<img src="data:image/png;base64,AAAA" alt=""/>`, ""},
		{`a<img src="data: image/png;base64,AAAA" alt=""/>`, ""}, // as in the narratives of R4's own definitions
		{`a<img src="data:image/png;base64,AA AA" alt=""/>`, ""},
		{`a<img src="data:image/png; base64,AAAA" alt=""/>`, wrong},
		{`a<img src="a b.png" alt=""/>`, wrong},
		{`a<img src="data:image/png;base64,AA,A" alt=""/>`, wrong},
		{`a<img src="data:image/png;base64," alt=""/>`, wrong},
		{`a<img src="data:png;base64,AAAA" alt=""/>`, wrong},
	} {
		div, err := json.Marshal(`<div xmlns="http://www.w3.org/1999/xhtml">` + test.inside + `</div>`)
		if err != nil {
			t.Fatal(err)
		}
		if got := verdictOn(t, `{"resourceType":"Patient","text":{"status":"generated","div":`+string(div)+`}}`); got != test.want {
			t.Errorf("%s: got %q, want %q", test.inside, got, test.want)
		}
	}
}

func TestWhatIsPassedAsAPlainNarrativeIsOne(t *testing.T) {
	const div = `<div xmlns="http://www.w3.org/1999/xhtml"`
	for text, want := range map[string]bool{
		div + `>x</div>`: true,
		div + ` class="a"><h1 title="é">x</h1><br/><br /><table><tr><td>&amp;</td></tr></table></div>`: true,
		div + `><ul><li>x</li></ul></div>`:       true,
		div + `><ul>x</ul></div>`:                false,
		div + `><p><div>x</div></p></div>`:       false,
		div + `><li>x</li></div>`:                false,
		div + `></div>`:                          false,
		div + `> <br/> </div>`:                   false,
		div + `>x`:                               false,
		div + `>x</div>x`:                        false,
		div + `><p>x</div></p>`:                  false,
		div + `><script>x</script></div>`:        false,
		div + ` onclick="x">x</div>`:             false,
		div + `><p class="a" class="b"/>x</div>`: false,
		div + `><p class='a'>x</p></div>`:        false,
		div + `><a href="#x">x</a></div>`:        false,
		div + `><a id="x">x</a></div>`:           false,
		div + `>a ]]> b</div>`:                   false,
		div + ">a \x01 b</div>":                  false,
		div + ">a \uffff b</div>":                false,
		div + ">a \xff b</div>":                  false,
		div + `>&nbsp;</div>`:                    false,
		div + `><!-- x -->x</div>`:               false,
		div + `/>`:                               false,
		`<div>x</div>`:                           false,
		``:                                       false,
	} {
		if got := profiles.PlainNarrative(text); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
		if problem, _ := profiles.ReadNarrative(text); want && problem != "" {
			t.Errorf("%s: the reader says that it %s", text, problem)
		}
	}
}
