package fhirpath

// Limits bounds what compiling and evaluating an expression may use, so that none can hang a run. A zero field takes its default.
// Exceeding one is an *Error of kind LimitExceeded.
type Limits struct {
	Source int // bytes of an expression; default 65,536
	Depth  int // nesting of an expression, and of the data it walks down; default 256 for expressions and 20 times that for data
	Steps  int // units of work per evaluation: nodes visited, items compared, kilobytes copied; default 10,000,000
	Items  int // items held at one time during an evaluation; default 1,000,000
	Text   int // bytes of text built during one evaluation; default 16 MiB
}

const (
	defaultSource = 64 << 10
	defaultDepth  = 256
	defaultSteps  = 10_000_000
	defaultItems  = 1_000_000
	defaultText   = 16 << 20
	dataDepth     = 20 // data may be this many times deeper than expressions
)

func (l Limits) withDefaults() Limits {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&l.Source, defaultSource)
	set(&l.Depth, defaultDepth)
	set(&l.Steps, defaultSteps)
	set(&l.Items, defaultItems)
	set(&l.Text, defaultText)
	return l
}
