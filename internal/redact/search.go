package redact

import "strings"

// search looks for patterns in one text. With whole, the text is all there is; without, more may follow.
type search struct {
	*patterns
	text   string
	whole  bool
	memory *memory
}

// longest is where the longest secret that begins at a place ends, 0 for none. open says that the text ends before that
// can be told.
func (s *search) longest(at int, escaped bool) (end int, open bool) {
	if !escaped {
		return s.try(s.first[fold(s.text[at])], at)
	}
	// What an escape stands for is worked out once for all patterns.
	units, cut := s.memory.read(s.text, at)
	open = cut && !s.whole
	for i, u := range units {
		first := fold(u.chunk[0])
		told := false
		for _, before := range units[:i] {
			told = told || fold(before.chunk[0]) == first
		}
		if !told {
			found, unsure := s.try(s.first[first], at)
			end, open = max(end, found), open || unsure
		}
	}
	return end, open
}

func (s *search) try(candidates []int, at int) (end int, open bool) {
	for _, i := range candidates {
		m := matcher{search: s, pattern: s.list[i]}
		found := m.match(at)
		end, open = max(end, found), open || m.open
	}
	return end, open
}

// matcher looks for one pattern at one place.
type matcher struct {
	*search
	pattern pattern
	// open says that the text ended before the pattern did, and more may follow.
	open bool
	// dead are the states that lead nowhere.
	dead map[[2]int]bool
	// cut is the end of a text that was cut inside the secret, 0 for none.
	cut int
}

// match returns where the pattern that begins at a place ends, 0 when it does not.
func (m *matcher) match(at int) int {
	if end := m.from(at, 0); end > 0 {
		return end
	}
	return m.cut
}

// from returns where the pattern ends when so many of its bytes end at a place, 0 when it does not go on there.
func (m *matcher) from(at, done int) int {
	for {
		switch {
		case done >= min(len(m.pattern.text), anchor):
			return m.further(at, done)
		case at >= len(m.text):
			m.open = m.open || !m.whole
			if done >= cutFrom && m.whole {
				m.cut = at
			}
			return 0
		case done >= cutFrom && strings.HasPrefix(m.text[at:], ellipsis):
			m.cut = at
			return 0
		}
		c := m.text[at]
		if introduces(c) && mayEscape(m.text, at) {
			return m.choose(at, done)
		}
		switch {
		case m.pattern.text[done] == fold(c):
			done++
		case !m.pattern.wrapped || done == 0 || c != '\r' && c != '\n':
			return 0
		}
		at++
	}
}

// choose goes on with every way to read an escape.
func (m *matcher) choose(at, done int) int {
	if m.dead[[2]int{at, done}] {
		return 0
	}
	units, cut := m.memory.read(m.text, at)
	m.open = m.open || cut && !m.whole
	ways := 0
	for _, u := range units {
		if n, ok := m.takes(u, done); ok {
			if end := m.from(at+u.end, done+n); end > 0 {
				return end
			}
			ways++
		}
	}
	if ways > 0 && done > 0 {
		if m.dead == nil {
			m.dead = map[[2]int]bool{}
		}
		m.dead[[2]int{at, done}] = true
	}
	return 0
}

// takes reports whether the pattern goes on with a unit, and with how many of its bytes.
func (m *matcher) takes(u unit, done int) (int, bool) {
	if m.pattern.wrapped && done > 0 && (u.chunk == "\n" || u.chunk == "\r") {
		return 0, true
	}
	rest := m.pattern.text[done:]
	if len(rest) < len(u.chunk) {
		return 0, false
	}
	for i := range len(u.chunk) {
		if rest[i] != fold(u.chunk[i]) {
			return 0, false
		}
	}
	return len(u.chunk), true
}

// further is how far a long secret goes on behind what decided.
func (m *matcher) further(at, done int) int {
	for done < len(m.pattern.text) {
		if at >= len(m.text) {
			m.open = m.open || !m.whole
			return at
		}
		units, cut := m.memory.read(m.text, at)
		m.open = m.open || cut && !m.whole
		size := 0
		for _, u := range units {
			if n, ok := m.takes(u, done); ok {
				size, done = u.end, done+n
				break
			}
		}
		if size == 0 {
			return at
		}
		at += size
	}
	return at
}
