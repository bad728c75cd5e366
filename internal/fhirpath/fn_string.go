package fhirpath

import (
	"strings"
	"unicode/utf8"
)

// stringFunction finds the functions of the specification's section on string manipulation.
func stringFunction(name string) (function, bool) {
	switch name {
	case "indexOf":
		return textFunction(1, 1, KindInteger, func(e *Evaluator, n *scalar, s string) (Item, bool, error) {
			sub, ok, err := e.stringArgument(n.args[0], n.pos, "indexOf()")
			return Integer(characterIndex(s, strings.Index(s, sub))), ok, err
		})
	case "lastIndexOf":
		return textFunction(1, 1, KindInteger, func(e *Evaluator, n *scalar, s string) (Item, bool, error) {
			sub, ok, err := e.stringArgument(n.args[0], n.pos, "lastIndexOf()")
			return Integer(characterIndex(s, strings.LastIndex(s, sub))), ok, err
		})
	case "substring":
		return textFunction(1, 2, KindString, substring)
	case "startsWith":
		return textTest(strings.HasPrefix)
	case "endsWith":
		return textTest(strings.HasSuffix)
	case "contains":
		return textTest(strings.Contains)
	case "upper":
		return textMap(strings.ToUpper)
	case "lower":
		return textMap(strings.ToLower)
	case "trim":
		return textMap(func(s string) string { return strings.Trim(s, " \t\r\n") })
	case "replace":
		return textFunction(2, 2, KindString, replaceText)
	case "length":
		return textFunction(0, 0, KindInteger, func(_ *Evaluator, _ *scalar, s string) (Item, bool, error) {
			return Integer(int64(utf8.RuneCountInString(s))), true, nil
		})
	case "matches", "matchesFull", "replaceMatches":
		return regexFunction(name)
	case "toChars":
		return splitting(0, func(*Evaluator, *collector) (string, bool, error) { return "", true, nil })
	case "split":
		return splitting(1, func(e *Evaluator, n *collector) (string, bool, error) {
			return e.stringArgument(n.args[0], n.pos, "split()")
		})
	case "join":
		return collectionFunction(0, 1, hasKind(KindString), joinText)
	}
	return function{}, false
}

// textFunction describes a function of a single string.
func textFunction(low, high int, result Kind, run func(*Evaluator, *scalar, string) (Item, bool, error)) (function, bool) {
	return scalarFunction(low, high, result, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
		s, ok, err := e.inputText(&in, n.pos, n.name)
		if err != nil || !ok {
			return Item{}, false, err
		}
		if err := e.work(len(s) / 1024); err != nil {
			return Item{}, false, err
		}
		return run(e, n, s)
	})
}

// inputText reads an input that must be a string; a primitive without a value has none.
func (e *Evaluator) inputText(in *Item, pos int, name string) (string, bool, error) {
	if in.kind == KindElement && in.data == nil {
		return "", false, nil
	}
	s, ok := in.str()
	if !ok || in.class() != KindString {
		return "", false, e.fail(pos, "%s() needs a string, found %s", name, describe(in))
	}
	return s, true, nil
}

// textTest describes a function that asks about a part of a string.
func textTest(test func(s, part string) bool) (function, bool) {
	return textFunction(1, 1, KindBoolean, func(e *Evaluator, n *scalar, s string) (Item, bool, error) {
		part, ok, err := e.stringArgument(n.args[0], n.pos, n.label)
		if err != nil || !ok {
			return Item{}, false, err
		}
		return Boolean(test(s, part)), true, nil
	})
}

// textMap describes a function from a string to a string of about the same length.
func textMap(change func(string) string) (function, bool) {
	return textFunction(0, 0, KindString, func(e *Evaluator, _ *scalar, s string) (Item, bool, error) {
		if err := e.addText(len(s)); err != nil {
			return Item{}, false, err
		}
		return String(change(s)), true, nil
	})
}

