package profiles

// propTable finds the property of an object by its JSON name. It stands in for a map on the hottest path of a verdict:
// names are few and known beforehand, so that their length and three of their letters tell nearly all of them apart. A nil
// table has no properties.
type propTable struct {
	slots []propSlot // a power of two of them, at least half empty; a name goes to its slot or the next free one
	count int
}

type propSlot struct {
	name string
	prop *prop
}

func propHash(name string) int {
	n := len(name)
	if n == 0 {
		return 0
	}
	return n*7 + int(name[0])*13 + int(name[n/2])*31 + int(name[n-1])*3
}

// get returns the property with the name, or nil.
func (t *propTable) get(name string) *prop {
	if t == nil {
		return nil
	}
	for i := propHash(name); ; i++ {
		slot := &t.slots[i&(len(t.slots)-1)]
		if slot.prop == nil || slot.name == name {
			return slot.prop
		}
	}
}

// set adds a property, in place of an earlier one with the same name.
func (t *propTable) set(name string, p *prop) {
	if 2*(t.count+1) > len(t.slots) {
		old := t.slots
		t.slots, t.count = make([]propSlot, max(8, 2*len(old))), 0
		for _, slot := range old {
			if slot.prop != nil {
				t.set(slot.name, slot.prop)
			}
		}
	}
	for i := propHash(name); ; i++ {
		slot := &t.slots[i&(len(t.slots)-1)]
		if slot.prop == nil || slot.name == name {
			if slot.prop == nil {
				t.count++
			}
			*slot = propSlot{name, p}
			return
		}
	}
}

// of says whether the name is that of a property of the element.
func (t *propTable) of(name string, element *node) bool {
	p := t.get(name)
	return p != nil && p.node == element
}
