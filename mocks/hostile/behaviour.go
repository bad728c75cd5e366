package hostile

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// Kind says whether a behaviour is allowed.
type Kind string

const (
	// Legal behaviours are allowed by FHIR R4 and HTTP: nobody may be blamed for one.
	Legal Kind = "legal"
	// Fault behaviours are not allowed: a finding, or a reason why nothing could be told, is owed.
	Fault Kind = "fault"
)

// Theme groups behaviours.
type Theme string

// The themes: what a search answers; bundles, pages and links; everything else of REST; what happens below FHIR.
const (
	Search    Theme = "search"
	Bundles   Theme = "bundle"
	REST      Theme = "rest"
	Transport Theme = "transport"
	// Style is how a whole system lawfully says the same in another way.
	Style Theme = "style"
)

// Behaviour is one thing that a server was seen to do.
type Behaviour struct {
	// Name is the name of the switch, "head-not-found".
	Name string
	// Theme and Kind say what it is about, and whether it is allowed.
	Theme Theme
	Kind  Kind
	// Title says in a few words what the server does.
	Title string
	// Check is the id of a check that must notice a fault, and Rule the rule of its finding, or the reason code of a result
	// that could not be told. Both are empty for what is legal. Writes says that only a run that may write can notice.
	Check, Rule string
	Writes      bool

	// hooks makes the places where the behaviour takes hold, with a state of their own.
	hooks func() hooks
}

// hooks are the places where a behaviour takes hold. All are optional.
type hooks struct {
	// ask changes the parameters of a search before the handler sees them.
	ask func(x *Exchange, parameters url.Values)
	// request changes the request as a whole before the handler sees it.
	request func(x *Exchange)
	// answer changes what the handler answered.
	answer func(x *Exchange)
	// instead answers without the handler. It returns false to leave the request to it.
	instead func(w http.ResponseWriter, x *Exchange) bool
	// write writes the answer in place of the usual way.
	write func(w http.ResponseWriter, x *Exchange)
	// certificate makes the server show another certificate than a client can trust.
	certificate certificateFault
}

// Setting switches a behaviour on.
type Setting struct {
	// Name is the behaviour's.
	Name string
	// Type limits it to requests for one resource type, "" is all.
	Type string
	// Patient limits it to requests about one person, by NHS number; "" is everybody.
	Patient string
}

// ParseSetting reads a setting as the command line takes it: "head-not-found", "no-total:type=Observation" or
// "answers-html:type=Patient,patient=9990000018".
func ParseSetting(text string) (Setting, error) {
	name, rest, scoped := strings.Cut(text, ":")
	setting := Setting{Name: strings.ToLower(strings.TrimSpace(name))}
	if _, ok := Find(setting.Name); !ok {
		return Setting{}, fmt.Errorf("unknown behaviour %q: --list-hostile prints them all", name)
	}
	if !scoped {
		return setting, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(part, "=")
		switch {
		case ok && value != "" && key == "type":
			setting.Type = value
		case ok && value != "" && key == "patient":
			setting.Patient = value
		default:
			return Setting{}, fmt.Errorf("behaviour %q: %q is neither type=TYPE nor patient=NHSNUMBER", text, part)
		}
	}
	return setting, nil
}

// All returns every behaviour, theme by theme and by name within each.
func All() []Behaviour {
	all := slices.Concat(searchBehaviours(), dateBehaviours(), bundleBehaviours(), linkBehaviours(), statementBehaviours(), headerBehaviours(), writeBehaviours(),
		errorBehaviours(), wireBehaviours(), bodyBehaviours(), certificateBehaviours(), styleBehaviours(), recordStyles())
	order := []Theme{Search, Bundles, REST, Transport, Style}
	slices.SortFunc(all, func(a, b Behaviour) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Theme), slices.Index(order, b.Theme)), strings.Compare(a.Name, b.Name))
	})
	return all
}

// Find returns the behaviour with a name.
func Find(name string) (Behaviour, bool) {
	for _, b := range All() {
		if b.Name == name {
			return b, true
		}
	}
	return Behaviour{}, false
}

// Request makes the behaviour's change to a request, for the same purpose. It does nothing for behaviours that change none.
func (b Behaviour) Request(base string) func(r *http.Request) {
	change := b.hooks().request
	return func(r *http.Request) {
		if change == nil {
			return
		}
		x := NewExchange(r, base)
		change(x)
		r.URL = x.Request.URL
	}
}

// Change makes the behaviour's change to an answer that a handler made, so that a mock can have it as a defect of its own.
// It does nothing for behaviours that change requests or the wire.
func (b Behaviour) Change() func(x *Exchange) {
	answer := b.hooks().answer
	if answer == nil {
		return func(*Exchange) {}
	}
	var seen atomic.Int64
	return func(x *Exchange) {
		x.number = int(seen.Add(1))
		answer(x)
	}
}
