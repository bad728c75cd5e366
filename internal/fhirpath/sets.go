package fhirpath

import "encoding/json"

// linearLimit is the collection size up to which comparing every pair is cheaper than hashing.
const linearLimit = 12

// set finds items equal to one given, for the functions that treat collections as sets.
type set struct {
	e      *Evaluator
	items  Collection
	heads  map[uint64]int32 // the last item of each hash; nil while the set is small
	next   []int32          // for each item the one before it with the same hash, or -1
	others []int32          // items that may equal ones that look different
}

// find returns whether an equal item is in the set.
func (s *set) find(it *Item) (bool, error) {
	hashed := false
	var h uint64
	if s.heads != nil {
		var err error
		if h, hashed, err = s.e.hash(it); err != nil {
			return false, err
		}
	}
	if !hashed {
		for i := range s.items {
			if t, err := s.e.equal(it, &s.items[i]); err != nil || t == True {
				return t == True, err
			}
		}
		return false, nil
	}
	i, ok := s.heads[h]
	for ; ok && i >= 0; i = s.next[i] {
		if t, err := s.e.equal(it, &s.items[i]); err != nil || t == True {
			return t == True, err
		}
	}
	for _, i := range s.others {
		if t, err := s.e.equal(it, &s.items[i]); err != nil || t == True {
			return t == True, err
		}
	}
	return false, nil
}

func (s *set) add(it Item) error {
	s.items = append(s.items, it)
	if len(s.items) <= linearLimit {
		return nil
	}
	if s.heads == nil {
		s.heads = make(map[uint64]int32, 4*linearLimit)
		for i := range s.items {
			if err := s.index(i); err != nil {
				return err
			}
		}
		return nil
	}
	return s.index(len(s.items) - 1)
}

func (s *set) index(i int) error {
	h, ok, err := s.e.hash(&s.items[i])
	if err != nil {
		return err
	}
	previous := int32(-1)
	if ok {
		if p, taken := s.heads[h]; taken {
			previous = p
		}
		s.heads[h] = int32(i) //nolint:gosec // bounded by Limits.Items
	} else {
		s.others = append(s.others, int32(i)) //nolint:gosec // bounded by Limits.Items
	}
	s.next = append(s.next, previous)
	return nil
}

// setOf makes a set of the items of the stack from base to end.
func (e *Evaluator) setOf(base, end int) (*set, error) {
	s := &set{e: e}
	if end-base <= linearLimit {
		s.items = e.stack[base:end:end]
		return s, nil
	}
	for i := base; i < end; i++ {
		if err := s.add(e.stack[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// distinct keeps the first of equal items of the stack from base on.
func (e *Evaluator) distinct(base int) error {
	end := len(e.stack)
	if end-base <= linearLimit {
		return e.distinctFew(base)
	}
	s := set{e: e}
	kept := base
	for i := base; i < end; i++ {
		found, err := s.find(&e.stack[i])
		if err != nil {
			return err
		}
		if found {
			continue
		}
		if err := s.add(e.stack[i]); err != nil {
			return err
		}
		e.stack[kept] = e.stack[i]
		kept++
	}
	e.stack = e.stack[:kept]
	return nil
}

func (e *Evaluator) distinctFew(base int) error {
	kept := base
next:
	for i := base; i < len(e.stack); i++ {
		for k := base; k < kept; k++ {
			t, err := e.equal(&e.stack[i], &e.stack[k])
			if err != nil {
				return err
			}
			if t == True {
				continue next
			}
		}
		if kept != i {
			e.stack[kept] = e.stack[i]
		}
		kept++
	}
	e.stack = e.stack[:kept]
	return nil
}

// Seeds of hashes, one for each class of value.
const (
	hashNumber   uint64 = 0x9e3779b97f4a7c15
	hashTemporal uint64 = 0xbf58476d1ce4e5b9
	hashTrue     uint64 = 0x94d049bb133111eb
	hashFalse    uint64 = 0x2545f4914f6cdd1d
	hashNull     uint64 = 0xd6e8feb86659fd93
)

// hash is the same for equal items; false for items that may equal others of a different look, such as quantities.
func (e *Evaluator) hash(it *Item) (uint64, bool, error) {
	switch it.class() {
	case KindString:
		if s, ok := it.str(); ok {
			return hashText(s), !it.untyped() || s == "" || !digit(s[0]), nil
		}
	case KindBoolean:
		if b, ok := it.boolean(); ok {
			return hashBool(b), true, nil
		}
	case KindInteger, KindLong, KindDecimal:
		if d, ok := it.decimal(); ok {
			d = d.trim()
			return hashText(d.String()) ^ hashNumber, true, nil
		}
	case KindDate, KindDateTime, KindTime:
		var t Temporal
		if it.temporal(&t) {
			if t.precision > precisionDay {
				return hashTemporal, true, nil
			}
			return hashTemporal ^ uint64(t.days()), true, nil //nolint:gosec // any bits will do
		}
	case KindQuantity:
		return 0, false, nil
	case KindType:
		return hashText(it.Text()), true, nil
	case KindElement:
	}
	h, err := e.hashJSON(it.data)
	return h, true, err
}

func hashBool(b bool) uint64 {
	if b {
		return hashTrue
	}
	return hashFalse
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// hashJSON does not depend on the order of properties.
func (e *Evaluator) hashJSON(v any) (uint64, error) {
	if err := e.step(); err != nil {
		return 0, err
	}
	switch x := v.(type) {
	case string:
		return hashText(x), nil
	case bool:
		return hashBool(x), nil
	case json.Number:
		return hashNumber, nil
	case []any:
		h := uint64(len(x))
		for _, v := range x {
			k, err := e.hashJSON(v)
			if err != nil {
				return 0, err
			}
			h = h*31 + k
		}
		return h, nil
	case map[string]any:
		if err := e.enter(); err != nil {
			return 0, err
		}
		defer e.leave()
		var h uint64
		for key, v := range x {
			k, err := e.hashJSON(v)
			if err != nil {
				return 0, err
			}
			h += (hashText(key) ^ k) * hashNumber
		}
		return h, nil
	}
	return hashNull, nil
}
