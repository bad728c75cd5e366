package fhirpath

import (
	"regexp"
	"strconv"
	"strings"
)

// regex is a regular expression prepared when the FHIRPath expression was compiled.
type regex struct {
	compiled *regexp.Regexp
}

// regexFunction describes matches(), matchesFull() and replaceMatches(). Regular expressions are those of RE2, which take time
// proportional to the text: look-around and back-references are refused with an error.
func regexFunction(name string) (function, bool) {
	low, high, result, run := 1, 2, KindBoolean, matchText
	if name == "replaceMatches" {
		low, high, result, run = 2, 3, KindString, replaceMatches
	}
	f, _ := textFunction(low, high, result, run)
	build := f.build
	f.build = func(c *compiler, n *syntax, in expr, st static) (expr, static, error) {
		x, result, err := build(c, n, in, st)
		if err != nil {
			return nil, static{}, err
		}
		call := x.(*scalar)
		if pattern, ok := call.args[0].(*literal); ok && len(n.args) == low {
			if text, ok := pattern.item.str(); ok && !pattern.empty {
				re, err := compileRegex(text, "", name == "matchesFull")
				if err != nil {
					return nil, static{}, c.fail(n.args[0].pos, err.Error())
				}
				call.regex = &regex{compiled: re}
			}
		}
		return x, result, nil
	}
	return f, true
}

type regexError struct{ reason string }

func (e regexError) Error() string { return e.reason }

func compileRegex(pattern, flags string, full bool) (*regexp.Regexp, error) {
	mode := "s"
	for _, f := range flags {
		if f != 'i' && f != 'm' {
			return nil, regexError{"the flags of a regular expression are i and m, not " + strconv.QuoteRune(f)}
		}
		mode += string(f)
	}
	if full {
		pattern = `\A(?:` + pattern + `)\z`
	}
	re, err := regexp.Compile("(?" + mode + ")" + pattern)
	if err != nil {
		return nil, regexError{"the regular expression is not one of RE2: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")}
	}
	return re, nil
}

const regexCacheSize = 64

// regexOf compiles the pattern argument, or takes it from what was compiled before.
func (e *Evaluator) regexOf(n *scalar, flagsAt int) (*regexp.Regexp, bool, error) {
	if n.regex != nil {
		return n.regex.compiled, true, nil
	}
	pattern, ok, err := e.stringArgument(n.args[0], n.pos, n.label)
	if err != nil || !ok {
		return nil, false, err
	}
	flags := ""
	if len(n.args) > flagsAt {
		if flags, _, err = e.stringArgument(n.args[flagsAt], n.pos, n.label); err != nil {
			return nil, false, err
		}
	}
	full := n.name == "matchesFull"
	key := flags + "/" + pattern
	if full {
		key = "full/" + key
	}
	if re, ok := e.regexes[key]; ok {
		return re, true, nil
	}
	if err := e.addText(len(pattern)); err != nil {
		return nil, false, err
	}
	re, err := compileRegex(pattern, flags, full)
	if err != nil {
		return nil, false, e.fail(n.pos, "%s", err.Error())
	}
	if e.regexes == nil || len(e.regexes) >= regexCacheSize {
		e.regexes = make(map[string]*regexp.Regexp)
	}
	e.regexes[key] = re
	return re, true, nil
}

func matchText(e *Evaluator, n *scalar, s string) (Item, bool, error) {
	re, ok, err := e.regexOf(n, 1)
	if err != nil || !ok {
		return Item{}, false, err
	}
	return Boolean(re.MatchString(s)), true, nil
}

func replaceMatches(e *Evaluator, n *scalar, s string) (Item, bool, error) {
	re, ok, err := e.regexOf(n, 2)
	if err != nil || !ok {
		return Item{}, false, err
	}
	with, ok, err := e.stringArgument(n.args[1], n.pos, "replaceMatches()")
	if err != nil || !ok {
		return Item{}, false, err
	}
	if re.String() == "(?s)" {
		return String(s), true, nil // the empty expression matches nothing worth replacing
	}
	template := expandable(with)
	matches := re.FindAllStringSubmatchIndex(s, e.limits.Items+1)
	if len(matches) > e.limits.Items {
		return Item{}, false, e.limit("more than " + strconv.Itoa(e.limits.Items) + " matches of a regular expression")
	}
	var out []byte
	last := 0
	for _, m := range matches {
		before := len(out)
		out = append(out, s[last:m[0]]...)
		out = re.ExpandString(out, template, s, m)
		last = m[1]
		if err := e.addText(len(out) - before); err != nil {
			return Item{}, false, err
		}
	}
	out = append(out, s[last:]...)
	if err := e.addText(len(s) - last); err != nil {
		return Item{}, false, err
	}
	return String(string(out)), true, nil
}

// expandable writes a substitution for Go's regexp: $1 and ${name} are groups, \$ is a dollar sign.
func expandable(s string) string {
	if !strings.ContainsAny(s, `$\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '$' || s[i+1] == '\\'):
			i++
			if s[i] == '$' {
				b.WriteString("$$")
			} else {
				b.WriteByte('\\')
			}
		case s[i] == '$' && i+1 < len(s) && digit(s[i+1]):
			b.WriteString("${" + s[i+1:i+2] + "}")
			i++
		case s[i] == '$' && (i+1 == len(s) || s[i+1] != '{'):
			b.WriteString("$$")
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
