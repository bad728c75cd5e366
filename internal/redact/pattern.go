package redact

import (
	"encoding/base64"
	"slices"
	"strings"
)

const (
	// deepest is how many escapes may stand inside each other: JSON in HTML in a URL.
	deepest = 3
	// anchor is how many bytes of a long secret decide. What follows them is taken out as far as it goes on.
	anchor = 64
	// cutFrom is how many bytes of a secret at the very end of a text, which may have been cut there, are taken for it.
	cutFrom = 12
	// ellipsis is what stands behind a text that was cut.
	ellipsis = "…"
)

// pattern is one spelling of a secret before any escapes.
type pattern struct {
	// text has a space for each plus sign, as forms write it.
	text string
	// wrapped says that line breaks may stand in it, as in Base64.
	wrapped bool
}

// patterns are all spellings of all secrets. They are never changed.
type patterns struct {
	secrets []string
	list    []pattern
	// first has the patterns by their first byte. pairs has a bit for each two bytes that a pattern may begin with where
	// nothing is escaped: most of a text is told by them to be none.
	first [256][]int
	pairs [1 << 16 / 64]uint64
}

// pair is the place of two bytes among the pairs.
func pair(first, second byte) (word int, bit uint64) {
	i := int(first)<<8 | int(second)
	return i / 64, 1 << (i % 64)
}

// with returns the patterns with those of one more secret.
func (p *patterns) with(secret string) *patterns {
	more := &patterns{}
	if p != nil {
		if slices.Contains(p.secrets, secret) {
			return p
		}
		more.secrets, more.list = slices.Clone(p.secrets), slices.Clone(p.list)
	}
	more.secrets = append(more.secrets, secret)
	for _, spelling := range spellings(secret) {
		if !slices.Contains(more.list, spelling) {
			more.list = append(more.list, spelling)
		}
	}
	for i, one := range more.list {
		more.first[one.text[0]] = append(more.first[one.text[0]], i)
		for _, first := range unfolded(one.text[0]) {
			seconds := unfolded(one.text[1])
			if one.wrapped {
				seconds = append(seconds, '\r', '\n')
			}
			for _, second := range seconds {
				word, bit := pair(first, second)
				more.pairs[word] |= bit
			}
		}
	}
	return more
}

// spellings are a secret as it is and what of its Base64 does not depend on what stands before and behind it, for the
// three places at which it can begin in a group of three bytes, in both alphabets.
func spellings(secret string) []pattern {
	fold := func(text string) string { return strings.ReplaceAll(text, "+", " ") }
	all := []pattern{{text: fold(secret)}}
	for before, dropped := range []int{0, 2, 3} {
		padded := strings.Repeat("\x00", before) + secret
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := alphabet.EncodeToString([]byte(padded))
			if len(padded)%3 != 0 {
				text = text[:len(text)-1]
			}
			all = append(all, pattern{text: fold(text[dropped:]), wrapped: true})
		}
	}
	return all
}

// replace puts Mark for every secret. With whole, the text is all there is; without, more may follow, and rest is the
// place from which on it must be seen again with what follows.
func (p *patterns) replace(text string, whole bool) (redacted string, rest int) {
	var b strings.Builder
	s := search{patterns: p, text: text, whole: whole, memory: newMemory()}
	done := 0
	for at := 0; at < len(text); {
		c, escaped := text[at], introduces(text[at]) && mayEscape(text, at)
		if !escaped && at+1 < len(text) {
			second := text[at+1]
			if introduces(second) && mayEscape(text, at+1) {
				if len(p.first[fold(c)]) == 0 {
					at++
					continue
				}
			} else if word, bit := pair(c, second); p.pairs[word]&bit == 0 {
				at++
				continue
			}
		}
		end, open := s.longest(at, escaped)
		if open {
			return b.String() + text[done:at], at
		}
		if end <= at {
			at++
			continue
		}
		b.WriteString(text[done:at])
		b.WriteString(Mark)
		at, done = end, end
	}
	if done == 0 {
		return text, len(text)
	}
	b.WriteString(text[done:])
	return b.String(), len(text)
}

func fold(c byte) byte {
	if c == '+' {
		return ' '
	}
	return c
}

// unfolded are the bytes that fold makes one of.
func unfolded(c byte) []byte {
	if c == ' ' {
		return []byte{' ', '+'}
	}
	return []byte{c}
}