// characterIndex turns a byte offset into a count of characters; -1 stays.
func characterIndex(s string, offset int) int64 {
	if offset < 0 {
		return -1
	}
	return int64(utf8.RuneCountInString(s[:offset]))
}

// byteOffset is where the n-th character begins; the length when there are fewer.
func byteOffset(s string, n int64) int {
	if n <= 0 {
		return 0
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func substring(e *Evaluator, n *scalar, s string) (Item, bool, error) {
	start, ok, err := e.integerArgument(n.args[0], n.pos, "substring()")
	if err != nil || !ok {
		return Item{}, false, err
	}
	length, limited := int64(0), false
	if len(n.args) == 2 {
		if length, limited, err = e.integerArgument(n.args[1], n.pos, "substring()"); err != nil {
			return Item{}, false, err
		}
	}
	if start < 0 || start >= int64(utf8.RuneCountInString(s)) {
		return Item{}, false, nil
	}
	s = s[byteOffset(s, start):]
	if limited {
		s = s[:byteOffset(s, length)]
	}
	return String(s), true, nil
}

func replaceText(e *Evaluator, n *scalar, s string) (Item, bool, error) {
	pattern, okP, err := e.stringArgument(n.args[0], n.pos, "replace()")
	if err != nil {
		return Item{}, false, err
	}
	with, okW, err := e.stringArgument(n.args[1], n.pos, "replace()")
	if err != nil || !okP || !okW {
		return Item{}, false, err
	}
	found := strings.Count(s, pattern) // one more than the characters for the empty pattern
	if err := e.addProduct(len(s), found, len(with)); err != nil {
		return Item{}, false, err
	}
	return String(strings.ReplaceAll(s, pattern, with)), true, nil
}

// addProduct counts text of a length plus a number of pieces, before it is built.
func (e *Evaluator) addProduct(length, pieces, size int) error {
	if size > 0 && pieces > (e.limits.Text-min(length, e.limits.Text))/size {
		return e.addText(e.limits.Text + 1)
	}
	return e.addText(length + pieces*size)
}

// splitting describes split() and toChars(); an empty separator splits into characters.
func splitting(args int, separator func(*Evaluator, *collector) (string, bool, error)) (function, bool) {
	return collectionFunction(args, args, hasKind(KindString), func(e *Evaluator, n *collector, base int) error {
		in, ok, err := e.takeSingle(n, base)
		if err != nil || !ok {
			return err
		}
		s, ok, err := e.inputText(&in, n.pos, n.name)
		if err != nil || !ok {
			return err
		}
		by, ok, err := separator(e, n)
		if err != nil || !ok {
			return err
		}
		if err := e.addText(len(s)); err != nil {
			return err
		}
		for part := range strings.SplitSeq(s, by) {
			if err := e.push(String(part)); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeSingle takes the input, which must have at most one item, off the stack.
func (e *Evaluator) takeSingle(n *collector, base int) (Item, bool, error) {
	count := len(e.stack) - base
	if count > 1 {
		return Item{}, false, e.fail(n.pos, "%s() needs a single item, found %d", n.name, count)
	}
	if count == 0 {
		return Item{}, false, nil
	}
	it := e.stack[base]
	e.stack = e.stack[:base]
	return it, true, nil
}

func joinText(e *Evaluator, n *collector, base int) error {
	if len(e.stack) == base {
		return nil
	}
	separator := ""
	if len(n.args) == 1 {
		var err error
		if separator, _, err = e.stringArgument(n.args[0], n.pos, "join()"); err != nil {
			return err
		}
	}
	size := 0
	parts := make([]string, 0, len(e.stack)-base)
	for i := base; i < len(e.stack); i++ {
		s, ok, err := e.inputText(&e.stack[i], n.pos, "join")
		if err != nil {
			return err
		}
		if ok {
			parts = append(parts, s)
			size += len(s)
		}
	}
	if err := e.addProduct(size, len(parts), len(separator)); err != nil {
		return err
	}
	return e.replace(base, String(strings.Join(parts, separator)))
}
